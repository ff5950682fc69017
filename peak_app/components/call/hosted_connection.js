/** A call that is held in Stream Video: what `CallConnection` is for one that goes straight to the bridge. */
import { openInTurn } from "./line.js";
import { post, Refused } from "./signalling.js";

const CALL_TYPE = "default";
/** Our messages among whatever else is sent in the call, whole or in parts: `bridge/hosted/messages.py`. */
const KEY = "peak";
const PART_KEY = "peak_part";
/** Characters of a message that fit into one event of the service whatever they are. */
const PART_LENGTH = 1_000;
/** The bridge enters the call before it answers. */
const ANSWER_WITHIN_MS = 20_000;
const JOIN_WITHIN_MS = 20_000;
const HELLO_WITHIN_MS = 10_000;
const LEAVE_WITHIN_MS = 2_000;
const LOOK_MS = 500;
/** A connection that the service's software made anew takes our tracks once it is there; it says so too early. */
const RESTORE_AFTER_MS = 1_000;
const TRIES = 3;
const BETWEEN_TRIES_MS = 300;
/** The coach's own reconnect takes a second or two; after longer a bridge is asked for another one. */
const COACH_AWAY_MS = 8_000;
const GIVE_UP_MS = 60_000;
const WAITS_MS = [100, 1_500, 3_000, 5_000];
const LINE_MS = 3_000;

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Settles as the promise does, or with a Refused when that takes too long. */
const within = (ms, promise) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Refused(0, "")), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

const moment = (participant) => Number(participant.joinedAt?.seconds ?? 0) + (participant.joinedAt?.nanos ?? 0) / 1e9;

export class HostedConnection {
  #sdk;
  #meetingId;
  #seat;
  #isRecordWanted;
  #microphone;
  #camera = null;
  #isMuted = false;
  #on;
  #pass = null;
  #unlisten = [];
  #sound = null;
  #greeted = null;
  #coachSeenAt = 0;
  #watch = 0;
  #isClosed = false;
  #isReturning = false;
  #isInterrupted = false;
  #openAt = 0;
  #otherSeenAt = 0;
  #parts = [];
  #publishing = Promise.resolve();
  /** The tracks that the call has, by their kind. */
  #given = {};
  #sending = Promise.resolve();
  /** Both null outside the call. */
  client = null;
  call = null;

  /**
   * @param sdk `@stream-io/video-react-sdk`, or as much of it as is used here
   * Everything else as `CallConnection` takes it, and on.again(): the same call once more, without a greeting.
   */
  constructor({ meetingId, seat, microphone, isRecordWanted, on }, sdk) {
    this.#sdk = sdk;
    this.#meetingId = meetingId;
    this.#seat = seat;
    this.#microphone = microphone;
    this.#isRecordWanted = isRecordWanted;
    this.#on = on;
  }

