/** The call itself: a table of contents of the room, and which of its panels are open. */
import { useEffect, useRef, useState } from "react";
import { Announcer } from "./announcer.jsx";
import { Banners, typingReason } from "./banners.jsx";
import { Captions } from "./captions.jsx";
import { Controls } from "./controls.jsx";
import { Header } from "./header.jsx";
import { KeyList } from "./keys.jsx";
import { useRemembered } from "./memory.js";
import { useQuiet } from "./quiet.js";
import { SIZES } from "./settings.jsx";
import { useShortcuts } from "./shortcuts.js";
import { AgentTile, SelfTile } from "./tiles.jsx";
import { TypePanel } from "./typing.jsx";

/** How this person likes the room, from call to call; and whether they are typing now. */
function useView() {
  const [isCaptioned, setCaptioned] = useRemembered("captions", true);
  const [kept, setSize] = useRemembered("captions.size", "medium");
  const [isMeterShown, setMeterShown] = useRemembered("meter", false);
  const [hasKeys, setKeys] = useRemembered("keys", true);
  const [isTyping, setTyping] = useState(false);
  const size = SIZES.includes(kept) ? kept : "medium";
  const resize = (by) => setSize(SIZES[Math.min(SIZES.length - 1, Math.max(0, SIZES.indexOf(size) + by))]);
  return {
    isCaptioned, setCaptioned, size, setSize, resize, isMeterShown, setMeterShown, hasKeys, setKeys, isTyping, setTyping,
  };
}

export function Stage({ strings, title, agentName, devices, room, lowFromS, draft, onDraft, Guests }) {
  const { call } = room;
  const { microphone, camera } = devices;
  const view = useView();
  const [panel, setPanel] = useState("");
  const heading = useRef(null);
  const beforeTyping = useRef(null);

  // Whoever pressed "Join" with the keyboard is in the room now, and no more on a button that is gone.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);

  const isTurn = call.phase === "room" && call.agentState === "listening" && call.hasAgentSpoken && !call.hold;
  const isQuiet = useQuiet(microphone.track, isTurn);

  const openTyping = () => {
    if (!view.isTyping) beforeTyping.current = document.activeElement;
    view.setTyping(true);
    document.querySelector("#type-panel textarea")?.focus();
  };
  const closeTyping = () => {
    view.setTyping(false);
    // The banner that offered it is not there any more; then the heading is a good place to go on from.
    (beforeTyping.current?.isConnected ? beforeTyping.current : heading.current)?.focus({ preventScroll: true });
  };
  const closePanels = () => {
    if (panel) setPanel("");
    else if (view.isTyping) closeTyping();
  };

  const isThere = call.phase === "room";
  const actions = {
    hold: () => isThere && room.hold(!call.hold),
    done: () => isThere && call.agentState === "hearing" && room.done(),
    repeat: () => isThere && room.wish("repeat"),
    skip: () => isThere && room.wish("skip"),
    clarify: () => isThere && room.wish("clarify"),
    type: openTyping,
    toggleType: () => (view.isTyping ? closeTyping() : openTyping()),
    mute: () => microphone.track && room.mute(),
    camera: room.toggleCamera,
    captions: () => view.setCaptioned(!view.isCaptioned),
    larger: () => view.resize(1),
    smaller: () => view.resize(-1),
    list: () => setPanel("keys"),
    close: closePanels,
    end: room.end,
  };
  useShortcuts(actions, view.hasKeys);

  const hasTalk = view.isCaptioned || view.isTyping;
  return (
    <div className="stage" data-typing={view.isTyping}>
      <Header strings={strings} title={title} call={call} heading={heading} lowFromS={lowFromS}
        onKeys={actions.list} />
      <Banners strings={strings} call={call} lowFromS={lowFromS} onType={openTyping} onEnd={room.end} onHear={room.hear}
        typing={typingReason({ call, microphone, isQuiet, isTyping: view.isTyping })} />
      <Announcer strings={strings} hold={call.hold} />
      <div className="stage-body" data-talk={hasTalk}>
        <div className="tiles">
          <AgentTile strings={strings} agentName={agentName} call={call} level={room.level}
            isMeterShown={view.isMeterShown} />
          <SelfTile strings={strings} camera={camera} isMuted={call.isMuted || !microphone.track} />
          {Guests && <Guests strings={strings} connection={room.connection()} />}
        </div>
        {hasTalk && (
          <aside className="talk" aria-label={strings.conversation}>
            {view.isCaptioned && (
              <Captions strings={strings} agentName={agentName} captions={call.captions} size={view.size} />
            )}
            {view.isTyping && (
              <TypePanel strings={strings} draft={draft} onDraft={onDraft} typed={call.typed} onSend={room.type}
                onArrived={room.forgetTyped} onClose={closeTyping} />
            )}
          </aside>
        )}
      </div>
      <Controls strings={strings} call={call} devices={devices} actions={actions} view={view} panel={panel}
        setPanel={setPanel} />
      {panel === "keys" && (
        <KeyList strings={strings} isOn={view.hasKeys} onTurn={view.setKeys} onClose={() => setPanel("")} />
      )}
    </div>
  );
}
