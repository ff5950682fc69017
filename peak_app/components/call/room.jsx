/** A call from lobby to hang-up. Sound, captions and camera go past the server that draws the pages. */
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { CameraKeeper } from "./camera.js";
import { CallConnection, post, Refused } from "./connection.js";
import { useDevices } from "./devices.js";
import { Lobby } from "./lobby.jsx";
import { audioContext, Meter, silentTrack } from "./sound.js";
import { Stage } from "./stage.jsx";

const END_ANSWER_MS = 2_500;
const LAST_PIECES_MS = 700;
const PROBLEM_SHOWN_MS = 9_000;

const START = {
  phase: "lobby",
  agentState: "connecting",
  captions: [],
  elapsedMs: 0,
  remainingS: null,
  notice: "",
  problem: "",
  isMuted: false,
  needsClick: false,
};

function withCaption(captions, id, change) {
  const at = captions.findIndex((caption) => caption.id === id);
  if (at < 0) return [...captions, { id, speaker: "agent", text: "", unheard: "", isFinal: false, ...change }];
  return captions.with(at, { ...captions[at], ...change });
}

/** What a message of the bridge, or a doing of the person, makes of the picture. */
function reduce(call, event) {
  switch (event.type) {
    case "hello":
      return { ...call, notice: event.notice ?? "", elapsedMs: event.elapsed_ms ?? 0 };
    case "state":
      return { ...call, agentState: event.value };
    case "caption":
      return {
        ...call,
        captions: withCaption(call.captions, event.id, {
          speaker: event.speaker,
          text: event.text,
          isFinal: event.is_final,
        }),
      };
    case "caption_cut":
      return {
        ...call,
        captions: withCaption(call.captions, event.id, { text: event.text, unheard: event.unheard ?? "", isFinal: true }),
      };
    case "time":
      return { ...call, elapsedMs: event.elapsed_ms, remainingS: event.remaining_s ?? null };
    case "tick":
      return { ...call, elapsedMs: event.elapsedMs };
    case "set":
      return { ...call, ...event.values };
    default:
      return call;
  }
}

