/** Plays the line one was led to from another page, as soon as it and its recording are there. */
import { useEffect } from "react";

const TRY_EVERY_MS = 100;
const TRIES = 50;

export function Arrival({ lineId }) {
  useEffect(() => {
    if (!lineId) return undefined;
    let tries = 0;
    const timer = setInterval(() => {
      const line = document.getElementById(`line-${lineId}`);
      const moment = line?.matches("[data-play-ms]") ? line : line?.querySelector("[data-play-ms]");
      tries += 1;
      if (moment || tries > TRIES) clearInterval(timer);
      moment?.click();
    }, TRY_EVERY_MS);
    return () => clearInterval(timer);
  }, [lineId]);
  return null;
}
