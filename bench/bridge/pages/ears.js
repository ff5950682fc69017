/** What both pages of the benchmark share: a microphone to speak into, and ears for what the page plays. */

const context = new AudioContext({ latencyHint: "interactive" });
const pitch = new OscillatorNode(context, { type: "sawtooth", frequency: 140 });
const loudness = new GainNode(context, { gain: 0 });
const line = context.createMediaStreamDestination();
pitch.connect(loudness).connect(line);
pitch.start();

/** Changes of what is heard, in ms since the epoch: {at, isLoud} of the stream, {at, isMuted} of the page. */
export const changes = [];

const nowMs = () => performance.timeOrigin + performance.now();

/** A track that is silent until `speak`. */
export const microphone = line.stream.getAudioTracks()[0];

export function speak(seconds) {
  loudness.gain.setValueAtTime(0.3, context.currentTime);
  loudness.gain.setValueAtTime(0, context.currentTime + seconds);
}

/** Listen to the agent's stream, and to whether the element that plays it lets it be heard. */
export async function listen(stream, audio) {
  await context.resume();
  audio.addEventListener("volumechange", () => changes.push({ at: nowMs(), isMuted: audio.muted || audio.volume === 0 }));
  await context.audioWorklet.addModule("/pages/detector.js");
  const detector = new AudioWorkletNode(context, "detector");
  context.createMediaStreamSource(stream).connect(detector).connect(context.destination);
  detector.port.onmessage = ({ data }) => {
    const ago = (context.currentTime - data.at) * 1000;
    changes.push({ at: nowMs() - ago, isLoud: data.isLoud });
  };
}
