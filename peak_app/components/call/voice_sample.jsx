/** A sentence of the coach before the call, on the speaker that was chosen. */
import { useEffect, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { fetchVoice } from "./signalling.js";
import { playOn } from "./speaker.js";

/** What the button is called while it is idle, loading, or playing. */
const nameOf = (strings, state) =>
  ({ loading: strings.voice_loading, playing: strings.voice_stop })[state] ?? strings.voice_play;

export function VoiceSample({ strings, meetingId, speaker }) {
  const [state, setState] = useState("idle");
  const [problem, setProblem] = useState("");
  const element = useRef(null);

  useEffect(
    () => () => {
      element.current?.pause();
      URL.revokeObjectURL(element.current?.src ?? "");
    },
    [],
  );
  useEffect(() => {
    if (element.current) playOn(element.current, speaker);
  }, [speaker]);

  const stop = () => {
    element.current.pause();
    setState("idle");
  };
  const play = async () => {
    setProblem("");
    setState("loading");
    try {
      if (!element.current) {
        const sound = new Audio(URL.createObjectURL(await fetchVoice(meetingId)));
        sound.onended = () => setState("idle");
        element.current = sound;
        await playOn(sound, speaker);
      }
      element.current.currentTime = 0;
      await element.current.play();
      setState("playing");
    } catch (error) {
      setState("idle");
      setProblem(error.message && error.status ? error.message : strings.voice_failed);
    }
  };

  return (
    <div className="voice-sample">
      <button type="button" className="quiet-button" aria-busy={state === "loading"}
        onClick={{ idle: play, playing: stop }[state]}>
        <Icon name="speaker" size={18} />
        {nameOf(strings, state)}
      </button>
      <p className="fine" role="status">{problem}</p>
    </div>
  );
}
