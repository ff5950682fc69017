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
const LOOK_MS = 500;
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
  #sending = Promise.resolve();
  /** Both null outside the call. */
  client = null;
  call = null;

  /**
   * @param sdk `@stream-io/video-react-sdk`, or as much of it as is used here
   * Everything else as `CallConnection` takes it.
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
    // One after the other: parts and answers make sense in their order only.
    this.#sending = this.#sending.then(async () => {
      for (const event of eventsOf(message)) await call.sendCustomEvent(event);
    });
    // What does not arrive is missed by whoever asked for it, and said there.
    this.#sending = this.#sending.catch(() => {});
    return true;
  }

  async replaceMicrophone(track) {
    this.#microphone = track;
    if (!this.#isMuted) await this.#publish("AUDIO", track);
  }

  mute(isMuted) {
    this.#isMuted = isMuted;
    // The service sends a copy of the track: silencing ours would silence nothing.
    this.#publish("AUDIO", isMuted ? null : this.#microphone).catch(() => {});
  }

  show(track) {
    this.#camera = track;
    this.#publish("VIDEO", track).catch(() => {});
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
    return Promise.allSettled([call?.leave(), client?.disconnectUser()]);
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
    await this.#leave();
    const wish = { seat: this.#seat, record: this.#isRecordWanted };
    const pass = await post(`/api/calls/${this.#meetingId}/stream`, wish, { withinMs: ANSWER_WITHIN_MS });
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
    const call = client.call(CALL_TYPE, pass.call_id);
    this.call = call;
    this.#listen(call);
    // Devices are chosen and held by our own lobby: the service's software opens none.
    await Promise.all([call.camera.disable(), call.microphone.disable()]);
    await call.join({ create: false });
    if (this.#isClosed || call !== this.call) {
      await call.leave().catch(() => {});
      return;
    }
    this.#coachSeenAt = performance.now();
    if (!this.#isMuted) await this.#publish("AUDIO", this.#microphone);
    if (this.#camera) await this.#publish("VIDEO", this.#camera);
  }

  async #publish(kind, track) {
    if (!this.isOpen) return;
    const type = this.#sdk.SfuModels.TrackType[kind];
    if (track) await this.call.publish(new MediaStream([track]), type);
    else await this.call.stopPublish(type);
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
    const message = custom?.[KEY];
    if (user?.id !== this.#pass.coach_id || typeof message !== "object" || message === null) return;
    if (message.type === "hello") this.#greeted?.();
    if (message.type === "ended") this.#hearEnded(message.reason);
    else this.#on.message(message);
  }

  #hearEnded(reason) {
    this.close();
    this.#on.message({ type: "ended", reason });
  }

  #see(present) {
    const coach = present.filter((each) => each.userId === this.#pass.coach_id);
    if (coach.length) this.#coachSeenAt = performance.now();
    const sound = coach.find((each) => each.audioStream)?.audioStream;
    if (sound && sound !== this.#sound) {
      this.#sound = sound;
      this.#on.sound(sound);
    }
    const me = present.find((each) => each.isLocalParticipant);
    const isOther = (each) => !each.isLocalParticipant && each.userId === me.userId && moment(each) > moment(me);
    // Another tab of the same person: everyone is told everything, so nobody else could tell this one.
    if (me && moment(me) && present.some(isOther)) this.#hearEnded("taken_over");
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
    }
    if ([RECONNECTING_FAILED, LEFT].includes(state)) this.#comeBack();
  }

  #look() {
    if (!this.isOpen || this.#isReturning) return;
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

/** One message as the events that carry it: one, or as many as its length needs. */
export function eventsOf(message) {
  const text = Array.from(JSON.stringify(message));
  if (text.length <= PART_LENGTH) return [{ [KEY]: message }];
  const of = Math.ceil(text.length / PART_LENGTH);
  return Array.from({ length: of }, (_, at) => ({
    [PART_KEY]: { at, of, text: text.slice(at * PART_LENGTH, (at + 1) * PART_LENGTH).join("") },
  }));
}
