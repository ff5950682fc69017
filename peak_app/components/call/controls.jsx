/** What one can do in the room: with the conversation on the left, with the machine on the right. */
import { Icon } from "./icons.jsx";
import { keyLabel } from "./keys.jsx";
import { Menu } from "./menu.jsx";
import { DevicePickers } from "./parts.jsx";
import { RoomSettings } from "./settings.jsx";
import { keyOf } from "./shortcuts.js";

/** `action` is the name among the shortcuts, if it has a key. */
function Control({ strings, icon, label, action, className = "", ...rest }) {
  const key = action && keyOf(action);
  return (
    <button type="button" className={`control ${className}`} aria-keyshortcuts={key} {...rest}>
      <Icon name={icon} />
      <span>{label}</span>
      {key && <kbd aria-hidden="true">{keyLabel(strings, key)}</kbd>}
    </button>
  );
}

export function Controls({ strings, call, devices, actions, view, panel, setPanel }) {
  const { microphone, camera } = devices;
  const isSilent = call.isMuted || !microphone.track;
  const isThere = call.phase === "room";
  const toggle = (name) => setPanel(panel === name ? "" : name);
  const close = () => setPanel("");
  return (
    <footer className="controls">
      <div className="control-group" role="group" aria-label={strings.turn}>
        <Control strings={strings} icon={call.hold ? "ready" : "hold"} label={call.hold ? strings.ready : strings.hold}
          action="hold" className="wide" data-on={Boolean(call.hold)} disabled={!isThere} onClick={actions.hold} />
        <Control strings={strings} icon="done" label={strings.done} action="done"
          disabled={!isThere || call.agentState !== "hearing"} onClick={actions.done} />
        <Control strings={strings} icon="repeat" label={strings.repeat} action="repeat" disabled={!isThere}
          onClick={actions.repeat} />
        <Control strings={strings} icon="skip" label={strings.skip} action="skip" disabled={!isThere}
          onClick={actions.skip} />
        <Control strings={strings} icon="clarify" label={strings.clarify} action="clarify" disabled={!isThere}
          onClick={actions.clarify} />
        <Control strings={strings} icon="type" label={strings.type} action="type" aria-expanded={view.isTyping}
          aria-controls="type-panel" onClick={actions.toggleType} />
      </div>
      <div className="control-group" role="group" aria-label={strings.machine}>
        <Control strings={strings} icon={isSilent ? "muted" : "microphone"}
          label={call.isMuted ? strings.unmute : strings.mute} action="mute" data-off={isSilent}
          disabled={!microphone.track} onClick={actions.mute} />
        <Control strings={strings} icon={camera.track ? "camera" : "cameraOff"}
          label={camera.track ? strings.camera_off : strings.camera_on} action="camera" data-off={!camera.track}
          onClick={actions.camera} />
        <Menu icon="devices" label={strings.devices} isOpen={panel === "devices"} onToggle={() => toggle("devices")}
          onClose={close}>
          <DevicePickers strings={strings} devices={devices} />
        </Menu>
        <Menu icon="settings" label={strings.settings} isOpen={panel === "settings"} onToggle={() => toggle("settings")}
          onClose={close}>
          <RoomSettings strings={strings} view={view} onKeys={actions.list} />
        </Menu>
        <Control strings={strings} icon="end" label={call.phase === "ending" ? strings.ending : strings.end}
          className="end" disabled={call.phase === "ending"} onClick={actions.end} />
      </div>
    </footer>
  );
}
