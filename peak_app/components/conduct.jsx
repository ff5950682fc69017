/** How an agent leads a call, as fields of the form around them. Folded, each group says what is chosen. */
import { useEffect, useId, useRef, useState } from "react";
import { filled, Group, Icon } from "./fold.jsx";

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
  return (
    <>
      <TurnTaking {...props} />
      <Stages {...props} />
    </>
  );
}
