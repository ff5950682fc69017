/** The words of one line while its owner corrects them. */
import { useEffect, useId, useRef, useState } from "react";

const tidy = (text) => text.split(/\s+/).filter(Boolean).join(" ");

/** `answer` is the server's to the last correction: `{line_id, error, count}`. `onEnd` is called when it was taken. */
export function Correcting({ line, labels, answer, onSave, onEnd }) {
  const [text, setText] = useState(line.text);
  const [sent, setSent] = useState(null);
  const field = useRef(null);
  const hint = useId();
  const isAnswered = sent !== null && answer.line_id === line.line_id && answer.count > sent;
  const error = isAnswered ? answer.error : "";
  const isWaiting = sent !== null && !isAnswered;

  useEffect(() => {
    field.current.focus();
    field.current.setSelectionRange(line.text.length, line.text.length);
  }, []);
  useEffect(() => {
    if (isAnswered && !answer.error) onEnd();
  }, [isAnswered, answer, onEnd]);

  const save = () => {
    if (isWaiting) return;
    // Saved as it is, a line that may have been misheard is confirmed.
    if (tidy(text) === line.text && !line.is_doubtful) {
      onEnd();
      return;
    }
    setSent(answer.count);
    onSave(line.line_id, text);
  };
  const press = (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      onEnd();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save();
    }
  };

  return (
    <div className="correcting">
      <textarea ref={field} className="input" aria-label={labels.words} aria-describedby={hint} aria-invalid={Boolean(error)}
        rows={Math.min(12, 2 + Math.ceil(line.text.length / 90))} maxLength={labels.limit} value={text}
        onChange={(event) => setText(event.target.value)} onKeyDown={press} />
      {error && <p className="problem" role="alert">{error}</p>}
      <div className="row">
        <button type="button" className="btn primary small" disabled={isWaiting || !tidy(text)} onClick={save}>
          {labels.save}
        </button>
        <button type="button" className="btn ghost small" onClick={onEnd}>{labels.cancel}</button>
        {line.original && (
          <button type="button" className="btn ghost small" onClick={() => setText(line.original)}>{labels.use_heard}</button>
        )}
        <small id={hint}>{line.is_doubtful ? labels.confirm_text : labels.correct_text}</small>
      </div>
    </div>
  );
}
