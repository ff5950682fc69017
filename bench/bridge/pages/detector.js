/** An audio worklet that says when the sound of its input began and ceased, on the audio clock. */

const LOUD = 0.08;
/** Quiet for so long: it has ceased. Shorter holes are none. */
const QUIET_S = 0.04;

class Detector extends AudioWorkletProcessor {
  #isLoud = false;
  #lastLoud = -Infinity;

  process([[samples]]) {
    if (!samples) return true;
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    const end = currentTime + samples.length / sampleRate;
    if (peak > LOUD) {
      if (!this.#isLoud) this.port.postMessage({ isLoud: true, at: currentTime });
      this.#isLoud = true;
      this.#lastLoud = end;
    } else if (this.#isLoud && end - this.#lastLoud >= QUIET_S) {
      this.#isLoud = false;
      this.port.postMessage({ isLoud: false, at: this.#lastLoud });
    }
    return true;
  }
}

registerProcessor("detector", Detector);
