/** The call itself. */
import { useEffect, useRef, useState } from "react";
import { DevicePicker, fill, Icon, SelfView } from "./parts.jsx";

const clock = (ms) => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

/** A calm sphere that breathes with the agent's voice. Its level is set from outside by `--level`. */
function AgentTile({ strings, agentName, state, tile }) {
  return (
    <section className="tile agent-tile" ref={tile} data-state={state} data-agent-level="0" aria-label={agentName}>
      <div className="orb" aria-hidden="true"><i /><i /><i /><b /></div>
      <p className="tile-name">{agentName}</p>
      <p className="agent-state" role="status">{strings[`state_${state}`]}</p>
    </section>
  );
}

function Captions({ strings, agentName, captions }) {
  const list = useRef(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [captions]);
  return (
    <div className="captions" role="log" aria-live="polite" aria-label={strings.captions} tabIndex={0} ref={list}
      onScroll={({ target }) => {
        isAtEnd.current = target.scrollHeight - target.scrollTop - target.clientHeight < 48;
      }}>
      {captions.length === 0 && <p className="captions-empty">{strings.captions_empty}</p>}
      {captions.map((caption) => (
        <p key={caption.id} className="caption" data-speaker={caption.speaker} data-final={caption.isFinal}>
          <b>{caption.speaker === "agent" ? agentName : strings.you}</b>
          <span>{caption.text}</span>
          {caption.unheard && <s title={strings.unheard}> {caption.unheard}</s>}
        </p>
      ))}
    </div>
  );
}

function TypeInstead({ strings, onSend }) {
  const [text, setText] = useState("");
  const submit = (event) => {
    event.preventDefault();
    if (text.trim() && onSend(text.trim())) setText("");
  };
  return (
    <form className="type-instead" onSubmit={submit}>
      <input value={text} onChange={(event) => setText(event.target.value)} maxLength={2000} autoComplete="off"
        aria-label={strings.type} placeholder={strings.type} />
      <button type="submit" disabled={!text.trim()} aria-label={strings.send}><Icon name="send" size={18} /></button>
    </form>
  );
}

export function Stage(props) {
  const { strings, title, agentName, devices, call } = props;
  const { microphone, camera } = devices;
  const [isChoosing, setChoosing] = useState(false);
  const isLow = call.remainingS !== null && call.remainingS <= 180;

  useEffect(() => {
    const press = (event) => {
      if (event.key === "Escape") {
        setChoosing(false);
        if (event.target instanceof HTMLElement && event.target.matches("input")) event.target.blur();
        return;
      }
      const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (isTyping || event.metaKey || event.ctrlKey || event.altKey || event.repeat) return;
      if (event.key === "m") props.onMute();
      if (event.key === "v") props.onCamera();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [props.onMute, props.onCamera]);

  return (
    <div className="stage">
      <header className="stage-top">
        <h1>{title}</h1>
        <span className="recording"><i aria-hidden="true" />{strings.recording}</span>
        <time className="num" role="timer" aria-label={strings.elapsed}>{clock(call.elapsedMs)}</time>
        {isLow && (
          <span className="remaining num">{fill(strings.remaining, { time: clock(call.remainingS * 1000) })}</span>
        )}
      </header>
      {call.phase === "reconnecting" && <p className="stage-banner" role="status">{strings.reconnecting}</p>}
      {call.notice && <p className="stage-notice">{call.notice}</p>}
      {call.problem && <p className="room-problem" role="alert">{call.problem}</p>}
      {call.needsClick && (
        <button type="button" className="join" onClick={props.onHear}>{strings.hear}</button>
      )}
      <div className="stage-body">
        <div className="tiles">
          <AgentTile strings={strings} agentName={agentName} state={call.agentState} tile={props.tile} />
          <section className="tile self-tile" aria-label={strings.you}>
            {camera.track ? (
              <SelfView track={camera.track} label={strings.self_view} />
            ) : (
              <div className="no-picture"><Icon name="cameraOff" size={26} /></div>
            )}
            <p className="tile-name">{call.isMuted && <Icon name="muted" size={15} />}{strings.you}</p>
          </section>
        </div>
        <aside className="talk">
          <h2>{strings.captions}</h2>
          <Captions strings={strings} agentName={agentName} captions={call.captions} />
          {!microphone.track && <p className="fine">{strings.no_microphone}</p>}
          <TypeInstead strings={strings} onSend={props.onType} />
        </aside>
      </div>
      <footer className="controls">
        {isChoosing && (
          <div className="device-menu" role="group" aria-label={strings.devices}>
            <DevicePicker label={strings.microphone} devices={devices.microphones} value={microphone.id}
              onPick={props.onPickMicrophone} fallback={strings.microphone} />
            <DevicePicker label={strings.camera} devices={devices.cameras} value={camera.id}
              onPick={props.onPickCamera} fallback={strings.camera} />
            {!devices.microphones.length && !devices.cameras.length && <p className="fine">{strings.no_devices}</p>}
          </div>
        )}
        <button type="button" className="control" onClick={props.onMute} disabled={!microphone.track}
          data-off={call.isMuted || !microphone.track} title={strings.mute_key}>
          <Icon name={call.isMuted || !microphone.track ? "muted" : "microphone"} />
          <span>{call.isMuted ? strings.unmute : strings.mute}</span>
        </button>
        <button type="button" className="control" onClick={props.onCamera} data-off={!camera.track}
          title={strings.camera_key}>
          <Icon name={camera.track ? "camera" : "cameraOff"} />
          <span>{camera.track ? strings.camera_off : strings.camera_on}</span>
        </button>
        <button type="button" className="control" onClick={() => setChoosing(!isChoosing)} aria-expanded={isChoosing}>
          <Icon name="devices" />
          <span>{strings.devices}</span>
        </button>
        <button type="button" className="control end" onClick={props.onEnd} disabled={call.phase === "ending"}>
          <Icon name="end" />
          <span>{call.phase === "ending" ? strings.ending : strings.end}</span>
        </button>
      </footer>
    </div>
  );
}
