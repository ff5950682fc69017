/** Before the call: how one looks and sounds, and what is kept. */
import { DevicePicker, fill, Icon, MicrophoneMeter, SelfView } from "./parts.jsx";

export function Lobby({ strings, title, agentName, limitMinutes, isRunning, devices, isJoining, problem, onJoin }) {
  const { microphone, camera } = devices;
  return (
    <div className="lobby">
      <section className="lobby-view" aria-label={strings.preview}>
        <div className="tile preview">
          {camera.track ? (
            <SelfView track={camera.track} label={strings.self_view} />
          ) : (
            <div className="no-picture"><Icon name="cameraOff" size={34} /></div>
          )}
          <div className="preview-bar">
            {microphone.track && <MicrophoneMeter track={microphone.track} label={strings.level} />}
            <button type="button" className="round" aria-pressed={!camera.track}
              onClick={() => devices.setCameraOn(!camera.track)}>
              <Icon name={camera.track ? "camera" : "cameraOff"} size={19} />
              <span className="vh">{camera.track ? strings.camera_off : strings.camera_on}</span>
            </button>
          </div>
        </div>
      </section>
      <section className="lobby-side">
        <p className="lobby-with">{fill(strings.with_agent, { agent: agentName })}</p>
        <h1>{title}</h1>
        <ul className="device-states" role="status">
          <li data-state={microphone.state}><Icon name={microphone.track ? "microphone" : "muted"} size={18} />
            <span>{strings[`microphone_${microphone.state}`]}</span></li>
          <li data-state={camera.state}><Icon name={camera.track ? "camera" : "cameraOff"} size={18} />
            <span>{strings[`camera_${camera.state}`]}</span></li>
        </ul>
        {microphone.state === "denied" && (
          <button type="button" className="link" onClick={devices.retry}>{strings.ask_again}</button>
        )}
        <div className="pickers">
          <DevicePicker label={strings.microphone} devices={devices.microphones} value={microphone.id}
            onPick={devices.pickMicrophone} fallback={strings.microphone} />
          {camera.track && (
            <DevicePicker label={strings.camera} devices={devices.cameras} value={camera.id}
              onPick={devices.pickCamera} fallback={strings.camera} />
          )}
        </div>
        {problem && <p className="room-problem" role="alert">{problem}</p>}
        <button type="button" className="join" onClick={onJoin} disabled={isJoining || microphone.state === "asking"}>
          {isJoining ? strings.joining : strings.join}
        </button>
        {isRunning && <p className="fine">{strings.running}</p>}
        <p className="fine">{strings.kept}{" "}
          {limitMinutes > 0 ? fill(strings.limit, { minutes: limitMinutes }) : strings.no_minutes}</p>
        <a className="back" href="/meetings">{strings.back}</a>
      </section>
    </div>
  );
}
