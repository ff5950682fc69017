/** Plays moments of a recording: any element with data-play-ms on the page starts it there. */
import { useEffect, useRef, useState } from "react";

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export function MomentPlayer({ src, labels }) {
  const audio = useRef(null);
  const [isShown, setShown] = useState(false);
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(0);

  useEffect(() => {
    if (!src) return undefined;
    const press = (event) => {
      const moment = event.target instanceof Element ? event.target.closest("[data-play-ms]") : null;
      if (!moment) return;
      setShown(true);
      const player = audio.current;
      player.currentTime = Number(moment.getAttribute("data-play-ms")) / 1000;
      player.play().catch(() => setPlaying(false));
    };
    document.addEventListener("click", press);
    return () => document.removeEventListener("click", press);
  }, [src]);

  const close = () => {
    audio.current?.pause();
    setShown(false);
  };
  useEffect(() => {
    const press = (event) => event.key === "Escape" && close();
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);

  if (!src) return null;
  return (
    <>
      <audio ref={audio} src={src} preload="metadata" onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)}
        onTimeUpdate={() => setAt(audio.current.currentTime)}
        onDurationChange={() => setLength(Number.isFinite(audio.current.duration) ? audio.current.duration : 0)} />
      {isShown && (
        <div className="dock" role="group" aria-label={labels.player}>
          <button type="button" className="play" aria-label={isPlaying ? labels.pause : labels.play}
            onClick={() => (isPlaying ? audio.current.pause() : audio.current.play().catch(() => {}))}>
            <svg width="16" height="16" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
              <path d={isPlaying ? "M4 2.5h3v11H4zM9 2.5h3v11H9z" : "M4.5 2.3v11.4l9-5.7z"} />
            </svg>
          </button>
          <input type="range" min="0" max={Math.max(length, at)} step="0.1" value={at} aria-label={labels.position}
            onChange={(event) => { audio.current.currentTime = Number(event.target.value); }} />
          <span className="time">{clock(at)}{length ? ` / ${clock(length)}` : ""}</span>
          <button type="button" className="icon-button" aria-label={labels.close} onClick={close}>
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
      const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      line.scrollIntoView({ block: "center", behavior: isCalm ? "auto" : "smooth" });
      line.focus({ preventScroll: true });
    }, 50);
    return () => clearInterval(timer);
  }, [lineId, count]);
  return null;
}
