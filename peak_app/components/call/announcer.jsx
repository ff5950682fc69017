/** Says what screen readers can't see: how the time to think goes by. */
import { useEffect, useState } from "react";
import { fill } from "./parts.jsx";

const WARNED_S = 15;

export function Announcer({ strings, hold }) {
  const [words, setWords] = useState("");
  const until = hold?.until;
  useEffect(() => {
    if (!until) {
      setWords((before) => before && strings.hold_over);
      return undefined;
    }
    const leftMs = until - performance.now();
    setWords(fill(strings.hold_began, { seconds: Math.round(leftMs / 1000) }));
    const warn = () => setWords(fill(strings.hold_ends, { seconds: WARNED_S }));
    const timer = setTimeout(warn, leftMs - WARNED_S * 1000);
    return () => clearTimeout(timer);
  }, [strings, until]);
  return <p className="vh" role="status">{words}</p>;
}
