/** Trying microphone, camera and speaker outside a call, with what the lobby uses: what is picked here is picked there. */
import { useEffect, useRef, useState } from "react";
import { useDevices } from "./devices.js";
import { Icon } from "./icons.jsx";
import { DevicePickers, MicrophoneMeter, SelfView } from "./parts.jsx";
import { playOn } from "./speaker.js";

const RATE_HZ = 24_000;
const TONES_HZ = [523.25, 659.25, 783.99];
const TONE_S = 0.28;

/** Three rising tones as a WAV file, made here: nothing is loaded for it. */
function chime() {
  const each = Math.round(RATE_HZ * TONE_S);
  const count = each * TONES_HZ.length;
  const view = new DataView(new ArrayBuffer(44 + count * 2));
  const words = (at, text) => [...text].forEach((sign, index) => view.setUint8(at + index, sign.charCodeAt(0)));
  words(0, "RIFF");
  view.setUint32(4, 36 + count * 2, true);
  words(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE_HZ, true);
  view.setUint32(28, RATE_HZ * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  words(36, "data");
  view.setUint32(40, count * 2, true);
  for (let index = 0; index < count; index += 1) {
    const within = index % each;
    // It swells and fades, so that no tone clicks.
    const loudness = Math.sin((Math.PI * within) / each) * 0.25;
    const tone = Math.sin((2 * Math.PI * TONES_HZ[Math.floor(index / each)] * within) / RATE_HZ);
    view.setInt16(44 + index * 2, tone * loudness * 32_767, true);
  }
  return new Blob([view.buffer], { type: "audio/wav" });
}

function Chime({ strings, speaker }) {
  const [problem, setProblem] = useState("");
  const sound = useRef(null);
  useEffect(
    () => () => {
      sound.current?.pause();
      if (sound.current) URL.revokeObjectURL(sound.current.src);
    },
    [],
  );
  const play = async () => {
    setProblem("");
    try {
      sound.current ??= new Audio(URL.createObjectURL(chime()));
      await playOn(sound.current, speaker);
      sound.current.currentTime = 0;
      await sound.current.play();
    } catch {
      setProblem(strings.sound_failed);
    }
  };
  return (
    <>
      <button type="button" className="btn soft small" onClick={play}>{strings.sound}</button>
      {problem && <p className="hint" role="alert">{problem}</p>}
    </>
  );
}

function Test({ strings, onStop }) {
  const devices = useDevices();
  const { microphone, camera } = devices;
  const isBlocked = [microphone.state, camera.state].some((state) => ["denied", "busy"].includes(state));
  return (
    <div className="device-test">
      <div className="device-view">
        {camera.track ? (
          <SelfView track={camera.track} label={strings.self_view} />
        ) : (
          <div className="no-picture"><Icon name="cameraOff" size={30} /></div>
        )}
        {microphone.track && <MicrophoneMeter track={microphone.track} label={strings.level} />}
      </div>
      <div className="device-choice">
        <ul role="status">
          <li data-state={microphone.state}>{strings[`microphone_${microphone.state}`]}</li>
          <li data-state={camera.state}>{strings[`camera_${camera.state}`]}</li>
        </ul>
        <DevicePickers strings={strings} devices={devices} />
        <div className="row">
          <Chime strings={strings} speaker={devices.speaker} />
          {isBlocked && (
            <button type="button" className="btn soft small" onClick={devices.retry}>{strings.ask_again}</button>
          )}
          <button type="button" className="btn ghost small" onClick={onStop}>{strings.stop}</button>
        </div>
      </div>
    </div>
  );
}

/** Asks for no permission before someone wants to try something. */
export function DevicePanel({ strings }) {
  const [isOn, setOn] = useState(false);
  if (isOn) return <Test strings={strings} onStop={() => setOn(false)} />;
  return <button type="button" className="btn soft" onClick={() => setOn(true)}>{strings.start}</button>;
}
