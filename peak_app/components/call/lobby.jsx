/** Before the call: how one looks and sounds, who is going to speak, and what is kept. */
import { Icon } from "./icons.jsx";
import { Consent, Kept } from "./kept.jsx";
import { DevicePickers, fill, MicrophoneMeter, SelfView } from "./parts.jsx";
import { VoiceSample } from "./voice_sample.jsx";

export function Lobby(props) {
  const { strings, title, agentName, focus, devices, isRunning, limitMinutes, retentionDays, isRecordWanted, isHosted } = props;
  return (
    <div className="lobby">
      <header className="lobby-head">
        <p className="lobby-with">{fill(strings.with_agent, { agent: agentName })}</p>
        <h1>{title}</h1>
        {focus && <p className="lobby-focus"><b>{strings.focus}</b> <bdi>{focus}</bdi></p>}
      </header>
      <section className="lobby-view" aria-label={strings.preview}>
        <Preview strings={strings} devices={devices} />
        <DeviceStates strings={strings} devices={devices} />
        <DevicePickers strings={strings} devices={devices}>
          <VoiceSample strings={strings} meetingId={props.meetingId} speaker={devices.speaker} />
        </DevicePickers>
      </section>
      <div className="lobby-side">
        <Kept strings={strings} retentionDays={retentionDays} isRunning={isRunning} isRecordWanted={isRecordWanted}
          onRecord={props.onRecord} />
        <div className="join-bar">
          {props.problem && <p className="room-problem" role="alert">{props.problem}</p>}
          <Consent strings={strings} id="consent" retentionDays={retentionDays} isRecordWanted={isRecordWanted} />
          <button type="button" className="join" onClick={props.onJoin} aria-describedby="consent"
            disabled={props.isJoining || devices.microphone.state === "asking"}>
            {props.isJoining ? strings.joining : strings.join}
          </button>
        </div>
        {isHosted && <p className="fine">{isRecordWanted ? strings.hosted_recorded : strings.hosted}</p>}
        {isRunning && <p className="fine">{strings.running}</p>}
        <p className="fine">
          {limitMinutes > 0 ? fill(strings.limit, { minutes: limitMinutes }) : strings.no_minutes}
        </p>
        <a className="back" href="/meetings">{strings.back}</a>
      </div>
    </div>
  );
}

function Preview({ strings, devices }) {
  const { microphone, camera } = devices;
  return (
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
  );
}

function DeviceStates({ strings, devices }) {
  const { microphone, camera } = devices;
  return (
    <>
      <div role="status">
        <ul className="device-states">
          <li data-state={microphone.state}>
            <Icon name={microphone.track ? "microphone" : "muted"} size={18} />
            <span>{strings[`microphone_${microphone.state}`]}</span>
          </li>
          <li data-state={camera.state}>
            <Icon name={camera.track ? "camera" : "cameraOff"} size={18} />
            <span>{strings[`camera_${camera.state}`]}</span>
          </li>
        </ul>
      </div>
      {microphone.state === "denied" && (
        <button type="button" className="link" onClick={devices.retry}>{strings.ask_again}</button>
      )}
    </>
  );
}
