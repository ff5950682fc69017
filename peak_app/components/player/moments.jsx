/** Plays moments of a recording: any element with data-play-ms on the page starts it there. */
import { useEffect, useRef, useSyncExternalStore } from "react";

import { playback, SKIP_S, SPEEDS } from "./playback.js";
import { scrollTo } from "./scrolling.js";

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Where arrow keys have no other meaning. */
const isFree = (element) => element === document.body || element?.closest?.(".dock, .line") !== null;

function Skip({ seconds, label }) {
  const isBack = seconds < 0;
  return (
    <button type="button" className="icon-button" aria-label={label} onClick={() => playback.skip(seconds)}>
      <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.6"
        strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
        <g transform={isBack ? undefined : "matrix(-1 0 0 1 20 0)"}>
          <path d="M4.2 6.2A7.3 7.3 0 1 1 2.7 10" /><path d="M3.6 2.6v3.9h3.9" />
        </g>
        <text x="10" y="12.9" fontSize="7.4" fontWeight="650" textAnchor="middle" fill="currentColor" stroke="none">10</text>
      </svg>
    </button>
  );
}

export function MomentPlayer({ src, labels }) {
  const audio = useRef(null);
  const { isShown, isPlaying, at, length, speed, marks } = useSyncExternalStore(playback.subscribe, playback.read);

  useEffect(() => (src ? playback.attach(audio.current) : undefined), [src]);

  useEffect(() => {
    if (!src) return undefined;
    const press = (event) => {
      const target = event.target instanceof Element ? event.target : null;
      const moment = target?.closest("[data-play-ms]");
      // What can be pressed within a moment has its own meaning, and words are marked without being played.
      if (!moment || target.closest("button, a, input, textarea") !== moment.closest("button")) return;
      if (!moment.matches("button") && !window.getSelection().isCollapsed) return;
      playback.playAt(Number(moment.getAttribute("data-play-ms")));
    };
    document.addEventListener("click", press);
    return () => document.removeEventListener("click", press);
  }, [src]);

  useEffect(() => {
    if (!isShown) return undefined;
    const press = (event) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (event.target.matches?.("textarea, select, input:not([type=range])")) return;
      if (event.key === "Escape") playback.close();
      else if (isFree(event.target) && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
        event.preventDefault();
        playback.skip(event.key === "ArrowLeft" ? -SKIP_S : SKIP_S);
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [isShown]);

  if (!src) return null;
  const end = Math.max(length, at);
  return (
    <>
      <audio ref={audio} src={src} preload="metadata" />
      {isShown && (
        <div className="dock" role="group" aria-label={labels.player}>
          <button type="button" className="play" aria-label={isPlaying ? labels.pause : labels.play}
            onClick={playback.toggle}>
            <svg width="16" height="16" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
              <path d={isPlaying ? "M4 2.5h3v11H4zM9 2.5h3v11H9z" : "M4.5 2.3v11.4l9-5.7z"} />
            </svg>
          </button>
          <Skip seconds={-SKIP_S} label={labels.back} />
          <Skip seconds={SKIP_S} label={labels.forward} />
          <div className="time-bar">
            <input type="range" min="0" max={end} step="0.1" value={at} aria-label={labels.position}
              aria-valuetext={`${clock(at)} / ${clock(end)}`}
              onChange={(event) => playback.seek(Number(event.target.value))} />
            {end > 0 && marks.map((mark) => (
              <i key={mark.at} data-mark={mark.isCurrent ? "current" : "hit"} aria-hidden="true"
                style={{ "--at": Math.min(1, mark.at / end) }} />
            ))}
          </div>
          <span className="time">{clock(at)}{length ? ` / ${clock(length)}` : ""}</span>
          <select className="speed" aria-label={labels.speed} value={speed}
            onChange={(event) => playback.setSpeed(Number(event.target.value))}>
            {SPEEDS.map((value) => <option key={value} value={value}>{`${value}×`}</option>)}
          </select>
          <button type="button" className="icon-button" aria-label={labels.close} onClick={playback.close}>
            <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.8"
              strokeLinecap="round" aria-hidden="true"><path d="m4 4 8 8M12 4l-8 8" /></svg>
          </button>
        </div>
      )}
    </>
  );
}

/** Brings the line with this id into view each time `count` grows. */
export function LineFocus({ lineId, count }) {
  useEffect(() => {
    if (!count || !lineId) return undefined;
    // The tab with the line may only just be opening.
    let tries = 0;
    const timer = setInterval(() => {
      const line = document.getElementById(`line-${lineId}`);
      tries += 1;
      if (line || tries > 20) clearInterval(timer);
      if (!line) return;
      scrollTo(line, "center");
      line.focus({ preventScroll: true });
    }, 50);
    return () => clearInterval(timer);
  }, [lineId, count]);
  return null;
}
