/** Answering by keyboard. The draft stays until the bridge has shown that it has the answer. */
import { useEffect, useId, useRef } from "react";
import { Icon } from "./icons.jsx";
import { fill } from "./parts.jsx";

const LONGEST = 4_000;
const COUNTED_FROM = 3_600;

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

export function TypePanel({ strings, draft, onDraft, typed, onSend, onArrived, onClose }) {
  const id = useId();
  const field = useRef(null);
  const isSending = typed?.state === "sent";
  const left = LONGEST - draft.trim().length;
  const canSend = Boolean(draft.trim()) && left >= 0 && !isSending;

  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (typed?.state !== "arrived") return;
    // What was written on meanwhile is the next answer.
    if (draft.trim() === typed.text) onDraft("");
    onArrived();
  }, [draft, onArrived, onDraft, typed]);

  const send = (event) => {
    event.preventDefault();
    if (canSend) onSend(draft.trim());
    field.current?.focus();
  };
  return (
    <form className="type-panel" id="type-panel" onSubmit={send}>
      <div className="type-head">
        <label htmlFor={id}>{strings.answer}</label>
        <button type="button" className="bare" onClick={onClose}>
          <Icon name="close" size={18} /><span className="vh">{strings.type_close}</span>
        </button>
      </div>
      <textarea id={id} ref={field} rows={3} value={draft} autoComplete="off" aria-describedby={`${id}-hint`}
        placeholder={strings.answer_hint} onChange={(event) => onDraft(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && send(event)} />
      <div className="type-foot">
        <p id={`${id}-hint`} className="fine">
          {left <= LONGEST - COUNTED_FROM ? (
            <span className="num" data-over={left < 0} role="status">
              {left >= 0 ? fill(strings.letters_left, { count: left }) : fill(strings.letters_over, { count: -left })}
            </span>
          ) : isApple ? strings.send_key_mac : strings.send_key}
        </p>
        <button type="submit" className="send-button" disabled={!canSend}>
          <Icon name="send" size={17} />{isSending ? strings.sending : strings.send}
        </button>
      </div>
      {typed?.state === "lost" && <p className="room-problem" role="alert">{strings.not_sent}</p>}
    </form>
  );
}
