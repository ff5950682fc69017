/** The room of a call that is held in Stream Video. Only builds for it have this file, and what it imports of Stream. */
import * as sdk from "@stream-io/video-react-sdk";
import { HostedConnection } from "./hosted_connection.js";
import { HostedGuests } from "./hosted_guests.jsx";
import { CallRoom } from "./room.jsx";

const connect = (wanted) => new HostedConnection(wanted, sdk);

export function HostedCallRoom(props) {
  return <CallRoom {...props} connect={connect} Guests={HostedGuests} />;
}
