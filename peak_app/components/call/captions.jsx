/** What is said, as text. People who read see one list; screen readers are told each sentence once, when it is whole. */
import { useEffect, useRef } from "react";

const sentences = typeof Intl.Segmenter === "function" ? new Intl.Segmenter([], { granularity: "sentence" }) : null;

/** Length of the part of a growing text that is whole sentences: it changes no more. */
function wholeLength(text) {
  if (!sentences) return 0;
  let start = 0;
  for (const { index } of sentences.segment(text)) start = index;
  return start;
}

/** A caption as what is told and what is still in progress. The person's own words may change until they are final. */
function split(caption) {
  if (caption.isFinal) return { ...caption, said: caption.text, going: "" };
  const length = caption.speaker === "agent" ? wholeLength(caption.text) : 0;
  return { ...caption, said: caption.text.slice(0, length), going: caption.text.slice(length) };
}

function Speaker({ caption, strings, agentName }) {
  return (
    <b>
      {caption.speaker === "agent" ? agentName : strings.you}
      {caption.isTyped && <em>{strings.typed}</em>}
    </b>
  );
}

export function Captions({ strings, agentName, captions, size }) {
  const place = useRef(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current && place.current) place.current.scrollTop = place.current.scrollHeight;
  }, [captions, size]);

  const parts = captions.map(split);
  const told = parts.filter(({ said, unheard }) => said || unheard);
  const going = parts.filter((part) => part.going);
  const last = told.at(-1);
  return (
    <>
      <h2 id="captions-title">{strings.captions}</h2>
      <div className="captions" data-size={size} role="group" aria-labelledby="captions-title" tabIndex={0} ref={place}
        onScroll={({ target }) => {
          isAtEnd.current = target.scrollHeight - target.scrollTop - target.clientHeight < 48;
        }}>
        <div className="told" role="log" aria-live="polite" aria-label={strings.captions}>
          {parts.length === 0 && <p className="captions-empty">{strings.captions_empty}</p>}
          {told.map((caption) => (
            <p key={caption.id} className="caption" data-speaker={caption.speaker} data-final={caption.isFinal}
              data-typed={caption.isTyped}>
              <Speaker caption={caption} strings={strings} agentName={agentName} />
              <span>{caption.said}</span>
              {caption.unheard && (
                <s title={strings.unheard}> <span className="vh">{strings.unheard_mark}</span>{caption.unheard}</s>
              )}
            </p>
          ))}
        </div>
        <div className="going" aria-live="off">
          {going.map((caption) => (
            <p key={caption.id} className="caption" data-speaker={caption.speaker} data-going="true"
              data-continues={caption.id === last?.id}>
              {caption.id !== last?.id && <Speaker caption={caption} strings={strings} agentName={agentName} />}
              <span>{caption.going}</span>
            </p>
          ))}
        </div>
      </div>
    </>
  );
}
