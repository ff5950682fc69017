/** The two pictures of the room: the agent's sphere, and oneself. */
import { useEffect, useRef } from "react";
import { DeliveryMeter } from "./delivery.jsx";
import { HoldRing } from "./hold.jsx";
import { Icon } from "./icons.jsx";
import { SelfView } from "./parts.jsx";

/** Puts the agent's level on the tile, many times a second and past React. */
function useLevel(tile, level) {
  useEffect(() => {
    let frame = 0;
    let shown = 0;
    let count = 0;
    const draw = () => {
      const now = level();
      shown += (now - shown) * (now > shown ? 0.4 : 0.12);
      tile.current?.style.setProperty("--level", shown.toFixed(3));
      if (count++ % 4 === 0) tile.current?.setAttribute("data-agent-level", now.toFixed(3));
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [tile, level]);
}

/** A calm sphere that breathes with the agent's voice, and around it the time someone has to think. */
export function AgentTile({ strings, agentName, call, level, isMeterShown }) {
  const tile = useRef(null);
  useLevel(tile, level);
  const state = call.hold ? "holding" : call.agentState;
  return (
    <section className="tile agent-tile" ref={tile} data-state={state} data-agent-level="0" aria-label={agentName}>
      {isMeterShown && <DeliveryMeter strings={strings} delivery={call.delivery} />}
      <div className="orb-place">
        <div className="orb" aria-hidden="true"><i /><i /><i /><b /></div>
        {call.hold && <HoldRing strings={strings} hold={call.hold} />}
      </div>
      <p className="tile-name">{agentName}</p>
      <p className="agent-state">{strings[`state_${state}`]}</p>
    </section>
  );
}

export function SelfTile({ strings, camera, isMuted }) {
  return (
    <section className="tile self-tile" aria-label={strings.you}>
      {camera.track ? (
        <SelfView track={camera.track} label={strings.self_view} />
      ) : (
        <div className="no-picture"><Icon name="cameraOff" size={26} /></div>
      )}
      <p className="tile-name">{isMuted && <Icon name="muted" size={15} />}{strings.you}</p>
    </section>
  );
}
