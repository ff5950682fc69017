"""Ears for tests: they hear what the constructor says, and count how often and how much they listened to."""

from collections.abc import Iterable

from peak_app.ports.ears import BothVoices, Heard

NOTHING = Heard(length_ms=0, candidate=(), agent=(), words=(), hums=())


class FakeEars:
    def __init__(self, heard: Heard = NOTHING, version: str = "fake-ears 1") -> None:
        self._heard = heard
        self.version = version
        self.listened_ms: list[int] = []

    def listen(self, voices: Iterable[BothVoices]) -> Heard:
        self.listened_ms.append(round(sum(moment.candidate.duration_ms for moment in voices)))
        return self._heard


def no_recording(_user_id: object, _meeting_id: object) -> None:
    """For meetings of which there is no sound."""


class NoMemory:
    """For recordings that are listened to once."""

    def find(self, _version: str) -> None:
        """Nobody has heard it before."""

    def keep(self, _version: str, heard: Heard) -> None:
        """Nobody will ask."""
