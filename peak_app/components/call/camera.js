/** Keeps the camera's picture: short pieces go to the server one after the other, never by WebRTC. */

const MIME_TYPE = "video/webm;codecs=vp8";
const BITS_PER_SECOND = 500_000;
const PIECE_MS = 4_000;
const TRIES = 5;
/** About a minute of picture may wait for a bad connection; then the oldest pieces give way. */
const QUEUE_LIMIT = 15;

/** The number of a new segment. By chance: other tabs and devices in this meeting can't be asked for theirs. */
const newSegment = () => crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class CameraKeeper {
  #meetingId;
  #recorder = null;
  #queue = [];
  #sending = null;

  constructor(meetingId) {
    this.#meetingId = meetingId;
  }

  static get isSupported() {
    return typeof MediaRecorder !== "undefined" && MediaRecorder.isTypeSupported(MIME_TYPE);
  }

  /** Begin a segment. `atMs`: time of the meeting now. */
  start(track, atMs) {
    this.stop();
    if (!CameraKeeper.isSupported || !track || track.readyState !== "live") return;
    const segment = newSegment();
    let index = 0;
    const recorder = new MediaRecorder(new MediaStream([track]), {
      mimeType: MIME_TYPE,
      videoBitsPerSecond: BITS_PER_SECOND,
    });
    recorder.ondataavailable = ({ data }) => {
      if (!data.size) return;
      const path = `/api/calls/${this.#meetingId}/camera/${segment}/${index}?at_ms=${Math.round(atMs)}`;
      index += 1;
      this.#queue.push({ path, data });
      // The first piece carries the header without which the others can't be read.
      if (this.#queue.length > QUEUE_LIMIT) this.#queue.splice(1, 1);
      this.#sending ??= this.#send();
    };
    recorder.start(PIECE_MS);
    this.#recorder = recorder;
  }

  /** End the segment; resolves when its last piece is in the queue. */
  stop() {
    const recorder = this.#recorder;
    this.#recorder = null;
    if (!recorder || recorder.state === "inactive") return Promise.resolve();
    return new Promise((resolve) => {
      recorder.onstop = resolve;
      recorder.stop();
    });
  }

  /** Resolves when everything is sent or given up. */
  flush() {
    return this.#sending ?? Promise.resolve();
  }

  async #send() {
    while (this.#queue.length) {
      const piece = this.#queue[0];
      await this.#put(piece);
      if (this.#queue[0] === piece) this.#queue.shift();
    }
    this.#sending = null;
  }

  async #put({ path, data }) {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      try {
        const response = await fetch(path, {
          method: "PUT",
          headers: { "content-type": "video/webm" },
          body: data,
          signal: AbortSignal.timeout(15_000),
        });
        if (response.ok || (response.status < 500 && response.status !== 429)) return;
      } catch {
        // Nobody answered: the same as a server that is busy.
      }
      await sleep(500 * 2 ** attempt);
    }
  }
}
