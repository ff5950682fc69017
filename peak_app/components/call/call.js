/** One call of this page: its connection, its sound and camera, and what the person does in it. */
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { CameraKeeper } from "./camera.js";
import { elapsedMs, reduce, START } from "./conversation.js";
import { dropDraft } from "./memory.js";
import { useRequests } from "./requests.js";
import { post, Refused } from "./signalling.js";
import { audioContext, silentTrack } from "./sound.js";
import { playOn, Speaker } from "./speaker.js";

const END_ANSWER_MS = 2_500;
const LAST_PIECES_MS = 700;
const PROBLEM_SHOWN_MS = 9_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * `connect` makes a connection as `CallConnection` is one, of what that takes.
 * Gives {call, audio, level(), connection(), and what the person can do: join(), leaveLine(), end(), mute(),
 * toggleCamera(), hear(), and all of `useRequests`}. `audio` is the ref of the element that plays the agent.
 */
export function useCall({ meetingId, devices, isRecordWanted, strings, connect }) {
  const navigate = useNavigate();
  const [call, dispatch] = useReducer(reduce, START);
  const [seat] = useState(() => crypto.randomUUID());
  const set = useCallback((values) => dispatch({ type: "set", values }), []);

  const held = useRef({ connection: null, camera: null, speaker: null, time: null, isRecorded: true, hasLeft: false });
  const cameraTrack = useRef(null);
  cameraTrack.current = devices.camera.track;
  const isMuted = useRef(false);
  const audio = useRef(null);
  const problemTimer = useRef(0);

  const send = useCallback((message) => held.current.connection?.send(message) ?? false, []);

  const filmFrom = useCallback((track) => {
    const { camera, time, isRecorded } = held.current;
    if (track && isRecorded) camera?.start(track, elapsedMs(time, performance.now()));
    else camera?.stop();
  }, []);

  const leave = useCallback(() => {
    const { current } = held;
    if (current.hasLeft) return;
    current.hasLeft = true;
    current.connection?.close();
    current.camera?.stop();
    current.speaker?.close();
    devices.stop();
    dropDraft(meetingId);
    navigate(`/meetings/${meetingId}`);
  }, [devices.stop, meetingId, navigate]);

  const showProblem = useCallback(
    (text) => {
      clearTimeout(problemTimer.current);
      set({ problem: text });
      if (text) problemTimer.current = setTimeout(() => set({ problem: "" }), PROBLEM_SHOWN_MS);
    },
    [set],
  );

  const hear = useCallback(() => {
    audioContext();
    held.current.speaker
      ?.resume()
      .then(() => set({ needsClick: false }))
      .catch((error) => error?.name === "NotAllowedError" && set({ needsClick: true }));
  }, [set]);

  const onSound = useCallback(
    (stream) => {
      held.current.speaker ??= new Speaker(audio.current);
      held.current.speaker.play(stream).catch(() => {});
      hear();
    },
    [hear],
  );

  const onProblem = useCallback(
    (message) => {
      if (message.is_fatal) set({ phase: "lost", problem: message.text });
      else if (!["voice_gone", "voice_back"].includes(message.code)) showProblem(message.text);
    },
    [set, showProblem],
  );

  const tellDevices = useCallback(() => {
    send({ type: "camera", on: Boolean(cameraTrack.current) });
    send({ type: "mute", on: isMuted.current });
  }, [send]);

  const onMessage = useCallback(
    (message) => {
      const { current } = held;
      // Before anything is drawn: the agent falls silent while one begins to speak.
      if (message.type === "duck") current.speaker?.duck();
      if (message.type === "unduck") current.speaker?.unduck();
      const at = performance.now();
      dispatch({ ...message, at });
      if (["hello", "time"].includes(message.type)) current.time = { at, elapsedMs: message.elapsed_ms ?? 0 };
      switch (message.type) {
        case "hello":
          current.isRecorded = message.is_recorded ?? true;
          filmFrom(cameraTrack.current);
          tellDevices();
          break;
        case "problem":
          onProblem(message);
          break;
        case "ended":
          if (message.reason === "taken_over") {
            current.camera?.stop();
            set({ phase: "taken" });
          } else leave();
          break;
        default:
      }
    },
    [filmFrom, leave, onProblem, set, tellDevices],
  );

  const onRefused = useCallback(
    (error) => {
      if (error.status === 409) leave();
      else if (error.status === 401) window.location.assign(`/login?next=/call/${meetingId}`);
      else {
        clearTimeout(problemTimer.current);
        set({ phase: "refused", problem: error.message || strings.unreachable });
      }
    },
    [leave, meetingId, set, strings],
  );

  const onPhase = useCallback(
    (phase) => {
      if (phase === "connected") set({ phase: "room", place: 0, problem: "" });
      if (phase === "reconnecting") {
        dispatch({ type: "typed_lost" });
        set({ phase: "reconnecting", agentState: "reconnecting", hold: null });
      }
      if (phase === "lost") {
        held.current.camera?.stop();
        set({ phase: "lost", problem: "" });
      }
    },
    [set],
  );

  const join = useCallback(async () => {
    const { current } = held;
    audioContext();
    clearTimeout(problemTimer.current);
    set({ phase: "joining", problem: "", agentState: "connecting" });
    current.connection?.close();
    current.camera ??= new CameraKeeper(meetingId);
    const connection = connect({
      meetingId,
      seat,
      microphone: devices.microphone.track ?? silentTrack(),
      isRecordWanted,
      on: {
        message: onMessage,
        sound: onSound,
        refused: onRefused,
        phase: onPhase,
        again: tellDevices,
        waiting: (place) => set({ phase: "waiting", place }),
      },
    });
    current.connection = connection;
    connection.mute(isMuted.current);
    connection.show(cameraTrack.current);
    try {
      await connection.connect();
    } catch (error) {
      connection.close();
      onRefused(error instanceof Refused ? error : new Refused(0, strings.unreachable));
    }
  }, [
    connect, devices.microphone.track, isRecordWanted, meetingId, onMessage, onPhase, onRefused, onSound, seat, set,
    strings, tellDevices,
  ]);

  const leaveLine = useCallback(() => {
    held.current.connection?.close();
    set({ phase: "lobby", place: 0 });
  }, [set]);

  // A microphone that was changed, lost or found during the call.
  useEffect(() => {
    const { connection } = held.current;
    const track = devices.microphone.track;
    if (!connection || devices.microphone.state === "asking") return;
    const replaced = connection.replaceMicrophone(track ?? silentTrack());
    // Before the new one is sent.
    connection.mute(isMuted.current);
    replaced.catch(() => {});
  }, [devices.microphone.track, devices.microphone.state]);

  // A camera that was switched or changed: each time a new piece of film.
  useEffect(() => {
    if (!held.current.time) return;
    send({ type: "camera", on: Boolean(devices.camera.track) });
    held.current.connection?.show(devices.camera.track);
    filmFrom(devices.camera.track);
  }, [devices.camera.track, filmFrom, send]);

  useEffect(() => {
    if (audio.current) playOn(audio.current, devices.speaker);
  }, [devices.speaker]);

  const mute = useCallback(() => {
    isMuted.current = !isMuted.current;
    held.current.connection?.mute(isMuted.current);
    send({ type: "mute", on: isMuted.current });
    set({ isMuted: isMuted.current });
  }, [send, set]);

  const toggleCamera = useCallback(
    () => devices.setCameraOn(!devices.camera.track),
    [devices.camera.track, devices.setCameraOn],
  );

  const end = useCallback(async () => {
    const { current } = held;
    set({ phase: "ending", problem: "" });
    current.speaker?.duck();
    await current.camera?.stop();
    await Promise.race([current.camera?.flush(), sleep(LAST_PIECES_MS)]);
    if (send({ type: "end" })) {
      await sleep(END_ANSWER_MS);
      if (current.hasLeft) return;
    }
    try {
      await post(`/api/calls/${meetingId}/end`);
      leave();
    } catch (error) {
      if (error.status === 409 || error.status === 404) return leave();
      current.speaker?.unduck();
      set({ phase: current.connection?.isOpen ? "room" : "lost" });
      showProblem(error.message || strings.unreachable);
    }
  }, [leave, meetingId, send, set, showProblem, strings]);

  const requests = useRequests({ send, dispatch, showProblem, strings });

  const level = useCallback(() => held.current.speaker?.level() ?? 0, []);
  const connection = useCallback(() => held.current.connection, []);

  useEffect(() => {
    const quit = () => held.current.connection?.close();
    window.addEventListener("pagehide", quit);
    return () => {
      clearTimeout(problemTimer.current);
      window.removeEventListener("pagehide", quit);
      held.current.connection?.close();
      held.current.camera?.stop();
      held.current.speaker?.close();
    };
  }, []);

  return { call, audio, level, connection, join, leaveLine, end, mute, toggleCamera, hear, ...requests };
}
