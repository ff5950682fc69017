/** Microphone, camera and speaker: permission, choice, loss. */
import { useCallback, useEffect, useRef, useState } from "react";
import { recall, remember } from "./memory.js";

const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
const PICTURE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24, max: 30 } };
const CHOSEN = "devices";

/** Why a device can't be used, as one of our words. */
function reason(error) {
  if (["NotAllowedError", "SecurityError", "PermissionDeniedError"].includes(error?.name)) return "denied";
  if (["NotFoundError", "OverconstrainedError", "DevicesNotFoundError"].includes(error?.name)) return "missing";
  return "busy";
}

/** A device that is picked is wanted and no other; one that was picked another day only where it is still there. */
const device = (picked, remembered) =>
  picked ? { deviceId: { exact: picked } } : remembered ? { deviceId: { ideal: remembered } } : {};
const audioConstraints = (picked) => ({ ...VOICE, ...device(picked, recall(CHOSEN, {}).microphone) });
const videoConstraints = (picked) => ({ ...PICTURE, ...device(picked, recall(CHOSEN, {}).camera) });

/** The id of what was picked another day, where it is among those that are there: an "ideal" one browsers may pass over. */
const remembered = (kind, there) => {
  const id = recall(CHOSEN, {})[kind];
  return there.some((found) => found.deviceId === id) ? id : "";
};

const choose = (kind, id) => remember(CHOSEN, { ...recall(CHOSEN, {}), [kind]: id });

/**
 * States of microphone and camera: asking, ready, denied, missing, busy; of the camera also off.
 * Gives {microphone: {state, track, id}, camera: {state, track, id}, speaker: id, microphones, cameras, speakers,
 * pickMicrophone(id), pickCamera(id), pickSpeaker(id), setCameraOn(bool), retry(), stop()}. What is picked is remembered.
 */
export function useDevices() {
  const [microphone, setMicrophone] = useState({ state: "asking", track: null, id: "" });
  const [camera, setCamera] = useState({ state: "asking", track: null, id: "" });
  const [speaker, setSpeaker] = useState(() => recall(CHOSEN, {}).speaker ?? "");
  const [known, setKnown] = useState([]);
  const tracks = useRef({ microphone: null, camera: null, isStopped: false });

  const list = useCallback(async () => {
    const found = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    const there = found.filter((device) => device.deviceId);
    setKnown(there);
    return there;
  }, []);

  const take = useCallback((kind, track, state) => {
    const held = tracks.current;
    if (held[kind] !== track) held[kind]?.stop();
    if (held.isStopped) track?.stop();
    held[kind] = held.isStopped ? null : track;
    const id = track?.getSettings?.().deviceId ?? "";
    (kind === "microphone" ? setMicrophone : setCamera)({ state, track: held[kind], id });
    if (track) {
      track.onended = () => held[kind] === track && take(kind, null, "missing");
    }
  }, []);

  const open = useCallback(
    async (kind, id) => {
      const wanted = kind === "microphone" ? { audio: audioConstraints(id) } : { video: videoConstraints(id) };
      try {
        const stream = await navigator.mediaDevices.getUserMedia(wanted);
        take(kind, stream.getTracks()[0], "ready");
      } catch (error) {
        take(kind, null, reason(error));
      }
    },
    [take],
  );

  const retry = useCallback(async () => {
    if (!navigator.mediaDevices?.getUserMedia) {
      take("microphone", null, "missing");
      take("camera", null, "missing");
      return;
    }
    const before = await list();
    try {
      // Both in one question to the person; when that fails, each for itself.
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: audioConstraints(remembered("microphone", before)),
        video: videoConstraints(remembered("camera", before)),
      });
      take("microphone", stream.getAudioTracks()[0], "ready");
      take("camera", stream.getVideoTracks()[0], "ready");
    } catch {
      await open("microphone");
      await open("camera");
    }
    const there = await list();
    // Browsers tell which devices there are only once someone has agreed.
    for (const kind of before.length ? [] : ["microphone", "camera"]) {
      const id = remembered(kind, there);
      const track = tracks.current[kind];
      if (id && track && track.getSettings().deviceId !== id) await open(kind, id);
    }
  }, [list, open, take]);

  const stop = useCallback(() => {
    tracks.current.isStopped = true;
    tracks.current.microphone?.stop();
    tracks.current.camera?.stop();
    tracks.current.microphone = tracks.current.camera = null;
  }, []);

  useEffect(() => {
    tracks.current.isStopped = false;
    retry();
    navigator.mediaDevices?.addEventListener?.("devicechange", list);
    window.addEventListener("pagehide", stop);
    return () => {
      navigator.mediaDevices?.removeEventListener?.("devicechange", list);
      window.removeEventListener("pagehide", stop);
      stop();
    };
  }, [list, retry, stop]);

  const setCameraOn = useCallback(
    async (isOn) => {
      if (isOn) await open("camera", remembered("camera", known));
      else take("camera", null, "off");
    },
    [known, open, take],
  );

  const pickMicrophone = useCallback((id) => (choose("microphone", id), open("microphone", id)), [open]);
  const pickCamera = useCallback((id) => (choose("camera", id), open("camera", id)), [open]);
  const pickSpeaker = useCallback((id) => (choose("speaker", id), setSpeaker(id)), []);

  const speakers = known.filter((device) => device.kind === "audiooutput");
  return {
    microphone,
    camera,
    // One that is not plugged in today gives way to the usual one.
    speaker: speakers.some((device) => device.deviceId === speaker) ? speaker : "",
    microphones: known.filter((device) => device.kind === "audioinput"),
    cameras: known.filter((device) => device.kind === "videoinput"),
    speakers,
    pickMicrophone,
    pickCamera,
    pickSpeaker,
    setCameraOn,
    retry,
    stop,
  };
}
