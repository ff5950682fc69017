/** The one sound of the page: what plays where it is, and whoever wants to know. Nothing of it goes over the network. */

export const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];
export const SKIP_S = 10;

let player = null;
let state = { isShown: false, isPlaying: false, at: 0, length: 0, speed: 1, marks: [] };
const listeners = new Set();

function change(values) {
  state = { ...state, ...values };
  for (const listener of listeners) listener();
}

const finite = (seconds) => (Number.isFinite(seconds) ? seconds : 0);

export const playback = {
  read: () => state,
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Take an <audio> of the page as the one that plays. Returns what gives it back. */
  attach(element) {
    player = element;
    const told = new AbortController();
    const on = (name, listener) => element.addEventListener(name, listener, { signal: told.signal });
    on("play", () => change({ isPlaying: true }));
    on("pause", () => change({ isPlaying: false }));
    on("timeupdate", () => change({ at: element.currentTime }));
    on("seeking", () => change({ at: element.currentTime }));
    on("durationchange", () => change({ length: finite(element.duration) }));
    element.playbackRate = state.speed;
    change({ isPlaying: false, at: 0, length: finite(element.duration) });
    return () => {
      told.abort();
      player = null;
      change({ isShown: false, isPlaying: false, at: 0, length: 0 });
    };
  },
  isReady: () => player !== null,
  show: () => player && change({ isShown: true }),
  playAt(ms) {
    if (!player) return;
    player.currentTime = ms / 1000;
    change({ isShown: true, at: ms / 1000 });
    player.play().catch(() => change({ isPlaying: false }));
  },
  toggle() {
    if (state.isPlaying) player?.pause();
    else player?.play().catch(() => {});
  },
  seek(seconds) {
    if (player) player.currentTime = Math.min(Math.max(0, seconds), state.length || Infinity);
  },
  skip: (seconds) => player && playback.seek(player.currentTime + seconds),
  setSpeed(speed) {
    if (player) player.playbackRate = speed;
    change({ speed });
  },
  /** Moments to point at on the time bar, in seconds, and which of them is looked at. */
  setMarks: (marks) => change({ marks }),
  close() {
    player?.pause();
    change({ isShown: false });
  },
};
