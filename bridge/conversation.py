"""What both halves of a call's logic share: who is here, what is due, and the commands that come out."""

from dataclasses import dataclass, field

from bridge.commands import Command, SaveTurn, Tell
from bridge.messages import Duck, PageMessage, Problem, Unduck
from peak_app.domain.meetings.turns import Turn
from peak_app.ports.voice import PastLine


@dataclass(slots=True)
class Asked:
    """A wish to hear the agent; `instructions` are for this one answer."""

    instructions: str | None = None


@dataclass(slots=True)
class Conversation:
    """Plain state. `out` is taken by the session after each event."""

    out: list[Command] = field(default_factory=list)
    is_page_here: bool = False
    is_voice_here: bool = False
    lines: list[PastLine] = field(default_factory=list)
    """What was said and heard so far."""
    cue: Asked | None = None
    """To be asked when page and model are both back."""
    quiet_since_ms: int | None = None
    _ducked_at_ms: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether page and model are both here."""
        return self.is_page_here and self.is_voice_here

    def do(self, command: Command) -> None:
        self.out.append(command)

    def tell(self, message: PageMessage) -> None:
        self.out.append(Tell(message))

    def tell_problem(self, code: str, text: str, *, is_fatal: bool = False) -> None:
        self.tell(Problem(code, text, is_fatal))

    def save(self, turn: Turn) -> None:
        self.out.append(SaveTurn(turn))

    # the page's loudspeaker

    def duck(self, at_ms: int) -> None:
        """Silence the agent's sound at the page, where some of it is still on its way."""
        self._ducked_at_ms = at_ms
        self.tell(Duck())

    def unduck(self) -> None:
        if self._ducked_at_ms is not None:
            self._ducked_at_ms = None
            self.tell(Unduck())

    def is_ducked_since(self, at_ms: int, for_ms: int) -> bool:
        """Whether the page has been silent for that long."""
        return self._ducked_at_ms is not None and at_ms - self._ducked_at_ms >= for_ms

    def forget_duck(self) -> None:
        """A new page has not been silenced."""
        self._ducked_at_ms = None
