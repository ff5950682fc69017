/** The WebRTC side of a call: one audio transceiver, one data channel, standing in line, and coming back after a loss. */
import { openInTurn } from "./line.js";
import { fetchIce, post, Refused } from "./signalling.js";

const OPEN_WITHIN_MS = 12_000;
/** Of an offer that follows a loss: the bridge knows the call already. */
const REOFFER_WITHIN_MS = 8_000;
const GATHER_WITHIN_MS = 1_500;
/** Where every road leads through a relay, there is none before the relay has answered. */
const RELAY_WITHIN_MS = 5_000;
const DISCONNECTED_MS = 1_000;
/** The bridge sends the time every second; longer silence means it is gone, well before ICE notices. */
const SILENCE_MS = 5_000;
/** As above, when the browser says that the network is another one now. */
const PROOF_MS = 1_500;
const GIVE_UP_MS = 60_000;
const WAITS_MS = [100, 750, 1_500, 3_000];
const LINE_MS = 3_000;

const after = (ms, error) => new Promise((_, reject) => setTimeout(() => reject(error), ms));

export class CallConnection {
  #meetingId;
  #seat;
  #isRecordWanted;
  #microphone;
  #on;
  #ice = {};
  #peer = null;
  #channel = null;
  #sender = null;
  #epoch = 0;
  #attempt = null;
  #wake = null;
  #isClosed = false;
  #isReconnecting = false;
  #heardAt = 0;
  #watch = 0;
  #lossTimer = 0;

  /**
   * What is said here of a connection holds for that of `hosted_connection.js` as well.
   *
   * @param microphone a MediaStreamTrack; a silent one for people without microphone
   * @param isRecordWanted what the person chose in the lobby; counts only for the offer that begins the call
   * @param on {message(object), sound(MediaStream), phase("connected"|"reconnecting"|"lost"), waiting(place),
   *   refused(Refused)}
   */
  constructor({ meetingId, seat, microphone, isRecordWanted, on }) {
    this.#meetingId = meetingId;
    this.#seat = seat;
    this.#microphone = microphone;
    this.#isRecordWanted = isRecordWanted;
    this.#on = on;
  }

  /** The first connection, when there is a place; throws Refused. Later losses are mended without being asked. */
  async connect() {
    await this.#openInTurn(undefined);
    if (this.#isClosed) return;
    this.#on.phase("connected");
    window.addEventListener("online", this.#networkChanged);
    navigator.connection?.addEventListener?.("change", this.#networkChanged);
    this.#watch = setInterval(() => {
      if (this.#heardAt && performance.now() - this.#heardAt > SILENCE_MS) this.#reconnect();
    }, 500);
  }

  get isOpen() {
    return this.#channel?.readyState === "open";
  }

  /** Say something on the data channel; false when it is not open. */
  send(message) {
    if (!this.isOpen) return false;
    this.#channel.send(JSON.stringify(message));
    return true;
  }

  async replaceMicrophone(track) {
    this.#microphone = track;
    await this.#sender?.replaceTrack(track);
  }

  mute(isMuted) {
    this.#microphone.enabled = !isMuted;
  }

  /** Nobody but the agent is here to look. */
  show() {}

  close() {
    this.#isClosed = true;
    clearInterval(this.#watch);
    window.removeEventListener("online", this.#networkChanged);
    navigator.connection?.removeEventListener?.("change", this.#networkChanged);
    this.#attempt?.abort();
    this.#wake?.();
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

  #openInTurn(withinMs) {
    return openInTurn({
      open: () => this.#open(withinMs),
      rest: () => this.#rest(LINE_MS),
      isClosed: () => this.#isClosed,
      waiting: this.#on.waiting,
    });
  }

  async #open(withinMs) {
    this.#closePeer();
    const epoch = this.#epoch;
    const isCurrent = () => epoch === this.#epoch && !this.#isClosed;
    this.#attempt = new AbortController();
    const { signal } = this.#attempt;
    // Without an answer the last one holds: relays change seldom.
    this.#ice = (await fetchIce(this.#meetingId, signal)) ?? this.#ice;
    if (!isCurrent()) return;
    const peer = this.#newPeer();
    const channel = peer.createDataChannel("peak", { ordered: true });
    this.#peer = peer;
    this.#channel = channel;
    this.#heardAt = 0;

    peer.ontrack = ({ track, streams }) => isCurrent() && this.#on.sound(streams[0] ?? new MediaStream([track]));
    peer.onconnectionstatechange = () => {
      if (!isCurrent()) return;
      clearTimeout(this.#lossTimer);
      if (peer.connectionState === "failed") this.#lose(epoch);
      if (peer.connectionState === "disconnected") this.#prove(DISCONNECTED_MS);
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
      channel.onopen = () => {
        this.#heardAt = performance.now();
        resolve();
      };
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
    const offer = { sdp: peer.localDescription.sdp, seat: this.#seat, record: this.#isRecordWanted };
    const answer = await post(`/api/calls/${this.#meetingId}/offer`, offer, { withinMs, signal });
    if (!isCurrent()) return;
    try {
      await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    } catch {
      throw new Refused(0, "");
    }
    await Promise.race([opened, after(withinMs ?? OPEN_WITHIN_MS, new Refused(0, ""))]);
  }

  #newPeer() {
    try {
      return new RTCPeerConnection({ bundlePolicy: "max-bundle", ...this.#ice });
    } catch {
      // An address of a relay that the browser can't read must not keep anyone from a call that needs none.
      this.#ice = {};
      return new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    }
  }

  /** Resolves when the offer holds our addresses: all of them, or those that were found in time. */
  #gathered(peer) {
    if (peer.iceGatheringState === "complete") return Promise.resolve();
    const isRelayed = this.#ice.iceTransportPolicy === "relay";
    return new Promise((resolve) => {
      setTimeout(resolve, isRelayed ? RELAY_WITHIN_MS : GATHER_WITHIN_MS);
      peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve();
      peer.onicecandidate = ({ candidate }) => candidate && isRelayed && resolve();
    });
  }

  // coming back

  #networkChanged = () => {
    if (this.#isReconnecting) {
      // The road may be open again: no more waiting for an answer that went the old one.
      this.#attempt?.abort();
      this.#wake?.();
    } else this.#prove(PROOF_MS);
  };

  /** Take the connection for lost unless the bridge is heard in this time. */
  #prove(ms) {
    const [epoch, since] = [this.#epoch, performance.now()];
    clearTimeout(this.#lossTimer);
    this.#lossTimer = setTimeout(() => this.#heardAt < since && this.#lose(epoch), ms);
  }

  #lose(epoch) {
    if (epoch === this.#epoch && this.#watch) this.#reconnect();
  }

  #rest(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #reconnect() {
    if (this.#isReconnecting || this.#isClosed) return;
    this.#isReconnecting = true;
    this.#on.phase("reconnecting");
    const since = performance.now();
    for (let attempt = 0; performance.now() - since < GIVE_UP_MS; attempt += 1) {
      await this.#rest(WAITS_MS[Math.min(attempt, WAITS_MS.length - 1)]);
      if (this.#isClosed) return;
      try {
        await this.#openInTurn(REOFFER_WITHIN_MS);
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
