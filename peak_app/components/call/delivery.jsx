/** How one speaks so far: pace and filler words. For those who want it; most people talk better without. */
import { fill } from "./parts.jsx";

const SLOWEST = 60;
const FASTEST = 240;

const share = (pace) => Math.min(1, Math.max(0, (pace - SLOWEST) / (FASTEST - SLOWEST)));

export function DeliveryMeter({ strings, delivery }) {
  const pace = delivery?.pace ?? null;
  return (
    <div className="delivery num" role="group" aria-label={strings.meter}>
      <p>{pace === null ? strings.pace_none : fill(strings.pace, { pace })}</p>
      <div className="pace" aria-hidden="true">{pace !== null && <i style={{ "--at": share(pace) }} />}</div>
      <p>{fill(strings.fillers, { count: delivery?.fillers ?? 0 })}</p>
    </div>
  );
}
