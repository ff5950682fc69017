"""What the benchmark and its stand-in for the model tell each other, as JSON over a WebSocket of their own."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

Wish = Literal["reply", "speech", "speech_end", "count"]
Sight = Literal["session", "tone", "delta", "speech", "truncate", "count", "gone"]


@dataclass(frozen=True, slots=True)
class Command:
    """To the stand-in. `reply`: say a tone of `ms` in pieces of `delta_ms`, `pace` times as fast as it sounds.

    `speech`: say that the person began to speak; `speech_end`: that they have finished. `count`: tell how much sound
    has come.
    """

    wish: Wish
    session: int
    ms: int = 0
    delta_ms: int = 100
    pace: float = 4.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """From the stand-in. `at` is when it saw or sent that, in monotonic seconds.

    `tone`: a tone began in what it was sent. `delta`: the first sound of a reply left. `ms` is the place of a cut
    (`truncate`), or all the sound it was ever sent (`count`).
    """

    sight: Sight
    session: int
    at: float
    ms: float = 0.0


def to_json(message: Command | Sighting) -> str:
    return json.dumps(asdict(message))


def command_of(text: str | bytes) -> Command:
    return Command(**json.loads(text))


def sighting_of(text: str | bytes) -> Sighting:
    return Sighting(**json.loads(text))
