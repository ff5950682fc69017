/** The transcript: what is playing is marked and followed, what is searched for is found, lines can be corrected. */
import { memo, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";

import { Correcting } from "./correcting.jsx";
import { findHits, lineAt, marksOf, MOST_HITS } from "./find.js";
import { playback } from "./playback.js";
import { isCalm, isInView, scrollTo } from "./scrolling.js";

/** A seek ends a little before the moment it was meant for. */
const EARLY_MS = 60;

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function Icon({ path, size = 15 }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.6"
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true"><path d={path} /></svg>
  );
}

/** A text with its hits marked; `first` is the number of the first hit among all. */
function Words({ text, hits, first, current }) {
  if (!hits) return text;
  const pieces = [];
  let end = 0;
  hits.forEach((hit, index) => {
    pieces.push(text.slice(end, hit.start));
    pieces.push(
      <mark key={hit.start} data-hit={first + index} data-current={first + index === current ? "true" : undefined}>
        {text.slice(hit.start, hit.end)}
      </mark>,
    );
    end = hit.end;
  });
  return [...pieces, text.slice(end)];
}

const Line = memo(function Line({ line, labels, hits, first, current, isFocused, canPlay, edit, editor }) {
  return (
    <li className="line" id={`line-${line.line_id}`} tabIndex={-1} data-speaker={line.speaker}
      data-focus={isFocused ? "true" : "false"}>
      {canPlay ? (
        <button type="button" className="at" aria-label={`${labels.play} ${line.at}`} data-play-ms={line.at_ms}>
          <svg width="9" height="9" viewBox="0 0 10 10" fill="currentColor" aria-hidden="true"><path d="M2 .8v8.4L9 5z" /></svg>
          {line.at}
        </button>
      ) : <span className="at">{line.at}</span>}
      <div className="said" data-play-ms={canPlay && !editor ? line.at_ms : undefined}>
        <span className="who">{line.speaker_name}</span>
        {line.is_typed && <span className="tag">{labels.typed}</span>}
        {line.was_cut_off && <span className="tag" title={labels.cut_off_what}>{labels.cut_off}</span>}
        {line.original && <span className="tag">{labels.corrected}</span>}
        {editor ?? (
          <p>
            {/* A dotted line under words is not heard either. */}
            {line.is_doubtful && <span className="vh">{labels.doubtful_mark} </span>}
            <span className={line.is_doubtful ? "doubtful" : undefined} title={line.is_doubtful ? labels.doubtful : undefined}>
              <Words text={line.text} hits={hits} first={first} current={current} />
            </span>
            {line.unheard && (
              <>
                {" "}
                {/* Nobody who listens to the page hears that words are struck through. */}
                <span className="vh">{labels.unheard_mark} </span>
                <s className="unheard" title={labels.unheard}>{line.unheard}</s>
              </>
            )}
          </p>
        )}
        {line.original && <small className="heard">{labels.heard} <q>{line.original}</q></small>}
      </div>
      {edit && !editor && (
        <button type="button" className="icon-button correct" aria-label={filled(labels.correct, { at: line.at })}
          title={labels.correct_hint} onClick={() => edit(line.line_id)}>
          <Icon path="m2.5 13.5.8-3.2 7.4-7.4a1.2 1.2 0 0 1 1.7 0l.7.7a1.2 1.2 0 0 1 0 1.7l-7.4 7.4zM9.3 4.3l2.4 2.4" />
        </button>
      )}
    </li>
  );
});

/** Marks the line that plays, without React: it changes while hundreds of lines stay as they are. */
function usePlayingLine(lines) {
  const marked = useRef(null);
  const [isAway, setAway] = useState(false);

  useEffect(() => {
    const look = () => {
      const { isShown, isPlaying, at } = playback.read();
      const index = isShown ? lineAt(lines, at * 1000 + EARLY_MS) : -1;
      const before = marked.current;
      const now = index < 0 ? null : document.getElementById(`line-${lines[index].line_id}`);
      if (now === before) return;
      // Whoever has scrolled away from what plays reads on their own.
      const isFollowed = isPlaying && !isCalm() && (!before || isInView(before));
      before?.removeAttribute("data-playing");
      before?.removeAttribute("aria-current");
      now?.setAttribute("data-playing", "true");
      now?.setAttribute("aria-current", "true");
      marked.current = now;
      if (now && isFollowed) scrollTo(now, "nearest");
    };
    const notice = () => setAway(marked.current !== null && !isInView(marked.current));
    look();
    const forget = playback.subscribe(look);
    window.addEventListener("scroll", notice, { passive: true });
    return () => {
      forget();
      window.removeEventListener("scroll", notice);
    };
  }, [lines]);
  return [isAway, () => marked.current && scrollTo(marked.current, "center")];
}

