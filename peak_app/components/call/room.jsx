/** A call from lobby to hang-up. Sound, captions and camera go past the server that draws the pages. */
import { useState } from "react";
import { LostCard, TakenCard, WaitingCard } from "./aside.jsx";
import { useCall } from "./call.js";
import { CallConnection } from "./connection.js";
import { useDevices } from "./devices.js";
import { Lobby } from "./lobby.jsx";
import { useDraft } from "./memory.js";
import { Stage } from "./stage.jsx";

const connectToBridge = (wanted) => new CallConnection(wanted);

/** `connect` and `Guests`: another way into the call, and who else is in it then; `hosted_room.jsx` has both. */
export function CallRoom({ connect = connectToBridge, Guests = null, ...props }) {
  const { meetingId, title, agentName, limitMinutes, lowFromS, isRunning, isRecorded, retentionDays, notice } = props;
  const { focus, strings } = props;
  const devices = useDevices();
  const [isRecordWanted, setRecordWanted] = useState(isRecorded);
  const [draft, setDraft] = useDraft(meetingId);
  const room = useCall({ meetingId, devices, isRecordWanted, strings, connect });
  const { phase, place, problem } = room.call;

  const call = room.call.notice ? room.call : { ...room.call, notice };
  const scenes = {
    waiting: () => <WaitingCard strings={strings} place={place} onLeave={room.leaveLine} />,
    taken: () => <TakenCard strings={strings} meetingId={meetingId} onJoin={room.join} />,
    lost: () => (
      <LostCard strings={strings} meetingId={meetingId} problem={problem} onJoin={room.join} onEnd={room.end} />
    ),
  };
  const stage = () => (
    <Stage strings={strings} title={title} agentName={agentName} devices={devices} room={{ ...room, call }}
      lowFromS={lowFromS} draft={draft} onDraft={setDraft} Guests={Guests} />
  );
  const lobby = () => (
    <Lobby strings={strings} meetingId={meetingId} title={title} agentName={agentName} focus={focus}
      limitMinutes={limitMinutes} retentionDays={retentionDays} isRunning={isRunning} isHosted={Boolean(Guests)}
      isRecordWanted={isRecordWanted} onRecord={setRecordWanted} devices={devices} isJoining={phase === "joining"} problem={problem} onJoin={room.join} />
  );
  const isOnStage = ["room", "reconnecting", "ending"].includes(phase);
  return (
    <div className="room" data-phase={phase}>
      <audio ref={room.audio} autoPlay playsInline />
      {(scenes[phase] ?? (isOnStage ? stage : lobby))()}
    </div>
  );
}
