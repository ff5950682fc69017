/** What an agent's meetings are scored by, as a field of the form around it. Folded, it says which rubric that is. */
import { useEffect, useRef, useState } from "react";
import { filled, Group, Icon } from "./fold.jsx";

const OWN = "own";
const NO_LEVELS = ["", "", "", "", ""];

function Levels({ row, limits, rules, labels, change }) {
  const set = (at, text) => change({ levels: row.levels.toSpliced(at, 1, text) });
  return (
    <details className="levels">
      <summary>{labels.levels}</summary>
      <div className="inside">
        <p className="text">{labels.levels_text}</p>
        {row.levels.map((level, at) => (
          <label className="field level" key={at}>
            <span className="label num">{filled(labels.level, { number: at + 1 })}</span>
            <input className="input" type="text" autoComplete="off" maxLength={limits.level} value={level}
              onChange={(event) => set(at, event.target.value)} />
          </label>
        ))}
        <label className="field">
          <span className="label">{labels.rule}</span>
          <select className="input" value={row.rule} onChange={(event) => change({ rule: event.target.value })}>
            <option value="">{labels.rule_none}</option>
            {rules.map(({ rule, label }) => <option key={rule} value={rule}>{label}</option>)}
          </select>
        </label>
      </div>
    </details>
  );
}

function Criterion({ row, place, limits, rules, labels, change, remove }) {
  const named = row.name.trim() || filled(labels.criterion, { place });
  return (
    <li data-key={row.key}>
      <div className="plan-stage criterion-row" role="group" aria-label={filled(labels.criterion, { place })}>
        <label className="field name">
          <span className="label">{labels.name}</span>
          <input className="input" type="text" autoComplete="off" maxLength={limits.criterion} value={row.name}
            data-part="name" onChange={(event) => change({ name: event.target.value })} />
        </label>
        <div className="tools">
          <button type="button" className="icon-button" data-part="remove" onClick={remove}
            aria-label={filled(labels.remove, { name: named })}><Icon path="m4 4 8 8M12 4l-8 8" /></button>
        </div>
        <label className="field goal">
          <span className="label">{labels.looks_for}</span>
          <textarea className="input two-lines" rows={2} maxLength={limits.looks_for} value={row.looks_for}
            onChange={(event) => change({ looks_for: event.target.value })} />
        </label>
        <Levels row={row} limits={limits} rules={rules} labels={labels} change={change} />
      </div>
    </li>
  );
}

function Own({ name, setName, rows, setRows, made, limits, rules, labels, back }) {
  const list = useRef(null);
  const adder = useRef(null);
  const wanted = useRef(null);
  const [said, say] = useState("");

  // A row that came or went takes the keyboard's place with it.
  useEffect(() => {
    if (!wanted.current) return;
    const { key, part } = wanted.current;
    wanted.current = null;
    const place = list.current?.querySelector(`[data-key="${key}"] [data-part="${part}"]`);
    (place ?? adder.current)?.focus();
  }, [rows]);

  const change = (key, values) => setRows(rows.map((row) => (row.key === key ? { ...row, ...values } : row)));
  const add = () => {
    const row = { key: made.current++, id: "", name: "", looks_for: "", levels: NO_LEVELS, rule: "" };
    wanted.current = { key: row.key, part: "name" };
    setRows([...rows, row]);
  };
  const remove = (at) => {
    wanted.current = { key: (rows[at + 1] ?? rows[at - 1])?.key, part: "remove" };
    say(labels.removed);
    setRows(rows.toSpliced(at, 1));
  };

  return (
    <>
      <label className="field">
        <span className="label">{labels.rubric_name}</span>
        <input className="input" type="text" autoComplete="off" maxLength={limits.name} value={name}
          onChange={(event) => setName(event.target.value)} />
      </label>
      <ol className="plan" ref={list}>
        {rows.map((row, at) => (
          <Criterion key={row.key} row={row} place={at + 1} limits={limits} rules={rules} labels={labels}
            change={(values) => change(row.key, values)} remove={() => remove(at)} />
        ))}
      </ol>
      <div className="row">
        <button type="button" className="btn soft small" ref={adder} onClick={add} disabled={rows.length >= limits.criteria}>
          <Icon path="M8 3v10M3 8h10" />{labels.add}
        </button>
        <button type="button" className="btn ghost small" onClick={back}>{labels.back}</button>
      </div>
      <p className="vh" role="status">{said}</p>
    </>
  );
}

export function RubricField({ rubric, fitting, templates, rules, limits, labels }) {
  const made = useRef(0);
  const keyed = (criteria) => criteria.map((row) => ({ ...row, key: made.current++ }));
  const [choice, setChoice] = useState(rubric.is_own ? OWN : rubric.template_id);
  const [name, setName] = useState(rubric.name);
  const [rows, setRows] = useState(() => keyed(rubric.criteria));
  const known = Object.fromEntries(templates.map((template) => [template.template_id, template]));
  const shown = known[choice] ?? known[fitting] ?? templates[0];

  const edit = () => {
    if (!rows.length) {
      setName(filled(labels.own_name, { name: shown.name }).slice(0, limits.name));
      setRows(keyed(shown.criteria));
    }
    setChoice(OWN);
  };
  const choose = (value) => (value === OWN ? edit() : setChoice(value));
  const count = (number) => filled(labels.count, { count: number });

  const chosen = choice === OWN
    ? [name.trim() || labels.own, count(rows.length)].join(" · ")
    : [shown.name, choice ? "" : labels.fits].filter(Boolean).join(" · ");
  const value = choice === OWN
    ? { name, criteria: rows.map(({ key, ...row }) => row) }
    : { template: choice };
  return (
    <Group name={labels.title} chosen={chosen}>
      <p className="text">{labels.text}</p>
      <label className="field">
        <span className="label">{labels.choice}</span>
        <select className="input" value={choice} onChange={(event) => choose(event.target.value)}>
          <option value="">{filled(labels.auto, { name: (known[fitting] ?? templates[0]).name })}</option>
          {templates.map((template) => (
            <option key={template.template_id} value={template.template_id}>{template.name}</option>
          ))}
          <option value={OWN}>{labels.own}</option>
        </select>
      </label>
      {choice === OWN ? (
        <Own name={name} setName={setName} rows={rows} setRows={setRows} made={made} limits={limits} rules={rules}
          labels={labels} back={() => { setRows([]); setChoice(""); }} />
      ) : (
        <>
          <ol className="criteria-list">
            {shown.criteria.map((row) => (
              <li key={row.id}><b>{row.name}</b><span>{row.looks_for}</span></li>
            ))}
          </ol>
          <div className="row">
            <button type="button" className="btn soft small" onClick={edit}>{labels.edit}</button>
          </div>
        </>
      )}
      <input type="hidden" name="rubric" value={JSON.stringify(value)} />
    </Group>
  );
}