export function Transcript({ lines, labels, canPlay, canCorrect, focusLine, answer, onCorrect }) {
  const list = useRef(null);
  const [query, setQuery] = useState("");
  const [current, setCurrent] = useState(0);
  const [editing, setEditing] = useState("");
  const [isAway, follow] = usePlayingLine(lines);
  const isPlaying = useSyncExternalStore(playback.subscribe, () => playback.read().isPlaying);

  const wanted = useDeferredValue(query);
  const hits = useMemo(() => findHits(lines, wanted), [lines, wanted]);
  const byLine = useMemo(() => {
    const found = new Map();
    hits.forEach((hit, index) => {
      if (!found.has(hit.line)) found.set(hit.line, { first: index, hits: [] });
      found.get(hit.line).hits.push(hit);
    });
    return found;
  }, [hits]);
  const chosen = hits.length ? Math.min(current, hits.length - 1) : -1;

  useEffect(() => {
    if (canPlay) playback.show();
  }, [canPlay]);
  useEffect(() => {
    playback.setMarks(marksOf(hits, lines, chosen));
    return () => playback.setMarks([]);
  }, [hits, lines, chosen]);
  // Once for each step of the person, not when lines change under them.
  const shown = `${chosen} ${wanted}`;
  useEffect(() => {
    const mark = chosen < 0 ? null : list.current.querySelector(`mark[data-hit="${chosen}"]`);
    if (mark) scrollTo(mark, "center");
  }, [shown]);

  const step = (by) => hits.length && setCurrent((chosen + by + hits.length) % hits.length);
  const press = (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      step(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape" && query) {
      event.preventDefault();
      setQuery("");
    }
  };
  const count = hits.length === MOST_HITS ? `${MOST_HITS}+` : hits.length;
  const told = !wanted.trim() ? "" : hits.length ? filled(labels.hit, { number: chosen + 1, count }) : labels.no_hit;

  const edit = useCallback((lineId) => setEditing(lineId), []);
  const stop = useCallback(() => {
    setEditing((lineId) => {
      requestAnimationFrame(() => document.getElementById(`line-${lineId}`)?.querySelector(".correct")?.focus());
      return "";
    });
  }, []);

  return (
    <section className="panel transcript">
      <div className="finder" role="search">
        <input type="search" className="input search" aria-label={labels.search} placeholder={labels.search}
          maxLength={200} autoComplete="off" value={query} onKeyDown={press}
          onChange={(event) => {
            setQuery(event.target.value);
            setCurrent(0);
          }} />
        <span className="count num" role="status">{told}</span>
        <button type="button" className="icon-button" aria-label={labels.previous} title="Shift + Enter"
          disabled={!hits.length} onClick={() => step(-1)}><Icon path="m4 10 4-4 4 4" /></button>
        <button type="button" className="icon-button" aria-label={labels.next} title="Enter"
          disabled={!hits.length} onClick={() => step(1)}><Icon path="m4 6 4 4 4-4" /></button>
      </div>
      <ol className="lines" ref={list}>
        {lines.map((line, index) => {
          const found = byLine.get(index);
          return (
            <Line key={line.line_id} line={line} labels={labels} hits={found?.hits} first={found?.first}
              current={found && chosen >= found.first && chosen < found.first + found.hits.length ? chosen : undefined}
              isFocused={line.line_id === focusLine} canPlay={canPlay} edit={canCorrect ? edit : undefined}
              editor={editing === line.line_id
                ? <Correcting line={line} labels={labels} answer={answer} onSave={onCorrect} onEnd={stop} />
                : undefined} />
          );
        })}
      </ol>
      {isAway && isPlaying && (
        <button type="button" className="btn soft small follow" onClick={follow}>
          <Icon path="M8 2v10m-4-4 4 4 4-4" /> {labels.follow}
        </button>
      )}
    </section>
  );
}
