/** What is kept of a meeting and for how long, the choice, and what joining means. */
import { Icon } from "./icons.jsx";
import { fill, Switch } from "./parts.jsx";

const daysText = (strings, days) => fill(strings[`days_${days === 1 ? "one" : "other"}`], { days });

export function Kept({ strings, retentionDays, isRunning, isRecordWanted, onRecord }) {
  const days = daysText(strings, retentionDays);
  const sound = isRecordWanted ? days : strings.kept_not;
  return (
    <section className="kept" aria-labelledby="kept-title">
      <h2 id="kept-title">{strings.kept}</h2>
      <ul>
        <li data-kept={isRecordWanted}>
          <Icon name="microphone" size={18} /><span>{strings.kept_voices}</span><b>{sound}</b>
        </li>
        <li data-kept={isRecordWanted}>
          <Icon name="camera" size={18} /><span>{strings.kept_camera}</span><b>{sound}</b>
        </li>
        <li data-kept="true">
          <Icon name="words" size={18} /><span>{strings.kept_words}</span><b>{strings.kept_with_meeting}</b>
        </li>
      </ul>
      <Switch label={strings.record} isOn={isRecordWanted} isFixed={isRunning} onChange={onRecord}
        hint={isRunning ? strings.record_fixed : isRecordWanted ? strings.record_on : strings.record_off} />
    </section>
  );
}

/** Beside the join button, whose name it explains: there is nothing to tick. */
export function Consent({ strings, id, retentionDays, isRecordWanted }) {
  const days = daysText(strings, retentionDays);
  return (
    <p id={id} className="consent">
      {isRecordWanted ? fill(strings.consent, { days }) : strings.consent_unrecorded}
    </p>
  );
}
