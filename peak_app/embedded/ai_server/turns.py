"""What whoever answers gets to know of a conversation."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as it was heard. A user turn with empty text is sound without words, or silence."""

    role: Literal["user", "assistant", "system"]
    text: str
    is_silence: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Everything an answer may depend on."""

    instructions: str
    turns: Sequence[Turn]
    bank_id: str | None = None
    request: str | None = None
    """Instructions of this one response, on top of the session's."""
    max_tokens: int | None = None


class Brain(Protocol):
    """Decides what is said next."""

    name: str
    """Model name for usage and logs."""
    is_free: bool
    """Whether answers cost nothing and can be prepared on suspicion."""

    def reply(self, context: Context) -> AsyncIterator[str]:
        """The next answer sentence by sentence. Raises `ModelFailed`, also after some sentences."""
        ...
