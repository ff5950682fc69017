/** The WebRTC side of a call: one audio transceiver, one data channel, and coming back after a loss. */

const OFFER_TIMEOUT_MS = 15_000;
const OPEN_TIMEOUT_MS = 12_000;
const GATHER_TIMEOUT_MS = 1_500;
const DISCONNECTED_MS = 3_000;
/** The bridge sends the time every second; longer silence means it is gone, well before ICE notices. */
const SILENCE_MS = 6_000;
const GIVE_UP_MS = 60_000;
const WAITS_MS = [250, 750, 1_500, 3_000, 5_000];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The server's answer to an offer that says no; `isFinal` when asking again can't help. */
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
    this.isFinal = ![0, 408, 429, 500, 502, 503, 504].includes(status);
  }
}

/** POST to a route of the call; throws Refused with the server's sentence, or with status 0 when nobody answered. */
export async function post(path, body, { keepalive = false } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body ?? {}),
      signal: AbortSignal.timeout(OFFER_TIMEOUT_MS),
      keepalive,
    });
  } catch {
    throw new Refused(0, "");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, typeof answer.error === "string" ? answer.error : "");
  return answer;
}

export class CallConnection {
  #meetingId;
  #seat;
  #microphone;
  #on;
  #peer = null;
  #channel = null;
  #sender = null;
  #epoch = 0;
  #isClosed = false;
  #isReconnecting = false;
  #heardAt = 0;
  #watch = 0;
  #lossTimer = 0;

  /**
   * @param microphone a MediaStreamTrack; a silent one for people without microphone
   * @param on {message(object), sound(MediaStream), phase("connected"|"reconnecting"|"lost"), refused(Refused)}
   */
  constructor({ meetingId, seat, microphone, on }) {
    this.#meetingId = meetingId;
    this.#seat = seat;
    this.#microphone = microphone;
    this.#on = on;
  }

  /** The first connection; throws Refused. Later losses are mended without being asked. */
  async connect() {
    await this.#open();
    if (this.#isClosed) return;
    this.#on.phase("connected");
    this.#watch = setInterval(() => {
      const isSilent = this.#heardAt && performance.now() - this.#heardAt > SILENCE_MS;
      if (isSilent && !this.#isReconnecting) this.#reconnect();
    }, 1_000);
  }

  /** Say something on the data channel; false when it is not open. */
  send(message) {
    if (this.#channel?.readyState !== "open") return false;
    this.#channel.send(JSON.stringify(message));
    return true;
  }

  async replaceMicrophone(track) {
    this.#microphone = track;
    await this.#sender?.replaceTrack(track);
  }

  close() {
    this.#isClosed = true;
    clearInterval(this.#watch);
    this.#closePeer();
  }

  #closePeer() {
    clearTimeout(this.#lossTimer);
    this.#epoch += 1;
    const [channel, peer] = [this.#channel, this.#peer];
    this.#channel = this.#peer = this.#sender = null;
    channel?.close();
    peer?.close();
  }

  async #open() {
    this.#closePeer();
    const epoch = this.#epoch;
    const isCurrent = () => epoch === this.#epoch && !this.#isClosed;
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    const channel = peer.createDataChannel("peak", { ordered: true });
    this.#peer = peer;
    this.#channel = channel;
    this.#heardAt = 0;

    peer.ontrack = ({ track, streams }) => isCurrent() && this.#on.sound(streams[0] ?? new MediaStream([track]));
    peer.onconnectionstatechange = () => {
      if (!isCurrent()) return;
      clearTimeout(this.#lossTimer);
      if (peer.connectionState === "failed") this.#lose(epoch);
      if (peer.connectionState === "disconnected") {
        this.#lossTimer = setTimeout(() => this.#lose(epoch), DISCONNECTED_MS);
      }
    };
    channel.onmessage = ({ data }) => {
      if (!isCurrent()) return;
      this.#heardAt = performance.now();
      let message;
      try {
        message = JSON.parse(data);
      } catch {
        return;
      }
      if (message?.type === "ended") this.close();
      this.#on.message(message);
    };
    const opened = new Promise((resolve, reject) => {
      channel.onopen = resolve;
      channel.onclose = () => {
        reject(new Refused(0, ""));
        this.#lose(epoch);
      };
    });
    // Whoever waits sees the failure; without anyone waiting it must not count as unhandled.
    opened.catch(() => {});

    const stream = new MediaStream([this.#microphone]);
    this.#sender = peer.addTransceiver(this.#microphone, { direction: "sendrecv", streams: [stream] }).sender;
    await peer.setLocalDescription(await peer.createOffer());
    await this.#gathered(peer);
    const answer = await post(`/api/calls/${this.#meetingId}/offer`, {
      sdp: peer.localDescription.sdp,
      seat: this.#seat,
    });
    if (!isCurrent()) return;
    try {
      await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    } catch {
      throw new Refused(0, "");
    }
    await Promise.race([opened, sleep(OPEN_TIMEOUT_MS).then(() => Promise.reject(new Refused(0, "")))]);
  }

  #gathered(peer) {
    if (peer.iceGatheringState === "complete") return Promise.resolve();
    const done = new Promise((resolve) => {
      peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve();
    });
    return Promise.race([done, sleep(GATHER_TIMEOUT_MS)]);
  }

  #lose(epoch) {
    if (epoch === this.#epoch && !this.#isClosed && !this.#isReconnecting && this.#watch) this.#reconnect();
  }

  async #reconnect() {
    this.#isReconnecting = true;
    this.#on.phase("reconnecting");
    const since = performance.now();
    for (let attempt = 0; performance.now() - since < GIVE_UP_MS; attempt += 1) {
      await sleep(WAITS_MS[Math.min(attempt, WAITS_MS.length - 1)]);
      if (this.#isClosed) return;
      try {
        await this.#open();
        if (this.#isClosed) return;
        this.#isReconnecting = false;
        this.#on.phase("connected");
        return;
      } catch (error) {
        if (this.#isClosed) return;
        if (error instanceof Refused && error.isFinal) {
          this.close();
          this.#on.refused(error);
          return;
        }
      }
    }
    this.close();
    this.#on.phase("lost");
  }
}
