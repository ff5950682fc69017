/** Whoever else is in the call, with their pictures and voices: they hear the interview, and are in no transcript. */
import {
  ParticipantView, ParticipantsAudio, StreamCall, StreamVideo, useCallStateHooks,
} from "@stream-io/video-react-sdk";
import { Icon } from "./icons.jsx";

export function HostedGuests({ strings, connection }) {
  const { client, call } = connection ?? {};
  if (!client || !call) return null;
  return (
    <StreamVideo client={client}>
      <StreamCall call={call}>
        <Guests strings={strings} isGuest={(userId) => connection.isGuest(userId)} />
      </StreamCall>
    </StreamVideo>
  );
}

function NoPicture() {
  return <div className="no-picture"><Icon name="cameraOff" size={26} /></div>;
}

function Guests({ strings, isGuest }) {
  const { useRemoteParticipants } = useCallStateHooks();
  const guests = useRemoteParticipants().filter((each) => isGuest(each.userId));
  return (
    <>
      <ParticipantsAudio participants={guests} />
      {guests.map((guest) => (
        <section key={guest.sessionId} className="tile guest-tile" aria-label={guest.name || strings.guest}>
          <ParticipantView participant={guest} muteAudio ParticipantViewUI={null} VideoPlaceholder={NoPicture} />
          <p className="tile-name"><bdi>{guest.name || strings.guest}</bdi></p>
        </section>
      ))}
    </>
  );
}
