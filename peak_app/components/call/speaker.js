/** The agent's voice in the page: on the device that was chosen, and silent at once when it is told to be. */
import { Meter } from "./sound.js";

const RAMP_MS = 30;
const STEP_MS = 5;

/** Whether this browser lets a page choose where sound comes out. */
export const canChooseSpeaker = typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;

/** Have an element play on a device; on the usual one where that device is gone. */
export async function playOn(element, speakerId) {
  if (!canChooseSpeaker) return;
  await element.setSinkId(speakerId).catch(() => element.setSinkId("").catch(() => {}));
}

export class Speaker {
  #element;
  #meter = null;
  #isDucked = false;
  #ramp = 0;

  constructor(element) {
    this.#element = element;
  }

  /** Play a stream instead of the one before. */
  play(stream) {
    this.#meter?.close();
    this.#meter = new Meter(stream);
    this.#element.srcObject = stream;
    clearTimeout(this.#ramp);
    this.#isDucked = false;
    this.#set(1);
    return this.resume();
  }

  /** Rejects with NotAllowedError where the browser wants a click first. */
  resume() {
    return this.#element.play();
  }

  /**
   * Silence, now. By the element's volume: heard as soon as by a gain of an audio graph (in Chromium within 2 ms of each
   * other), and without the delay that a graph puts on every sound.
   */
  duck() {
    clearTimeout(this.#ramp);
    this.#isDucked = true;
    this.#set(0);
  }

  /** Let the sound through again, rising over 30 ms so that nothing clicks. */
  unduck() {
    if (!this.#isDucked) return;
    this.#isDucked = false;
    const since = performance.now();
    const rise = () => {
      // A page in the background has its timers once a second.
      const share = document.hidden ? 1 : Math.min(1, (performance.now() - since) / RAMP_MS);
      this.#set(share);
      if (share < 1) this.#ramp = setTimeout(rise, STEP_MS);
    };
    rise();
  }

  /** How loud the agent is, 0 to 1; 0 while it is ducked. */
  level() {
    return this.#meter && !this.#isDucked ? this.#meter.level() : 0;
  }

  close() {
    clearTimeout(this.#ramp);
    this.#meter?.close();
    this.#meter = null;
  }

  #set(volume) {
    // Both: volume is at once everywhere but on iOS, where only muting works.
    this.#element.volume = volume;
    this.#element.muted = volume === 0;
  }
}
