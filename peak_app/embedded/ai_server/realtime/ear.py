"""Turn taking: from a stream of frames to what happened, without I/O or clocks.

Positions are samples at 16 kHz from the first audio ever written to the input buffer.

    idle ──voice──▶ speaking ──quiet──▶ pausing ──quiet long enough──▶ stopped, idle again
                        ▲                  │
                        └────── voice ─────┘
"""

from dataclasses import dataclass

import numpy as np

from peak_app.embedded.ai_server.realtime.session_config import TurnDetection
from peak_app.embedded.ai_server.speech.detector import FRAME, FRAME_MS, SpeechDetector
from peak_app.embedded.ai_server.speech.pcm import EAR_RATE_HZ, Samples

ONSET_FRAMES = 2
"""Voiced frames in a row that start a turn: one alone is often a click."""
PAUSE_MS = 192
"""Quiet after which an answer is prepared, in the hope that the turn is over."""
HYSTERESIS = 0.15
"""How far below the threshold the probability falls before a frame counts as quiet."""
LONG_PIECE_MS = 8_000
"""A pause behind this much speech closes a piece for good, so that the last piece of a long answer stays short."""
LONGEST_PIECE_MS = 14_000
"""Speech without any pause is cut here, at the quietest recent frame."""
_CUT_WINDOW_FRAMES = 4_000 // FRAME_MS


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of speech to transcribe: samples [start, end) and how much of it is voice."""

    start: int
    end: int
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """`start` includes the padding before the onset."""

    start: int


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """Quiet for `PAUSE_MS`. `piece` is everything since the last closed piece; `is_closed` when it stays a piece."""

    piece: Piece
    is_closed: bool


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The pause was not the end."""


@dataclass(frozen=True, slots=True)
class PieceCut:
    """A piece of unbroken speech became too long and ends here."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The turn is over. `piece` is what follows the last closed piece; it can hold no voice at all."""

    end: int
    piece: Piece
    voiced_ms: int


EarEvent = SpeechStarted | SpeechPaused | SpeechResumed | PieceCut | SpeechStopped


class Ear:
    """Feed it audio with `hear`; it keeps no audio, only positions."""

    def __init__(self, detector: SpeechDetector) -> None:
        self._detector = detector
        self._rest = np.zeros(0, np.float32)
        self._earliest = 0
        self.position = 0
        """Samples heard so far, whole frames only."""
        self.is_speaking = False
        self._forget_turn()

    def _forget_turn(self) -> None:
        self.is_speaking = False
        self._is_paused = False
        self._onset = 0
        self._piece_start = 0
        self._piece_voiced = 0
        self._voiced = 0
        self._quiet_from: int | None = None
        self._recent: list[float] = []

    def reset(self) -> None:
        """Drop the turn that is going on; positions keep counting, and no later turn reaches back behind this one."""
        self._forget_turn()
        self._earliest = self.position
        self._detector.reset()

    @property
    def open_piece(self) -> Piece:
        """What was said since the last closed piece, up to now."""
        return Piece(self._piece_start, self.position, self._piece_voiced * FRAME_MS)

    @property
    def is_quiet(self) -> bool:
        """Whether the turn pauses, or is just about to."""
        return self._quiet_from is not None

    @property
    def voiced_ms(self) -> int:
        """Voice in the turn so far."""
        return self._voiced * FRAME_MS

    def frames(self, samples: Samples) -> list[Samples]:
        """Cut incoming audio into whole frames, keeping the rest for the next call."""
        line = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        whole = len(line) // FRAME
        self._rest = line[whole * FRAME :].copy()
        return [line[at * FRAME : (at + 1) * FRAME] for at in range(whole)]

    def hear(self, frame: Samples, detection: TurnDetection, *, is_unfinished: bool) -> list[EarEvent]:
        """What one frame of `FRAME` samples brings about.

        `is_unfinished`: whether the words before this pause lead on, as far as anybody knows.
        """
        probability = self._detector.probability(frame)
        self.position += FRAME
        is_voiced = probability >= detection.threshold
        if not self.is_speaking:
            return self._wait_for_onset(is_voiced, detection)
        self._recent.append(probability)
        if is_voiced:
            return self._go_on()
        is_quiet = probability < max(detection.threshold - HYSTERESIS, 0.05)
        if is_quiet and self._quiet_from is None:
            self._quiet_from = self.position - FRAME
        silence_ms = detection.unfinished_silence_ms if is_unfinished else detection.silence_duration_ms
        return self._stay_quiet(silence_ms)

    def _wait_for_onset(self, is_voiced: bool, detection: TurnDetection) -> list[EarEvent]:
        self._onset = self._onset + 1 if is_voiced else 0
        if self._onset < ONSET_FRAMES:
            return []
        padding = detection.prefix_padding_ms * EAR_RATE_HZ // 1000
        start = max(self._earliest, self.position - self._onset * FRAME - padding)
        voiced = self._onset
        self._forget_turn()
        self.is_speaking = True
        self._piece_start = start
        self._voiced = self._piece_voiced = voiced
        return [SpeechStarted(start)]

    def _go_on(self) -> list[EarEvent]:
        events: list[EarEvent] = [SpeechResumed()] if self._is_paused else []
        self._is_paused = False
        self._quiet_from = None
        self._voiced += 1
        self._piece_voiced += 1
        if (self.position - self._piece_start) * 1000 // EAR_RATE_HZ >= LONGEST_PIECE_MS:
            events.append(self._cut())
        return events

    def _cut(self) -> PieceCut:
        window = self._recent[-_CUT_WINDOW_FRAMES:]
        back = len(window) - 1 - int(np.argmin(window))
        end = self.position - back * FRAME
        piece = Piece(self._piece_start, end, max(0, self._piece_voiced - back) * FRAME_MS)
        self._piece_start = end
        self._piece_voiced = min(back, self._piece_voiced)
        self._recent = []
        return PieceCut(piece)

    def _stay_quiet(self, silence_ms: int) -> list[EarEvent]:
        if self._quiet_from is None:
            return []
        events: list[EarEvent] = []
        quiet_ms = (self.position - self._quiet_from) * 1000 // EAR_RATE_HZ
        if not self._is_paused and quiet_ms >= min(PAUSE_MS, silence_ms):
            self._is_paused = True
            piece = self.open_piece
            length_ms = (piece.end - piece.start) * 1000 // EAR_RATE_HZ
            is_closed = length_ms >= LONG_PIECE_MS
            events.append(SpeechPaused(piece, is_closed))
            if is_closed:
                self._piece_start = self.position
                self._piece_voiced = 0
        if quiet_ms >= silence_ms:
            events.append(SpeechStopped(self.position, self.open_piece, self.voiced_ms))
            self._forget_turn()
        return events
