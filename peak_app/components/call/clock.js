/** Times as people read them, and a clock that draws only what shows it. */
import { useEffect, useState } from "react";

/** Seconds as m:ss; what is below zero counts as zero. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** The page's own time in ms, anew so often: between two messages it carries the bridge's clock on. */
export function useNow(everyMs = 250) {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
