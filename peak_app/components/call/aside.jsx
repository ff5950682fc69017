/** What stands in place of the room: the line for a place, a call that went elsewhere, one that was lost. */
import { useEffect, useRef } from "react";
import { fill } from "./parts.jsx";

export function WaitingCard({ strings, place, onLeave }) {
  return (
    <section className="aside-card" aria-labelledby="waiting-title">
      <i className="spinner large" aria-hidden="true" />
      <h1 id="waiting-title">{strings.line_title}</h1>
      <p role="status">{fill(strings.line, { place })}</p>
      <p className="fine">{strings.line_hint}</p>
      <button type="button" className="quiet-button" onClick={onLeave}>{strings.line_leave}</button>
    </section>
  );
}

export function TakenCard({ strings, meetingId, onJoin }) {
  return (
    <Card text={strings.taken} meetingId={meetingId} strings={strings}>
      <button type="button" className="join" onClick={onJoin}>{strings.take_back}</button>
    </Card>
  );
}

export function LostCard({ strings, meetingId, problem, onJoin, onEnd }) {
  return (
    <Card text={problem || strings.lost} meetingId={meetingId} strings={strings}>
      <button type="button" className="join" onClick={onJoin}>{strings.join_again}</button>
      <button type="button" className="quiet-button" onClick={onEnd}>{strings.end_early}</button>
    </Card>
  );
}

function Card({ strings, text, meetingId, children }) {
  const card = useRef(null);
  // The control that had the focus went with the room.
  useEffect(() => card.current?.focus({ preventScroll: true }), []);
  return (
    <div className="aside-card" role="alert" tabIndex={-1} ref={card}>
      <p>{text}</p>
      {children}
      <a className="back" href={`/meetings/${meetingId}`}>{strings.to_meeting}</a>
    </div>
  );
}
