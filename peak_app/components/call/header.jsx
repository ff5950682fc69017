/** Where the meeting stands: its stage and its clock, which is the bridge's. */
import { clock, useNow } from "./clock.js";
import { elapsedMs } from "./conversation.js";
import { Icon } from "./icons.jsx";
import { fill } from "./parts.jsx";

/** Seconds before the hard end from which on it is shown. */
const END_SHOWN_S = 180;

/** The clock at this moment: all of it carried on since the bridge last told it. */
function useClock(call) {
  const now = useNow();
  const { time, plan } = call;
  if (!time) return null;
  const since = Math.max(0, now - time.at) / 1000;
  const elapsedS = elapsedMs(time, now) / 1000;
  const leftS = time.leftS - since;
  return {
    elapsedS,
    leftS,
    // Past the plan the bridge only says 0.
    overS: leftS <= 0 && plan.plannedS !== null ? elapsedS - plan.plannedS : 0,
    remainingS: time.remainingS === null ? null : time.remainingS - since,
    stageLeftS: time.stageLeftS === null ? null : time.stageLeftS - since,
  };
}

function TimeLeft({ strings, at, isLate }) {
  const tone = at.leftS <= 0 ? "over" : isLate ? "late" : "calm";
  return (
    <div className="time-left num" role="timer" aria-label={strings.time_left} data-tone={tone}>
      {tone === "over"
        ? fill(strings.over, { time: clock(at.overS) })
        : fill(strings.left, { time: clock(Math.ceil(at.leftS)) })}
    </div>
  );
}

function StageNow({ strings, stages, time }) {
  if (!stages.length) return null;
  const stage = time?.stage;
  const count = stages.length;
  const name = stages[stage]?.name;
  return (
    <p className="stage-now" role="status">
      {stage === null && fill(strings.stages_over, { count })}
      {name !== undefined && fill(strings.stage, { number: stage + 1, count, name })}
    </p>
  );
}

/** A slim bar: one piece for each stage, as wide as its minutes, filled as far as the time has come. */
function StageBar({ stages, time, stageLeftS }) {
  if (!stages.length) return null;
  const filled = (index) => {
    if (index !== time.stage) return time.stage === null || index < time.stage ? 1 : 0;
    const wholeS = stages[index].minutes * 60;
    return wholeS && stageLeftS !== null ? Math.min(1, Math.max(0.04, 1 - stageLeftS / wholeS)) : 0;
  };
  return (
    <div className="stage-bar" aria-hidden="true">
      {stages.map((stage, index) => (
        <i key={index} style={{ flexGrow: Math.max(1, stage.minutes), "--filled": filled(index) }}
          data-late={index === time.stage && time.isStageLate} />
      ))}
    </div>
  );
}

export function Header({ strings, title, call, heading, lowFromS, onKeys }) {
  const at = useClock(call);
  const { plan, time } = call;
  return (
    <header className="stage-top">
      <div className="stage-title">
        <h1 tabIndex={-1} ref={heading}>{title}</h1>
        <StageNow strings={strings} stages={plan.stages} time={time} />
      </div>
      <span className="recording" data-on={call.isRecorded}>
        <i aria-hidden="true" />{call.isRecorded ? strings.recording : strings.not_recorded}
      </span>
      {at && (
        <p className="elapsed num"><span className="vh">{strings.elapsed}</span><time>{clock(at.elapsedS)}</time></p>
      )}
      {at && <TimeLeft strings={strings} at={at} isLate={time.isLate} />}
      {at && at.remainingS !== null && at.remainingS <= Math.max(END_SHOWN_S, lowFromS) && (
        <p className="hard-end num">{fill(strings.hard_end, { time: clock(Math.ceil(at.remainingS)) })}</p>
      )}
      <button type="button" className="keys-button" onClick={onKeys} aria-keyshortcuts="?">
        <Icon name="type" size={19} /><span>{strings.keys}</span>
      </button>
      {at && <StageBar stages={plan.stages} time={time} stageLeftS={at.stageLeftS} />}
    </header>
  );
}
