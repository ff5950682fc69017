/** How an agent leads a call, as fields of the form around them. Folded, each group says what is chosen. */
import { useEffect, useId, useRef, useState } from "react";
import { filled, Group, Icon } from "./fold.jsx";
import { Sample } from "./sample.jsx";

const DIALS = ["patient", "balanced", "brisk"];
const LONG_ANSWER_S = "120";

function Choice({ label, text, ...input }) {
  const id = useId();
  return (
    <label className="choice">
      <input {...input} aria-labelledby={`${id}-name`} aria-describedby={`${id}-text`} />
      <span>
        <b id={`${id}-name`}>{label}</b>
        <small id={`${id}-text`}>{text}</small>
      </span>
    </label>
  );
}

const nameOfLanguage = (labels, code) => labels[`language_${code}`] ?? code;

/** A choice of `known`, the usual one first; what was chosen elsewhere and is not there any more stays, and says so. */
function Pick({ label, name, known, value, choose, show, labels }) {
  const gone = value && !known.includes(value);
  return (
    <label className="field">
      <span className="label">{label}</span>
      <select className="input" name={name} value={value} onChange={(event) => choose(event.target.value)}>
        <option value="">{filled(labels.usual, { name: show(known[0]) })}</option>
        {known.map((option) => <option key={option} value={option}>{show(option)}</option>)}
        {gone && <option value={value}>{filled(labels.gone, { name: show(value) })}</option>}
      </select>
    </label>
  );
}

function Voice({ conduct, voice, labels }) {
  const [name, setName] = useState(conduct.voice);
  const [language, setLanguage] = useState(conduct.language);
  const heard = voice.voices.includes(name) ? name : voice.voices[0];
  const spoken = voice.languages.includes(language) ? language : voice.languages[0];
  const hasVoices = voice.voices.length > 1;
  const hasLanguages = voice.languages.length > 1;
  const chosen = [heard, nameOfLanguage(labels, spoken)].filter(Boolean).join(" · ");
  return (
    <Group name={labels.voice} chosen={voice.is_built_in ? labels.built_in : chosen}>
      {voice.is_built_in && <p className="text">{labels.built_in_text}</p>}
      {hasVoices
        ? <Pick label={labels.voice_name} name="voice" known={voice.voices} value={name} choose={setName}
            show={(option) => option} labels={labels} />
        : <input type="hidden" name="voice" value={name} />}
      {!hasVoices && !voice.is_built_in && <p className="text">{filled(labels.one_voice, { name: heard })}</p>}
      {heard && <Sample voice={heard} labels={labels} />}
      {hasLanguages
        ? <Pick label={labels.language} name="language" known={voice.languages} value={language} choose={setLanguage}
            show={(code) => nameOfLanguage(labels, code)} labels={labels} />
        : <input type="hidden" name="language" value={language} />}
      {!hasLanguages && !voice.is_built_in && (
        <p className="text">{filled(labels.one_language, { name: nameOfLanguage(labels, spoken) })}</p>
      )}
    </Group>
  );
}

function Greeting({ conduct, limits, labels }) {
  const [text, setText] = useState(conduct.greeting);
  return (
    <Group name={labels.greeting} chosen={text.trim() || labels.greeting_own}>
      <label className="field">
        <span className="label">{labels.greeting_words}</span>
        <textarea className="input two-lines" name="greeting" rows={2} dir="auto" maxLength={limits.greeting} value={text}
          placeholder={labels.greeting_example} onChange={(event) => setText(event.target.value)} />
      </label>
      <p className="text">{labels.greeting_text}</p>
    </Group>
  );
}

function TimeLimit({ minutes, setMinutes, callMinutes, limits, labels }) {
  const most = filled(labels.limit_text, { minutes: callMinutes });
  return (
    <Group name={labels.limit} chosen={minutes ? filled(labels.limit_chosen, { minutes }) : labels.limit_none}>
      <label className="field">
        <span className="label">{filled(labels.limit_minutes, { least: limits.limit_from, most: limits.limit_to })}</span>
        <input className="input short" type="number" inputMode="numeric" name="limit_minutes" value={minutes}
          min={limits.limit_from} max={limits.limit_to} onChange={(event) => setMinutes(event.target.value)} />
      </label>
      {callMinutes > 0 && <p className="text">{most}</p>}
    </Group>
  );
}

function TurnTaking({ conduct, limits, labels }) {
  const [dial, setDial] = useState(DIALS.includes(conduct.turn_taking) ? conduct.turn_taking : "balanced");
  const [isRamble, setRamble] = useState(Boolean(conduct.ramble_after_s));
  const [seconds, setSeconds] = useState(conduct.ramble_after_s || LONG_ANSWER_S);
  const stepping = isRamble ? filled(labels.ramble_chosen, { seconds: seconds || "…" }) : "";
  return (
    <Group name={labels.turn_taking} chosen={labels[`dial_${dial}`] + stepping}>
      {DIALS.map((name) => (
        <Choice key={name} type="radio" name="turn_taking" value={name} checked={dial === name}
          onChange={() => setDial(name)} label={labels[`dial_${name}`]} text={labels[`dial_${name}_text`]} />
      ))}
      <Choice type="checkbox" name="ramble" checked={isRamble} onChange={(event) => setRamble(event.target.checked)}
        label={labels.ramble} text={labels.ramble_text} />
      {isRamble && (
        <label className="field after">
          <span className="label">{filled(labels.ramble_after, { least: limits.ramble_from, most: limits.ramble_to })}</span>
          <input className="input short" type="number" inputMode="numeric" name="ramble_after_s" value={seconds}
            min={limits.ramble_from} max={limits.ramble_to} onChange={(event) => setSeconds(event.target.value)} />
        </label>
      )}
    </Group>
  );
}

