/** A sentence in a voice, to hear before one chooses it. */
import { useEffect, useRef, useState } from "react";
import { Icon } from "./fold.jsx";

export function Sample({ voice, labels }) {
  const [state, setState] = useState("idle");
  const [problem, setProblem] = useState("");
  const sound = useRef(null);
  const wanted = useRef(0);

  const stop = () => {
    wanted.current += 1;
    if (sound.current) {
      sound.current.pause();
      URL.revokeObjectURL(sound.current.src);
      sound.current = null;
    }
    setState("idle");
  };
  // Another voice is another sample; whoever leaves hears nothing any more.
  useEffect(() => stop, [voice]);

  const play = async () => {
    const turn = (wanted.current += 1);
    setProblem("");
    setState("loading");
    try {
      const answer = await fetch(`/api/voices/${encodeURIComponent(voice)}`);
      if (!answer.ok) throw new Error((await answer.json()).error);
      const content = await answer.blob();
      if (turn !== wanted.current) return;
      sound.current = new Audio(URL.createObjectURL(content));
      sound.current.onended = stop;
      await sound.current.play();
      setState("playing");
    } catch (error) {
      if (turn !== wanted.current) return;
      stop();
      setProblem(error instanceof TypeError || !error.message ? labels.sample_failed : error.message);
    }
  };

  const isIdle = state === "idle";
  return (
    <div className="row">
      <button type="button" className="btn soft small" aria-busy={state === "loading"} onClick={isIdle ? play : stop}>
        <Icon path={isIdle ? "M5 3.5v9l7-4.5z" : "M4.5 4.5h7v7h-7z"} />
        {isIdle ? labels.sample : labels.sample_stop}
      </button>
      <p className="text" role="status">{problem}</p>
    </div>
  );
}
