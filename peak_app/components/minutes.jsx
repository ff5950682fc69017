/** Minutes of the month: they run on by themselves while a call runs, without asking the server. */
import { useEffect, useState } from "react";

const MINUTE_MS = 60_000;
const WARN_SHARE = 0.8;

/** Milliseconds used by now, counted on from what the server said last. */
function useUsed(usedMs, liveCalls) {
  const [heard, setHeard] = useState({ usedMs, at: 0, now: 0 });
  useEffect(() => {
    const at = performance.now();
    setHeard({ usedMs, at, now: at });
    if (!liveCalls) return undefined;
    const timer = setInterval(() => setHeard((last) => ({ ...last, now: performance.now() })), 1000);
    return () => clearInterval(timer);
  }, [usedMs, liveCalls]);
  return heard.usedMs + liveCalls * (heard.now - heard.at);
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
}

/** "12 min 30 s": the seconds are shown, for what runs must be seen to run. */
function length(ms, strings) {
  const whole = Math.max(0, Math.floor(ms / 1000));
  const values = { minutes: Math.floor(whole / 60), seconds: whole % 60 };
  return fill(strings.length, values);
}

/** `look`: "frame" for the side of every page, "page" for the billing page's own panel. */
export function Minutes({ usedMs, includedMs, liveCalls, look, strings }) {
  const used = useUsed(usedMs, liveCalls);
  // Whole minutes: what a person is told never is more than there is.
  const left = Math.floor(Math.max(0, includedMs - used) / MINUTE_MS);
  const share = includedMs ? Math.min(1, used / includedMs) : 1;
  const isLow = share >= WARN_SHARE;
  const values = { left, included: Math.round(includedMs / MINUTE_MS) };
  const bar = (
    <div className={isLow ? "bar low" : "bar"} aria-hidden="true">
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
  const live = liveCalls > 0 && (
    <span className="minutes-live"><i aria-hidden="true" />{strings.live}</span>
  );
  if (look === "frame") {
    return (
      <div className="minutes" data-low={isLow}>
        <div className="minutes-top num"><span>{fill(strings.left, values)}</span>{live}</div>
        {bar}
        {isLow && <div className="minutes-low">{left > 0 ? strings.low : strings.none}</div>}
      </div>
    );
  }
  return (
    <div className="minutes big" data-low={isLow}>
      <div className="minutes-figures">
        <div>
          <div className="muted">{strings.left_label}</div>
          <div className="minutes-left num">{fill(strings.minutes, { minutes: left })}</div>
        </div>
        <div className="minutes-used">
          <div className="muted">{strings.used_label}</div>
          <div className="num">{length(used, strings)}{live}</div>
        </div>
      </div>
      {bar}
      <div className="minutes-scale num" aria-hidden="true">
        <span>0</span><span style={{ left: "80%" }}>80 %</span><span>{fill(strings.minutes, { minutes: values.included })}</span>
      </div>
    </div>
  );
}
