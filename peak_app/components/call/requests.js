/** What the person asks of the agent by button or keyboard instead of by voice. */
import { useCallback, useEffect, useRef } from "react";

/** The bridge shows a typed answer among the captions at once; one it does not show has not arrived. */
const SHOWN_WITHIN_MS = 5_000;

/** Gives {hold(on), done(), wish("repeat"|"skip"|"clarify"), type(text), forgetTyped()}. */
export function useRequests({ send, dispatch, showProblem, strings }) {
  const typedTimer = useRef(0);
  useEffect(() => () => clearTimeout(typedTimer.current), []);

  const ask = useCallback(
    (message) => {
      if (!send(message)) showProblem(strings.not_asked);
    },
    [send, showProblem, strings],
  );
  const hold = useCallback((on) => ask({ type: "think", on }), [ask]);
  const done = useCallback(() => ask({ type: "done" }), [ask]);
  const wish = useCallback((name) => ask({ type: "wish", wish: name }), [ask]);

  const type = useCallback(
    (text) => {
      clearTimeout(typedTimer.current);
      const lose = () => dispatch({ type: "typed_lost" });
      dispatch({ type: "typed_sent", text });
      if (send({ type: "typed", text })) typedTimer.current = setTimeout(lose, SHOWN_WITHIN_MS);
      else lose();
    },
    [dispatch, send],
  );
  const forgetTyped = useCallback(() => {
    clearTimeout(typedTimer.current);
    dispatch({ type: "typed_done" });
  }, [dispatch]);

  return { hold, done, wish, type, forgetTyped };
}
