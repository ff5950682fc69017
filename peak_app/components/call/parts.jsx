/** Pieces that lobby and room share. */
import { useEffect, useRef } from "react";
import { Meter } from "./sound.js";

/** Fills the {holes} of a text of the catalogue. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);

const PATHS = {
  microphone: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3",
  muted: "M9 9v3a3 3 0 0 0 4.6 2.5M15 11V6a3 3 0 0 0-5.8-1M5.5 11.5a6.5 6.5 0 0 0 10 5.4M18.5 11.5a6 6 0 0 1-.5 2.4M12 18v3M4 4l16 16",
  camera: "M15 10.5l5.2-3v9l-5.2-3M5 6.5h8a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2Z",
  cameraOff: "M10 6.5h3a2 2 0 0 1 2 2v2l5.2-3v9L17 14.7M13.5 17.3H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 1.7-2M3 3l18 18",
  end: "M4.5 14.6c-1-3.2 2.9-6.1 7.5-6.1s8.5 2.9 7.5 6.1c-.2.6-.8.9-1.4.7l-2.6-.9a1.2 1.2 0 0 1-.8-1.3l.1-1.1a10 10 0 0 0-5.6 0l.1 1.1c0 .6-.3 1.1-.8 1.3l-2.6.9c-.6.2-1.2-.1-1.4-.7Z",
  devices: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
  send: "M4.5 12 20 4.5 15.5 20l-4-6.5-7-1.5ZM11.5 13.5 15 10",
};

export function Icon({ name, size = 21 }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.7"
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The person's own picture, as in a mirror. */
export function SelfView({ track, label, className = "" }) {
  const video = useRef(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = track ? new MediaStream([track]) : null;
  }, [track]);
  return <video ref={video} className={`mirror ${className}`} autoPlay muted playsInline aria-label={label} />;
}

/** Bars that move with the voice. */
export function MicrophoneMeter({ track, label }) {
  const bars = useRef(null);
  useEffect(() => {
    if (!track) return undefined;
    const meter = new Meter(new MediaStream([track]));
    let frame = 0;
    let shown = 0;
    const draw = () => {
      const level = meter.level();
      shown = Math.max(level, shown * 0.88);
      bars.current?.style.setProperty("--level", shown.toFixed(3));
      bars.current?.setAttribute("data-level", shown.toFixed(2));
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      meter.close();
    };
  }, [track]);
  return (
    <span ref={bars} className="meter" role="img" aria-label={label}>
      {Array.from({ length: 14 }, (_, index) => (
        <i key={index} style={{ "--at": index / 14 }} />
      ))}
    </span>
  );
}

/** Choice of one device, as a labelled native list. */
export function DevicePicker({ label, devices, value, onPick, fallback }) {
  if (!devices.length) return null;
  return (
    <label className="picker">
      <span>{label}</span>
      <select value={value} onChange={(event) => onPick(event.target.value)}>
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || `${fallback} ${index + 1}`}
          </option>
        ))}
      </select>
    </label>
  );
}
