/** What the person should know now, and what they can do about it. */
import { useEffect, useState } from "react";
import { Icon } from "./icons.jsx";

/** A loss that lasts longer than this is told in more words. */
const LONG_LOSS_MS = 8_000;

function Reconnecting({ strings }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_LOSS_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p className="banner" data-tone="amber" role="status">
      <i className="spinner" aria-hidden="true" />
      {isLong ? strings.reconnecting_long : strings.reconnecting}
    </p>
  );
}

/** Why an answer by keyboard is offered: the words' key, or "" where it is not. */
export function typingReason({ call, microphone, isQuiet, isTyping }) {
  if (isTyping || call.phase !== "room") return "";
  if (!microphone.track && microphone.state !== "asking") return microphone.state;
  if (!isQuiet) return "";
  return call.isMuted ? "muted" : "quiet";
}

/** Whether the month's minutes run low in this call. The clock itself stands in the header. */
function isLow(time, lowFromS) {
  return Boolean(time) && time.remainingS !== null && time.remainingS <= lowFromS;
}

export function Banners({ strings, call, typing, lowFromS, onType, onEnd, onHear }) {
  return (
    <>
      {call.phase === "reconnecting" && <Reconnecting strings={strings} />}
      {call.voiceGone && (
        <div className="banner" data-tone="amber" role="alert">
          <p>{call.voiceGone}</p>
          <button type="button" onClick={onEnd}>{strings.end_early}</button>
        </div>
      )}
      {isLow(call.time, lowFromS) && <p className="banner" data-tone="amber" role="status">{strings.minutes_low}</p>}
      {call.notice && <p className="stage-notice">{call.notice}</p>}
      {call.problem && <p className="room-problem" role="alert">{call.problem}</p>}
      {typing && (
        <div className="banner" role="status">
          <Icon name="muted" size={18} />
          <p>{strings[`offer_${typing}`]}</p>
          <button type="button" onClick={onType}>{strings.offer_do}</button>
        </div>
      )}
      {call.needsClick && <button type="button" className="join" onClick={onHear}>{strings.hear}</button>}
    </>
  );
}
