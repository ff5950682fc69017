/** What an agent reads, as a field of the form around it. Files are sent to be read, and only their text comes back. */
import { useEffect, useRef, useState } from "react";
import { filled, Group, Icon } from "./fold.jsx";

const KINDS = ["cv", "job", "notes"];
const TYPES = ".pdf,.docx,.txt,.md,.markdown,application/pdf,text/plain,text/markdown";

/** The text in a file, `{name, kind, text, characters}`; throws with a sentence. */
async function read(file, limits, labels) {
  if (file.size > limits.file) throw new Error(labels.file_too_large);
  let answer;
  try {
    answer = await fetch(`/api/knowledge?name=${encodeURIComponent(file.name)}`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: file,
    });
  } catch {
    throw new Error(labels.unreachable);
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error ?? labels.unreachable);
  return said;
}

function Document({ row, place, limits, labels, change, remove }) {
  const named = row.name.trim() || filled(labels.document, { place });
  const length = filled(labels.length, { count: row.text.trim().length.toLocaleString() });
  return (
    <li data-key={row.key}>
      <div className="plan-stage document-row" role="group" aria-label={filled(labels.document, { place })}>
        <label className="field name">
          <span className="label">{labels.name}</span>
          <input className="input" type="text" autoComplete="off" dir="auto" maxLength={limits.name} value={row.name}
            data-part="name" onChange={(event) => change({ name: event.target.value })} />
        </label>
        <label className="field">
          <span className="label">{labels.kind}</span>
          <select className="input" value={row.kind} onChange={(event) => change({ kind: event.target.value })}>
            {KINDS.map((kind) => <option key={kind} value={kind}>{labels[`kind_${kind}`]}</option>)}
          </select>
        </label>
        <div className="tools">
          <button type="button" className="icon-button" data-part="remove" onClick={remove}
            aria-label={filled(labels.remove, { name: named })}><Icon path="m4 4 8 8M12 4l-8 8" /></button>
        </div>
        <label className="field goal">
          <span className="label">{labels.text}</span>
          <textarea className="input document-text" dir="auto" value={row.text} rows={6} maxLength={limits.document}
            onChange={(event) => change({ text: event.target.value })} />
        </label>
        <p className="text goal num">{row.note ? `${length} · ${row.note}` : length}</p>
      </div>
    </li>
  );
}

export function KnowledgeField({ documents, isReadInCalls, limits, labels }) {
  const made = useRef(0);
  const list = useRef(null);
  const files = useRef(null);
  const adder = useRef(null);
  const wanted = useRef(null);
  const [rows, setRows] = useState(() => documents.map((row) => ({ ...row, key: made.current++ })));
  const [reading, setReading] = useState("");
  const [problem, setProblem] = useState("");
  const [said, say] = useState("");

  // A row that came or went takes the keyboard's place with it.
  useEffect(() => {
    if (!wanted.current) return;
    const { key, part } = wanted.current;
    wanted.current = null;
    const place = list.current?.querySelector(`[data-key="${key}"] [data-part="${part}"]`);
    (place ?? adder.current)?.focus();
  }, [rows]);

  const total = rows.reduce((sum, row) => sum + row.text.trim().length, 0);
  const isFull = rows.length >= limits.documents;
  const add = (row) => {
    const added = { key: made.current++, ...row };
    wanted.current = { key: added.key, part: "name" };
    setRows((known) => [...known, added]);
  };
  const change = (key, values) => setRows(rows.map((row) => (row.key === key ? { ...row, ...values } : row)));
  const remove = (at) => {
    wanted.current = { key: (rows[at + 1] ?? rows[at - 1])?.key, part: "remove" };
    say(labels.removed);
    setRows(rows.toSpliced(at, 1));
  };
  const upload = async (file) => {
    setProblem("");
    setReading(file.name);
    try {
      const { name, kind, text, characters } = await read(file, limits, labels);
      const numbers = { taken: text.length.toLocaleString(), all: characters.toLocaleString() };
      add({ name, kind, text, note: characters > text.length ? filled(labels.cut, numbers) : "" });
      say(filled(labels.added, { name }));
    } catch (error) {
      setProblem(error.message);
    } finally {
      setReading("");
    }
  };

  const names = rows.map((row) => row.name.trim()).filter(Boolean).join(", ");
  const value = rows.map(({ name, kind, text }) => ({ name, kind, text }));
  return (
    <Group name={labels.title} chosen={rows.length ? names || filled(labels.count, { count: rows.length }) : labels.none}>
      <p className="text">{labels.about}</p>
      {!isReadInCalls && <p className="text">{labels.practice}</p>}
      <ol className="plan" ref={list}>
        {rows.map((row, at) => (
          <Document key={row.key} row={row} place={at + 1} limits={limits} labels={labels}
            change={(values) => change(row.key, values)} remove={() => remove(at)} />
        ))}
      </ol>
      <div className="row">
        <input ref={files} type="file" accept={TYPES} hidden aria-hidden="true" tabIndex={-1} data-part="file"
          onChange={(event) => {
            const [file] = event.target.files;
            // The same file may be chosen again.
            event.target.value = "";
            if (file) upload(file);
          }} />
        <button type="button" className="btn soft small" ref={adder} disabled={isFull || Boolean(reading)}
          aria-busy={Boolean(reading)} onClick={() => files.current.click()}>
          <Icon path="M8 11V3M4.5 6.5 8 3l3.5 3.5M3 13h10" />{reading ? labels.reading : labels.upload}
        </button>
        <button type="button" className="btn soft small" disabled={isFull}
          onClick={() => add({ name: "", kind: "notes", text: "", note: "" })}>
          <Icon path="M8 3v10M3 8h10" />{labels.paste}
        </button>
      </div>
      {problem && <p className="text refused" role="alert">{problem}</p>}
      {total > limits.total && (
        <p className="text late" role="status">{filled(labels.too_long, { count: total.toLocaleString() })}</p>
      )}
      <p className="text">{labels.limits}</p>
      <p className="vh" role="status">{said}</p>
      <input type="hidden" name="knowledge" value={JSON.stringify(value)} />
    </Group>
  );
}
