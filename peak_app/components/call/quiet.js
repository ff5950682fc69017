/** Whether nothing comes from a microphone although it is the person's turn. */
import { useEffect, useState } from "react";
import { Meter } from "./sound.js";

const QUIET_MS = 5_000;
const LOOK_EVERY_MS = 100;
/** Level from which on a sound is more than the noise of a still room. */
const SOUND = 0.1;

/** True once `track` has been still for 5 s of `isTurn`; false again at the first sound. */
export function useQuiet(track, isTurn) {
  const [isQuiet, setQuiet] = useState(false);
  useEffect(() => {
    setQuiet(false);
    if (!track || !isTurn) return undefined;
    const meter = new Meter(new MediaStream([track]));
    let heardAt = performance.now();
    const timer = setInterval(() => {
      if (meter.level() > SOUND) heardAt = performance.now();
      setQuiet(performance.now() - heardAt >= QUIET_MS);
    }, LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
      meter.close();
    };
  }, [track, isTurn]);
  return isQuiet;
}
