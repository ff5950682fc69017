"""Listening to a recorded call again: when somebody spoke, what the candidate said word by word, and where they hummed.

Runs on this machine whatever service wrote the transcript: such services leave out what a person only hesitates with.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from peak_app.ports.voice import Pcm16


@dataclass(frozen=True, slots=True)
class BothVoices:
    """The next moment of a call, both voices of equal length and at the rate of calls."""

    candidate: Pcm16
    agent: Pcm16


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of voice, in ms from the start of the meeting."""

    start_ms: int
    end_ms: int

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word as the recogniser wrote it, punctuation included. Its times are spread over the voice around it."""

    text: str
    start_ms: int
    end_ms: int
    ends_piece: bool = False
    """Whether quiet follows: what comes next was not heard together with it."""


@dataclass(frozen=True, slots=True)
class Hum:
    """A sound that was taken for a hesitation when it was heard by itself; its times are exact."""

    kind: str
    """um, uh, er, erm or hmm."""
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything in a call that can be heard, in order."""

    length_ms: int
    candidate: Sequence[Stretch]
    agent: Sequence[Stretch]
    words: Sequence[HeardWord]
    """The candidate's."""
    hums: Sequence[Hum]
    """The candidate's. Some are among the words too."""


class Ears(Protocol):
    @property
    def version(self) -> str:
        """Names the models and the rules of listening: what was heard by others is heard anew."""
        ...

    def listen(self, voices: Iterable[BothVoices]) -> Heard:
        """Hear a whole call. Blocks for a few seconds for each minute; memory does not grow with the length.

        Args:
            voices: gone through more than once, each time from the start.
        """
        ...
