"""One answer of the agent, from its first sign to what was heard of it."""

from dataclasses import dataclass, field

from bridge.heard import Split, split_heard
from peak_app.domain.meetings.turns import DelayParts, Turn


@dataclass(slots=True)
class Reply:
    """One item the agent says. Times are ms of the meeting; `sound_ms` is how much sound exists of it."""

    item_id: str
    response_id: str
    text: str = ""
    sound_ms: float = 0.0
    is_sound_complete: bool = False
    started_ms: int | None = None
    ended_ms: int | None = None
    delay_ms: int | None = None
    delay_parts: DelayParts | None = None
    heard_ms: int | None = None
    """Set when it was cut: what was sent of it."""
    heard_text: str = ""
    answered_item: str | None = None
    """The person's spoken turn it answers."""
    shown_text: str = field(default="", repr=False)
    """What the page shows of it."""

    @property
    def is_cut(self) -> bool:
        return self.heard_ms is not None

    @property
    def is_over(self) -> bool:
        return self.is_cut or self.ended_ms is not None

    @property
    def is_pending(self) -> bool:
        """Has sound that is not played yet."""
        return self.sound_ms > 0 and not self.is_over

    def split_at(self, heard_ms: int) -> Split:
        """Its words before and after this much of its sound."""
        return split_heard(
            self.text, heard_ms=heard_ms, sound_ms=self.sound_ms, is_sound_complete=self.is_sound_complete
        )

    def to_turn(self) -> Turn:
        start = self.started_ms if self.started_ms is not None else self.ended_ms or 0
        return Turn(
            item_id=self.item_id,
            speaker="agent",
            text=self.heard_text if self.is_cut else self.text,
            start_ms=start,
            end_ms=max(start, self.ended_ms or start),
            unheard_text=self.text[len(self.heard_text) :].strip() if self.is_cut else "",
            reply_delay_ms=self.delay_ms,
            delay_parts=self.delay_parts,
        )
