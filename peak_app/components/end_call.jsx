import { useState } from "react";

/** Ends a running call from outside of it, by the same route that the room uses. */
export function EndCallButton({ meetingId, label, failure }) {
  const [state, setState] = useState("");
  const end = async () => {
    setState("busy");
    try {
      const response = await fetch(`/api/calls/${meetingId}/end`, { method: "POST", signal: AbortSignal.timeout(20_000) });
      const answer = await response.json().catch(() => ({}));
      // The page hears of the new state by itself.
      setState(response.ok || response.status === 409 ? "" : answer.error || failure);
    } catch {
      setState(failure);
    }
  };
  return (
    <>
      <button type="button" className="btn danger" onClick={end} disabled={state === "busy"}>{label}</button>
      {state && state !== "busy" && <p role="alert">{state}</p>}
    </>
  );
}
