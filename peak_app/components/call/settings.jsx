/** How the room shows itself: captions, their size, the meter. */
import { Switch } from "./parts.jsx";

export const SIZES = ["small", "medium", "large"];

export function RoomSettings({ strings, view, onKeys }) {
  return (
    <>
      <Switch label={strings.captions} isOn={view.isCaptioned} onChange={view.setCaptioned} />
      <fieldset className="sizes" disabled={!view.isCaptioned}>
        <legend>{strings.size}</legend>
        {SIZES.map((size) => (
          <label key={size} data-size={size}>
            <input type="radio" name="caption-size" value={size} checked={view.size === size}
              onChange={() => view.setSize(size)} />
            <span>{strings[`size_${size}`]}</span>
          </label>
        ))}
      </fieldset>
      <Switch label={strings.meter} hint={strings.meter_hint} isOn={view.isMeterShown} onChange={view.setMeterShown} />
      <button type="button" className="quiet-button narrow-only" onClick={onKeys}>{strings.keys}</button>
    </>
  );
}