function Stage({ row, place, count, limits, labels, change, move, remove }) {
  const named = row.name.trim() || filled(labels.stage, { place });
  const tool = (label, path, act, part, isIdle = false) => (
    <button type="button" className="icon-button" aria-label={filled(label, { name: named })} aria-disabled={isIdle}
      data-part={part} onClick={() => !isIdle && act()}><Icon path={path} /></button>
  );
  const text = (field, label, more) => (
    <label className={`field ${field}`}>
      <span className="label">{label}</span>
      <input className="input" type="text" autoComplete="off" value={row[field]} data-part={field}
        onChange={(event) => change({ [field]: event.target.value })} {...more} />
    </label>
  );
  return (
    <li data-key={row.key}>
      <div className="plan-stage" role="group" aria-label={filled(labels.stage, { place })}>
        {text("name", labels.stage_name, { maxLength: limits.name })}
        {text("minutes", labels.stage_minutes, { type: "number", inputMode: "numeric", min: 1, max: limits.minutes })}
        <div className="tools">
          {tool(labels.move_up, "M8 13V3M3.5 7.5 8 3l4.5 4.5", () => move(-1), "up", place === 1)}
          {tool(labels.move_down, "M8 3v10M3.5 8.5 8 13l4.5-4.5", () => move(1), "down", place === count)}
          {tool(labels.remove, "m4 4 8 8M12 4l-8 8", remove, "remove")}
        </div>
        {text("goal", labels.stage_goal, { maxLength: limits.goal, placeholder: labels.stage_goal_example })}
      </div>
    </li>
  );
}

function Stages({ conduct, callMinutes, limits, labels }) {
  const made = useRef(0);
  const list = useRef(null);
  const adder = useRef(null);
  const wanted = useRef(null);
  const [rows, setRows] = useState(() => conduct.stages.map((stage) => ({ ...stage, key: made.current++ })));
  const [said, say] = useState("");

  // A row that moved, came or went takes the keyboard's place with it.
  useEffect(() => {
    if (!wanted.current) return;
    const { key, part } = wanted.current;
    wanted.current = null;
    const place = list.current?.querySelector(`[data-key="${key}"] [data-part="${part}"]`);
    (place ?? adder.current)?.focus();
  }, [rows]);

  const change = (key, values) => setRows(rows.map((row) => (row.key === key ? { ...row, ...values } : row)));
  const add = () => {
    const row = { key: made.current++, name: "", minutes: "10", goal: "" };
    wanted.current = { key: row.key, part: "name" };
    setRows([...rows, row]);
  };
  const move = (at, by) => {
    const moved = rows.toSpliced(at, 1).toSpliced(at + by, 0, rows[at]);
    wanted.current = { key: rows[at].key, part: by < 0 ? "up" : "down" };
    say(filled(labels.moved, { place: at + by + 1, count: rows.length }));
    setRows(moved);
  };
  const remove = (at) => {
    wanted.current = { key: (rows[at + 1] ?? rows[at - 1])?.key, part: "remove" };
    say(labels.removed);
    setRows(rows.toSpliced(at, 1));
  };

  const total = rows.reduce((sum, row) => sum + (Math.max(0, Math.round(Number(row.minutes))) || 0), 0);
  const sum = filled(labels.total, { minutes: total });
  const names = rows.map((row) => row.name.trim()).filter(Boolean).join(", ");
  return (
    <Group name={labels.stages} chosen={rows.length ? [names, sum].filter(Boolean).join(" · ") : labels.none}>
      <p className="text">{labels.stages_text}</p>
      <ol className="plan" ref={list}>
        {rows.map((row, at) => (
          <Stage key={row.key} row={row} place={at + 1} count={rows.length} limits={limits} labels={labels}
            change={(values) => change(row.key, values)} move={(by) => move(at, by)} remove={() => remove(at)} />
        ))}
      </ol>
      <div className="row">
        <button type="button" className="btn soft small" ref={adder} onClick={add} disabled={rows.length >= limits.stages}>
          <Icon path="M8 3v10M3 8h10" />{labels.add}
        </button>
        {rows.length > 0 && <span className="muted num">{sum}</span>}
      </div>
      {callMinutes > 0 && total > callMinutes && (
        <p className="text late" role="status">{filled(labels.too_long, { minutes: callMinutes })}</p>
      )}
      <p className="vh" role="status">{said}</p>
      <input type="hidden" name="stages" value={JSON.stringify(rows.map(({ name, minutes, goal }) => ({ name, minutes, goal })))} />
    </Group>
  );
}

export function ConductFields(props) {
  const [minutes, setMinutes] = useState(props.conduct.limit_minutes);
  const limit = Math.min(...[props.callMinutes, Number(minutes)].filter((length) => length > 0));
  return (
    <>
      <Voice {...props} />
      <TurnTaking {...props} />
      <Greeting {...props} />
      <Stages {...props} callMinutes={Number.isFinite(limit) ? limit : 0} />
      <TimeLimit {...props} minutes={minutes} setMinutes={setMinutes} />
    </>
  );
}