export function CallRoom({ meetingId, title, agentName, limitMinutes, isRunning, notice, strings }) {
  const navigate = useNavigate();
  const devices = useDevices();
  const [call, dispatch] = useReducer(reduce, START);
  const [seat] = useState(() => crypto.randomUUID());
  const set = useCallback((values) => dispatch({ type: "set", values }), []);

  const held = useRef({ connection: null, camera: null, meter: null, isDucked: false, clock: null, hasLeft: false });
  const cameraTrack = useRef(null);
  cameraTrack.current = devices.camera.track;
  const isMuted = useRef(false);
  const audio = useRef(null);
  const tile = useRef(null);
  const problemTimer = useRef(0);

  const meetingMs = () => {
    const clock = held.current.clock;
    return clock ? clock.elapsedMs + (performance.now() - clock.at) : 0;
  };

  const leave = useCallback(() => {
    const { current } = held;
    if (current.hasLeft) return;
    current.hasLeft = true;
    current.connection?.close();
    current.camera?.stop();
    current.meter?.close();
    devices.stop();
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

  const duck = (isDucked) => {
    held.current.isDucked = isDucked;
    // Both: volume is at once everywhere but on iOS, where only muting works.
    if (audio.current) {
      audio.current.volume = isDucked ? 0 : 1;
      audio.current.muted = isDucked;
    }
  };

  const hear = useCallback(() => {
    audioContext();
    audio.current
      ?.play()
      .then(() => set({ needsClick: false }))
      .catch((error) => error?.name === "NotAllowedError" && set({ needsClick: true }));
  }, [set]);

  const onSound = useCallback(
    (stream) => {
      held.current.meter?.close();
      held.current.meter = new Meter(stream);
      audio.current.srcObject = stream;
      duck(false);
      hear();
    },
    [hear],
  );

  const onMessage = useCallback(
    (message) => {
      dispatch(message);
      switch (message.type) {
        case "hello":
          held.current.clock = { elapsedMs: message.elapsed_ms ?? 0, at: performance.now() };
          held.current.camera?.start(cameraTrack.current, meetingMs());
          held.current.connection?.send({ type: "camera", on: Boolean(cameraTrack.current) });
          held.current.connection?.send({ type: "mute", on: isMuted.current });
          break;
        case "time":
          held.current.clock = { elapsedMs: message.elapsed_ms, at: performance.now() };
          break;
        case "duck":
          duck(true);
          break;
        case "unduck":
          duck(false);
          break;
        case "problem":
          showProblem(message.text);
          if (message.is_fatal) set({ phase: "lost" });
          break;
        case "ended":
          if (message.reason === "taken_over") {
            held.current.camera?.stop();
            set({ phase: "taken" });
          } else leave();
          break;
        default:
      }
    },
    [leave, set, showProblem],
  );

  const onRefused = useCallback(
    (error) => {
      if (error.status === 409) leave();
      else if (error.status === 401) window.location.assign(`/login?next=/call/${meetingId}`);
      else {
        set({ phase: "refused" });
        showProblem(error.message || strings.unreachable);
        clearTimeout(problemTimer.current);
      }
    },
    [leave, meetingId, set, showProblem, strings],
  );

  const join = useCallback(async () => {
    const { current } = held;
    audioContext();
    clearTimeout(problemTimer.current);
    set({ phase: "joining", problem: "" });
    current.connection?.close();
    current.camera ??= new CameraKeeper(meetingId);
    const connection = new CallConnection({
      meetingId,
      seat,
      microphone: devices.microphone.track ?? silentTrack(),
      on: {
        message: onMessage,
        sound: onSound,
        refused: onRefused,
        phase: (phase) => {
          if (phase === "connected") set({ phase: "room", problem: "" });
          if (phase === "reconnecting") {
            current.camera.stop();
            duck(false);
            set({ phase: "reconnecting", agentState: "reconnecting" });
          }
          if (phase === "lost") {
            current.camera.stop();
            set({ phase: "lost" });
          }
        },
      },
    });
    current.connection = connection;
    try {
      await connection.connect();
    } catch (error) {
      connection.close();
      onRefused(error instanceof Refused ? error : new Refused(0, strings.unreachable));
    }
  }, [devices.microphone.track, meetingId, onMessage, onRefused, onSound, seat, set, strings]);

  // A microphone that was changed, lost or found during the call.
  useEffect(() => {
    const { connection } = held.current;
    const track = devices.microphone.track;
    if (!connection || devices.microphone.state === "asking") return;
    if (track) track.enabled = !isMuted.current;
    connection.replaceMicrophone(track ?? silentTrack()).catch(() => {});
  }, [devices.microphone.track, devices.microphone.state]);

  // A camera that was switched or changed: each time a new piece of film.
  useEffect(() => {
    const { connection, camera, clock } = held.current;
    if (!connection || !camera || !clock) return;
    connection.send({ type: "camera", on: Boolean(devices.camera.track) });
    if (devices.camera.track) camera.start(devices.camera.track, meetingMs());
    else camera.stop();
  }, [devices.camera.track]);

  const toggleMute = useCallback(() => {
    isMuted.current = !isMuted.current;
    if (devices.microphone.track) devices.microphone.track.enabled = !isMuted.current;
    held.current.connection?.send({ type: "mute", on: isMuted.current });
    set({ isMuted: isMuted.current });
  }, [devices.microphone.track, set]);

  const toggleCamera = useCallback(
    () => devices.setCameraOn(!devices.camera.track),
    [devices.camera.track, devices.setCameraOn],
  );

  const end = useCallback(async () => {
    const { current } = held;
    set({ phase: "ending", problem: "" });
    duck(true);
    await current.camera?.stop();
    await Promise.race([current.camera?.flush(), new Promise((resolve) => setTimeout(resolve, LAST_PIECES_MS))]);
    if (current.connection?.send({ type: "end" })) {
      await new Promise((resolve) => setTimeout(resolve, END_ANSWER_MS));
      if (current.hasLeft) return;
    }
    try {
      await post(`/api/calls/${meetingId}/end`);
      leave();
    } catch (error) {
      if (error.status === 409 || error.status === 404) return leave();
      set({ phase: "room" });
      showProblem(error.message || strings.unreachable);
    }
  }, [leave, meetingId, set, showProblem, strings]);

  const type = useCallback(
    (text) => {
      const isSent = held.current.connection?.send({ type: "typed", text }) ?? false;
      if (!isSent) showProblem(strings.not_sent);
      return isSent;
    },
    [showProblem, strings],
  );

  // The orb and the attribute that says how loud the agent is; past React, many times a second.
  useEffect(() => {
    let frame = 0;
    let shown = 0;
    let count = 0;
    const draw = () => {
      const { meter, isDucked } = held.current;
      const level = meter && !isDucked ? meter.level() : 0;
      shown += (level - shown) * (level > shown ? 0.4 : 0.12);
      tile.current?.style.setProperty("--level", shown.toFixed(3));
      if (count++ % 4 === 0) tile.current?.setAttribute("data-agent-level", level.toFixed(3));
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, []);

  useEffect(() => {
    const timer = setInterval(() => held.current.clock && dispatch({ type: "tick", elapsedMs: meetingMs() }), 500);
    const quit = () => held.current.connection?.close();
    window.addEventListener("pagehide", quit);
    return () => {
      clearInterval(timer);
      clearTimeout(problemTimer.current);
      window.removeEventListener("pagehide", quit);
      held.current.connection?.close();
      held.current.camera?.stop();
      held.current.meter?.close();
    };
  }, []);

  const isOnStage = ["room", "reconnecting", "ending"].includes(call.phase);
  const aside = { taken: [strings.taken, strings.take_back], lost: [strings.lost, strings.join_again] }[call.phase];
  return (
    <div className="room" data-phase={call.phase}>
      <audio ref={audio} autoPlay playsInline />
      {isOnStage && (
        <Stage strings={strings} title={title} agentName={agentName} devices={devices} tile={tile}
          call={call.notice ? call : { ...call, notice }}
          onMute={toggleMute} onCamera={toggleCamera} onEnd={end} onType={type} onHear={hear}
          onPickMicrophone={devices.pickMicrophone} onPickCamera={devices.pickCamera} />
      )}
      {aside && (
        <div className="aside-card" role="alert">
          <p>{call.problem || aside[0]}</p>
          <button type="button" className="join" onClick={join}>{aside[1]}</button>
          <a className="back" href={`/meetings/${meetingId}`}>{strings.to_meeting}</a>
        </div>
      )}
      {!isOnStage && !aside && (
        <Lobby strings={strings} title={title} agentName={agentName} limitMinutes={limitMinutes} isRunning={isRunning}
          devices={devices} isJoining={call.phase === "joining"} problem={call.problem} onJoin={join} />
      )}
    </div>
  );
}
