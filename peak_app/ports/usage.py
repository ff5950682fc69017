"""What requests to models took, as services count it."""

from dataclasses import dataclass
from typing import Literal

UseKind = Literal["reply", "transcription", "search", "answer"]
"""An answer in a call, the words of one turn in it; of a question, its embedding and its answer."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens by what they stood for. Cached ones are part of the input, and cost less at most services."""

    text_input: int = 0
    audio_input: int = 0
    image_input: int = 0
    cached_text: int = 0
    cached_audio: int = 0
    text_output: int = 0
    audio_output: int = 0

    @property
    def read(self) -> int:
        return self.text_input + self.audio_input + self.image_input

    @property
    def written(self) -> int:
        return self.text_output + self.audio_output

    @property
    def cached(self) -> int:
        return self.cached_text + self.cached_audio


@dataclass(frozen=True, slots=True)
class ModelUse:
    """One request. `source_id` is what the service calls it: a response's id, or that of a conversation's item.

    `status` is the service's word for how it ended: completed, cancelled, failed or incomplete; `lost`: nobody heard.
    """

    kind: UseKind
    source_id: str
    model: str
    status: str = "completed"
    tokens: Tokens | None = None
    """None: the service did not say, or bills by time."""
    seconds: float | None = None
    """Of sound, where that is what is billed."""

    @property
    def is_counted(self) -> bool:
        return self.tokens is not None or self.seconds is not None
