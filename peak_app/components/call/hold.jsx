/** The time someone has to think: a ring that empties around the agent. */
import { clock, useNow } from "./clock.js";

export function HoldRing({ strings, hold }) {
  const leftMs = Math.max(0, hold.until - useNow());
  return (
    <div className="hold" role="timer" aria-label={strings.hold_left}>
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle cx="50" cy="50" r="47.5" />
        <circle className="hold-left" cx="50" cy="50" r="47.5" pathLength="1" strokeDasharray="1"
          strokeDashoffset={1 - leftMs / hold.ms} />
      </svg>
      <span className="num">{clock(Math.ceil(leftMs / 1000))}</span>
    </div>
  );
}