  async connect() {
    await this.#openInTurn();
    if (this.#isClosed) return;
    this.#on.phase("connected");
    this.#watch = setInterval(() => this.#look(), LOOK_MS);
  }

  get isOpen() {
    return this.call?.state.callingState === this.#sdk.CallingState.JOINED;
  }

  /** Users in the call beside the person and the coach, by their ids at the service. */
  isGuest(userId) {
    return userId !== this.#pass?.user_id && userId !== this.#pass?.coach_id;
  }

  send(message) {
    if (!this.isOpen) return false;
    const call = this.call;
    // One after the other: parts and answers make sense in their order only. What does not arrive in spite of all tries
    // is missed by whoever asked for it, and said there.
    const sent = this.#sending.then(async () => {
      for (const event of eventsOf(message)) await insist(() => call.sendCustomEvent(event));
    });
    this.#sending = sent.catch(() => {});
    return true;
  }

  async replaceMicrophone(track) {
    this.#microphone = track;
    await this.#publish();
  }

  mute(isMuted) {
    this.#isMuted = isMuted;
    this.#publish();
  }

  show(track) {
    this.#camera = track;
    this.#publish();
  }

  close() {
    this.#isClosed = true;
    clearInterval(this.#watch);
    this.#leave();
  }

  #leave() {
    const [call, client] = [this.call, this.client];
    this.call = this.client = this.#sound = null;
    for (const stop of this.#unlisten) stop();
    this.#unlisten = [];
    // A client that never came in waits for itself before it goes.
    return Promise.race([Promise.allSettled([call?.leave(), client?.disconnectUser()]), rest(LEAVE_WITHIN_MS)]);
  }

  #openInTurn() {
    return openInTurn({
      open: () => this.#open(),
      rest: () => rest(LINE_MS),
      isClosed: () => this.#isClosed,
      waiting: this.#on.waiting,
    });
  }

  /** Have the coach in the call, and then be in it. */
  async #open() {
    const wish = { seat: this.#seat, record: this.#isRecordWanted };
    const pass = await post(`/api/calls/${this.#meetingId}/stream`, wish, { withinMs: ANSWER_WITHIN_MS });
    // Not before there is a coach to come back to.
    await this.#leave();
    if (this.#isClosed) return;
    this.#pass = pass;
    const greeted = new Promise((resolve) => (this.#greeted = resolve));
    try {
      await within(JOIN_WITHIN_MS, this.#enter(pass));
      await within(HELLO_WITHIN_MS, greeted);
    } catch {
      await this.#leave();
      throw new Refused(0, "");
    }
  }

  async #enter(pass) {
    const client = new this.#sdk.StreamVideoClient(pass.api_key, {
      ...(pass.url ? { baseURL: `${pass.url}/video` } : {}),
      clientEventsReportingEnabled: false,
      devicePersistence: { enabled: false },
      maxConnectUserRetries: 1,
      logOptions: { default: { level: "error" } },
    });
    if (pass.ws_url) client.streamClient.wsBaseURL = pass.ws_url;
    this.client = client;
    let given = pass.token;
    const token = async () => {
      const first = given;
      given = null;
      return first ?? (await post(`/api/calls/${this.#meetingId}/stream/pass`)).token;
    };
    await client.connectUser({ id: pass.user_id }, token);
    if (this.#isClosed || client !== this.client) {
      client.disconnectUser().catch(() => {});
      return;
    }
    const call = client.call(CALL_TYPE, pass.call_id);
    this.call = call;
    this.#listen(call);
    call.setDisconnectionTimeout(GIVE_UP_MS / 1_000);
    // Devices are chosen and held by our own lobby: the service's software opens none, also not to hear who is muted.
    await call.microphone.disableSpeakingWhileMutedNotification();
    await Promise.all([call.camera.disable(), call.microphone.disable()]);
    await call.join({ create: false });
    if (this.#isClosed || call !== this.call) {
      await call.leave().catch(() => {});
      return;
    }
    this.#coachSeenAt = this.#openAt = performance.now();
    this.#given = { AUDIO: null, VIDEO: null };
    await this.#publish();
  }

  /** Give the call what is to be heard and seen now; one after the other, so that the last word holds. */
  #publish() {
    const published = this.#publishing.then(async () => {
      const wanted = { AUDIO: this.#isMuted ? null : this.#microphone, VIDEO: this.#camera };
      for (const [kind, track] of Object.entries(wanted)) {
        if (!this.isOpen) return;
        if (this.#given[kind] === track) continue;
        // The service sends copies of tracks: silencing ours would silence nothing.
        const type = this.#sdk.SfuModels.TrackType[kind];
        if (track) await this.call.publish(new MediaStream([track]), type);
        else await this.call.stopPublish(type);
        this.#given[kind] = track;
      }
    });
    this.#publishing = published.catch(() => {});
    return this.#publishing;
  }

  #listen(call) {
    const isCurrent = () => call === this.call && !this.#isClosed;
    const guarded = (take) => (event) => isCurrent() && take(event);
    const states = call.state.callingState$.subscribe(guarded((state) => this.#follow(state)));
    const people = call.state.participants$.subscribe(guarded((present) => this.#see(present)));
    this.#unlisten = [
      call.on("custom", guarded((event) => this.#hear(event))),
      call.on("call.ended", guarded(() => this.#hearEnded("ended"))),
      () => states.unsubscribe(),
      () => people.unsubscribe(),
    ];
  }

  #hear({ user, custom }) {
    if (user?.id !== this.#pass.coach_id) return;
    const message = custom?.[KEY] ?? this.#whole(custom?.[PART_KEY]);
    if (typeof message !== "object" || message === null) return;
    if (message.type === "hello") this.#greeted?.();
    if (message.type === "ended") this.#hearEnded(message.reason);
    else this.#on.message(message);
  }

  /** A message that came in parts, with its last one. */
  #whole(part) {
    if (part?.at === 0) this.#parts = [];
    if (!part || part.at !== this.#parts.length) return null;
    this.#parts.push(part.text);
    if (part.at !== part.of - 1) return null;
    try {
      return JSON.parse(this.#parts.join(""));
    } catch {
      return null;
    }
  }

  #hearEnded(reason) {
    this.close();
    this.#on.message({ type: "ended", reason });
  }

  #see(present) {
    const coach = present.filter((each) => each.userId === this.#pass.coach_id);
    if (coach.length) this.#coachSeenAt = performance.now();
    // One that came back has a session of its own, and the old one may still be listed.
    const newest = coach.filter((each) => each.audioStream).sort((one, other) => moment(other) - moment(one))[0];
    if (newest && newest.audioStream !== this.#sound) {
      this.#sound = newest.audioStream;
      this.#on.sound(newest.audioStream);
    }
  }

  /** Whether a later tab of the same person is in the call: everyone is told everything, so nobody else could tell. */
  #isTakenOver() {
    const present = this.call.state.participants;
    const me = present.find((each) => each.isLocalParticipant);
    const isOther = (each) => !each.isLocalParticipant && each.userId === me.userId && moment(each) > moment(me);
    if (!me || !moment(me) || !present.some(isOther)) {
      this.#otherSeenAt = 0;
      return false;
    }
    // One's own return may look like it for a moment.
    this.#otherSeenAt ||= performance.now();
    return performance.now() - this.#otherSeenAt >= 2 * LOOK_MS;
  }

  #follow(state) {
    if (!this.#watch || this.#isReturning) return;
    const { JOINED, RECONNECTING, MIGRATING, OFFLINE, RECONNECTING_FAILED, LEFT } = this.#sdk.CallingState;
    // The service's software comes back by itself where it can.
    if ([RECONNECTING, MIGRATING, OFFLINE].includes(state) && !this.#isInterrupted) {
      this.#isInterrupted = true;
      this.#on.phase("reconnecting");
    }
    if (state === JOINED && this.#isInterrupted) {
      this.#isInterrupted = false;
      this.#on.phase("connected");
      this.#on.again();
      // It knows nothing of tracks that did not come from its own devices, and brings none back.
      setTimeout(() => {
        this.#given = {};
        this.#publish();
      }, RESTORE_AFTER_MS);
    }
    if ([RECONNECTING_FAILED, LEFT].includes(state)) this.#comeBack();
  }

  #look() {
    if (this.#isReturning) return;
    if (!this.isOpen) {
      if (performance.now() - this.#openAt > GIVE_UP_MS) this.#comeBack();
      return;
    }
    this.#openAt = performance.now();
    if (this.#isTakenOver()) {
      this.#hearEnded("taken_over");
      return;
    }
    const isThere = this.call.state.participants.some((each) => each.userId === this.#pass.coach_id);
    if (isThere) this.#coachSeenAt = performance.now();
    else if (performance.now() - this.#coachSeenAt > COACH_AWAY_MS) this.#comeBack();
  }

  async #comeBack() {
    if (this.#isReturning || this.#isClosed) return;
    this.#isReturning = true;
    this.#isInterrupted = false;
    this.#on.phase("reconnecting");
    const since = performance.now();
    for (let attempt = 0; performance.now() - since < GIVE_UP_MS && !this.#isClosed; attempt += 1) {
      await rest(WAITS_MS[Math.min(attempt, WAITS_MS.length - 1)]);
      try {
        await this.#openInTurn();
        if (this.#isClosed) return;
        this.#isReturning = false;
        this.#on.phase("connected");
        return;
      } catch (error) {
        if (this.#isClosed) return;
        if (error.isFinal) {
          this.close();
          this.#on.refused(error);
          return;
        }
      }
    }
    if (this.#isClosed) return;
    this.close();
    this.#on.phase("lost");
  }
}

/** Do what may fail for a moment, a few times; throws what the last try threw. */
async function insist(attempt) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tried === TRIES) throw error;
    }
    await rest(BETWEEN_TRIES_MS * tried);
  }
}

/** One message as the events that carry it: one, or as many as its length needs. */
export function eventsOf(message) {
  const text = Array.from(JSON.stringify(message));
  if (text.length <= PART_LENGTH) return [{ [KEY]: message }];
  const of = Math.ceil(text.length / PART_LENGTH);
  return Array.from({ length: of }, (_, at) => ({
    [PART_KEY]: { at, of, text: text.slice(at * PART_LENGTH, (at + 1) * PART_LENGTH).join("") },
  }));
}
