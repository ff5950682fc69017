/** A page's call in a video service that is played here: of the service's software only what the page uses. */
import { readFileSync } from "node:fs";

const [, , connectionPath] = process.argv;
const { HostedConnection, eventsOf } = await import(connectionPath);
const script = JSON.parse(readFileSync(0, "utf8"));

const CallingState = { JOINED: "joined", RECONNECTING: "reconnecting", MIGRATING: "migrating", OFFLINE: "offline",
  RECONNECTING_FAILED: "reconnecting-failed", LEFT: "left", IDLE: "idle" };
const told = [];
const note = (...what) => told.push(what);
const posts = [];
const calls = Object.assign([], { lost: 0 });
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Subject {
  listeners = new Set();
  subscribe(take) {
    this.listeners.add(take);
    return { unsubscribe: () => this.listeners.delete(take) };
  }
  next(value) {
    for (const take of [...this.listeners]) take(value);
  }
}

class Call {
  handlers = {};
  state = { callingState: CallingState.IDLE, participants: [], callingState$: new Subject(), participants$: new Subject() };
  camera = { disable: async () => note("camera disabled") };
  microphone = {
    disable: async () => note("microphone disabled"),
    disableSpeakingWhileMutedNotification: async () => note("not listened to"),
  };
  setDisconnectionTimeout = (seconds) => note("gives up after", seconds);
  constructor(type, id) {
    this.name = `${type}:${id}`;
    calls.push(this);
  }
  on(kind, take) {
    this.handlers[kind] = take;
    return () => delete this.handlers[kind];
  }
  async join(wanted) {
    note("joined", this.name, wanted);
    this.enter(CallingState.JOINED);
    if (script.isSilent) return;
    this.meet([{ userId: "person-1", sessionId: "me", isLocalParticipant: true, joinedAt: { seconds: "10" } },
      { userId: "coach-1", sessionId: "c", audioStream: "voice", joinedAt: { seconds: "5" } }]);
    this.hear("coach-1", { peak: { type: "hello" } });
  }
  enter(state) {
    this.state.callingState = state;
    this.state.callingState$.next(state);
  }
  meet(present) {
    this.state.participants = present;
    this.state.participants$.next(present);
  }
  hear(id, custom) {
    this.handlers.custom?.({ user: { id }, custom });
  }
  publish = async (stream, type) => {
    await rest(script.slowMs ?? 0);
    note("published", type, stream.tracks[0]);
  };
  stopPublish = async (type) => note("unpublished", type);
  sendCustomEvent = async (event) => {
    if ((script.lostEvents ?? 0) > calls.lost) {
      calls.lost += 1;
      throw new Error("429");
    }
    note("sent", event);
  };
  leave = async () => note("left", this.name);
}

class StreamVideoClient {
  streamClient = {};
  constructor(key, options) {
    note("client", key, options);
  }
  async connectUser(user, token) {
    note("user", user.id, await token());
    this.token = token;
  }
  call = (type, id) => new Call(type, id);
  disconnectUser = async () => note("disconnected");
}

globalThis.MediaStream = class {
  constructor(tracks) {
    this.tracks = tracks;
  }
};
globalThis.fetch = async (path, { body }) => {
  posts.push([path, JSON.parse(body)]);
  const { status, ...answer } = script.answers[Math.min(posts.length, script.answers.length) - 1];
  return new Response(JSON.stringify(answer), { status });
};

const sdk = { CallingState, StreamVideoClient, SfuModels: { TrackType: { AUDIO: 1, VIDEO: 2 } } };
const on = {
  message: (message) => note("message", message),
  sound: (stream) => note("sound", stream),
  refused: (error) => note("refused", error.status),
  phase: (phase) => note("phase", phase),
  waiting: (place) => note("waiting", place),
  again: () => note("again"),
};
const connection = new HostedConnection(
  { meetingId: "m", seat: "tab", microphone: "mic", isRecordWanted: true, on }, sdk);
const act = {
  connect: () => connection.connect().catch((error) => note("thrown", error.status)),
  send: ({ message }) => note("took", connection.send(message)),
  mute: ({ on: isMuted }) => connection.mute(isMuted),
  show: ({ track }) => connection.show(track),
  enter: ({ state }) => calls.at(-1).enter(state),
  meet: ({ present }) => calls.at(-1).meet(present),
  hear: ({ from, custom }) => calls.at(-1).hear(from, custom),
  end: () => calls.at(-1).handlers["call.ended"]?.({}),
  token: async () => note("token", await connection.client.token()),
  until: async ({ what, times }) => {
    while (told.filter((each) => JSON.stringify(each) === JSON.stringify(what)).length < times) await rest(5);
  },
};
for (const { do: name, ...values } of script.steps) {
  await act[name](values);
  await rest(0);
}
connection.close();
await rest(0);
process.stdout.write(JSON.stringify({ told, posts, events: (script.cut ?? []).map(eventsOf) }));
process.exit(0);
