"""Labelled meetings from their text, with the sound of both speakers and where everything in it is."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hibari import Hibari
from numpy.typing import NDArray

from peak_app.ports.ears import BothVoices
from peak_app.ports.voice import Pcm16

Samples = NDArray[np.float32]

RATE_HZ = 24_000
LABELS = Path(__file__).parent / "labels.txt"
_HEAD = re.compile(r"== (\S+) (tune|held-out) pitch (\S+) speed (\S+) room (\S+)")
_SAID = re.compile(r"(agent|you|um|uh|er|erm): (.+)")
_MARKED = re.compile(r"<([^>]+)>")
_AUDIBLE = 300 / 32768
_MARGIN = RATE_HZ * 10 // 1000
_INSIDE = re.compile(r"\b(um|uh|er|erm)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """One fragment and its place. `fillers` are those in it, each by its kind."""

    speaker: str
    text: str
    start_ms: int
    end_ms: int
    fillers: tuple[str, ...]


@dataclass(slots=True)
class LabelledMeeting:
    name: str
    part: str
    pitch: float
    speed: float
    room: float
    said: list[Said] = field(default_factory=list)
    candidate: Samples = field(default_factory=lambda: np.zeros(0, np.float32))
    agent: Samples = field(default_factory=lambda: np.zeros(0, np.float32))

    def voices(self) -> list[BothVoices]:
        """Both tracks, a second at a time."""
        starts = range(0, len(self.candidate), RATE_HZ)
        return [
            BothVoices(*(_pcm(track[start : start + RATE_HZ]) for track in (self.candidate, self.agent)))
            for start in starts
        ]


def _pcm(samples: Samples) -> Pcm16:
    return Pcm16((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


class _Speaker:
    """The bundled voice at other pitches; the same words always sound the same."""

    def __init__(self) -> None:
        self._voice = Hibari(threads=1)

    def say(self, text: str, pitch: float, speed: float) -> Samples:
        made = np.asarray(self._voice(text, speed=speed / pitch, seed=len(text)), np.float32)
        # Read faster it is higher, formants and all: another, smaller person.
        at = np.arange(0, len(made) - 1, pitch)
        spoken = np.interp(at, np.arange(len(made)), made).astype(np.float32)
        audible = np.flatnonzero(np.abs(spoken) > _AUDIBLE)
        return spoken[max(0, audible[0] - _MARGIN) : audible[-1] + _MARGIN]


def speak_meetings(part: str, only: str | None = None) -> list[LabelledMeeting]:
    """All meetings of that part, or the one of that name, spoken."""
    speaker = _Speaker()
    return [
        _spoken(meeting, script, speaker)
        for meeting, script in _scripts()
        if meeting.part == part and only in (None, meeting.name)
    ]


def _scripts() -> list[tuple[LabelledMeeting, list[str]]]:
    scripts: list[tuple[LabelledMeeting, list[str]]] = []
    for line in LABELS.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if head := _HEAD.fullmatch(line):
            name, part, *numbers = head.groups()
            scripts.append((LabelledMeeting(name, part, *map(float, numbers)), []))
        else:
            scripts[-1][1].append(line)
    return scripts


def _spoken(meeting: LabelledMeeting, script: list[str], speaker: _Speaker) -> LabelledMeeting:
    at = RATE_HZ
    placed: list[tuple[str, int, Samples]] = []
    for line in script:
        said = _SAID.fullmatch(line)
        if said is None:
            at += round(float(line) * RATE_HZ)
            continue
        who, marked = said.groups()
        text = _MARKED.sub(r"\1", marked)
        is_agent = who == "agent"
        sound = speaker.say(text, 1.0 if is_agent else meeting.pitch, 1.0 if is_agent else meeting.speed)
        inside = [*_MARKED.findall(marked), *(match.group().lower() for match in _INSIDE.finditer(marked))]
        fillers = (who,) if who in ("um", "uh", "er", "erm") else () if is_agent else tuple(map(str.lower, inside))
        start_ms, end_ms = (at + _MARGIN) * 1000 // RATE_HZ, (at + len(sound) - _MARGIN) * 1000 // RATE_HZ
        meeting.said.append(Said("agent" if is_agent else "candidate", text, start_ms, end_ms, fillers))
        placed.append(("agent" if is_agent else "candidate", at, sound))
        at += len(sound)
    noise = np.random.default_rng(len(placed)).normal(0, meeting.room, at + RATE_HZ)
    meeting.candidate, meeting.agent = noise.astype(np.float32), np.zeros(at + RATE_HZ, np.float32)
    for who, start, sound in placed:
        track = meeting.agent if who == "agent" else meeting.candidate
        track[start : start + len(sound)] += sound
    return meeting
