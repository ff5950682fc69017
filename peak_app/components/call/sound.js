/** How loud something is, and silence for people without microphone. */

let shared = null;

/** The page's one audio context. Call it from a click first: browsers start it only then. */
export function audioContext() {
  shared ??= new AudioContext();
  if (shared.state === "suspended") shared.resume().catch(() => {});
  return shared;
}

/** A track that carries silence. */
export function silentTrack() {
  return audioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
}

/** Measures a stream. `level()` gives 0 (silence) to 1 (loud speech). */
export class Meter {
  #source;
  #analyser;
  #samples;

  constructor(stream) {
    const context = audioContext();
    this.#source = context.createMediaStreamSource(stream);
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#analyser.smoothingTimeConstant = 0;
    this.#source.connect(this.#analyser);
    this.#samples = new Float32Array(this.#analyser.fftSize);
  }

  level() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    // Speech has an RMS of about 0.02 to 0.2: the root spreads it over the scale.
    return Math.min(1, Math.sqrt(Math.sqrt(sum / this.#samples.length)) * 1.6 * (sum > 1e-4 ? 1 : 0));
  }

  close() {
    this.#source.disconnect();
  }
}
