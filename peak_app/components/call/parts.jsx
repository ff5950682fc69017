/** Pieces that lobby and room share. */
import { useEffect, useId, useRef } from "react";
import { Meter } from "./sound.js";
import { canChooseSpeaker } from "./speaker.js";

/** Fills the {holes} of a text of the catalogue. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);

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
function DevicePicker({ label, devices, value, onPick }) {
  if (!devices.length) return null;
  return (
    <label className="picker">
      <span>{label}</span>
      <select value={value} onChange={(event) => onPick(event.target.value)}>
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>{device.label || `${label} ${index + 1}`}</option>
        ))}
      </select>
    </label>
  );
}

/** All of them: microphone, camera, and where the browser lets a page choose it, the speaker. */
export function DevicePickers({ strings, devices, children }) {
  const { microphones, cameras, speakers } = devices;
  const canPickSpeaker = canChooseSpeaker && speakers.length > 0;
  return (
    <div className="pickers">
      <DevicePicker label={strings.microphone} devices={microphones} value={devices.microphone.id}
        onPick={devices.pickMicrophone} />
      <DevicePicker label={strings.camera} devices={cameras} value={devices.camera.id} onPick={devices.pickCamera} />
      {canPickSpeaker && (
        <DevicePicker label={strings.speaker} devices={speakers} value={devices.speaker || speakers[0].deviceId}
          onPick={devices.pickSpeaker} />
      )}
      {!microphones.length && !cameras.length && !canPickSpeaker && <p className="fine">{strings.no_devices}</p>}
      {children}
    </div>
  );
}

/** On or off, with a line below that says what that means. */
export function Switch({ label, hint, isOn, isFixed = false, onChange }) {
  const id = useId();
  return (
    <div className="switch-row">
      <label htmlFor={id}>{label}</label>
      <input id={id} type="checkbox" role="switch" className="switch" checked={isOn} disabled={isFixed}
        aria-describedby={hint ? `${id}-hint` : undefined} onChange={(event) => onChange(event.target.checked)} />
      {hint && <p id={`${id}-hint`} className="fine">{hint}</p>}
    </div>
  );
}
