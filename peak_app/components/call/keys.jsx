/** The list of all keys, and the switch for people whose keyboard or voice control presses them by itself. */
import { useEffect, useRef } from "react";
import { Icon } from "./icons.jsx";
import { Switch } from "./parts.jsx";
import { KEYS } from "./shortcuts.js";

/** A key as it is printed. */
export function keyLabel(strings, key) {
  return { " ": strings.key_space, Escape: strings.key_escape }[key] ?? key.toUpperCase();
}

/** A dialog of the browser's own: it holds the focus, closes by Esc, and gives the focus back. */
export function KeyList({ strings, isOn, onTurn, onClose }) {
  const dialog = useRef(null);
  useEffect(() => {
    const shown = dialog.current;
    shown.showModal();
    return () => shown.close();
  }, []);
  return (
    <dialog className="key-list" ref={dialog} aria-labelledby="keys-title" onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <div className="key-list-inner">
        <header>
          <h2 id="keys-title">{strings.keys}</h2>
          <button type="button" className="bare" onClick={() => dialog.current.close()}>
            <Icon name="close" size={20} /><span className="vh">{strings.keys_close}</span>
          </button>
        </header>
        <dl>
          {KEYS.map(([action, keys]) => (
            <div key={action}>
              <dt>{strings[`key_${action}`]}</dt>
              <dd>{keys.map((key) => <kbd key={key}>{keyLabel(strings, key)}</kbd>)}</dd>
            </div>
          ))}
        </dl>
        <Switch label={strings.keys_on} hint={strings.keys_on_hint} isOn={isOn} onChange={onTurn} />
      </div>
    </dialog>
  );
}
