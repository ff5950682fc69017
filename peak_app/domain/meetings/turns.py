"""What passes between a call and its journal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.agents.knowledge import Document
from peak_app.ports.language import Speaker


@dataclass(frozen=True, slots=True)
class DelayParts:
    """From the end of the person's speech to the agent's first sound, in ms, in the order in which the parts come.

    endpointing: until the model took the turn for over. recognition: until its words were known, where the answer waits
    for them. model: until the first word of the answer. synthesis: until its first sound reached the bridge. transport:
    until that sound was handed to the network.
    """

    endpointing: int
    recognition: int
    model: int
    synthesis: int
    transport: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of one speaker. Times are ms from the start of the meeting.

    `unheard_text` is what an interrupted agent had prepared and the person did not hear.
    """

    item_id: str
    speaker: Speaker
    text: str
    start_ms: int
    end_ms: int
    unheard_text: str = ""
    is_final: bool = True
    is_typed: bool = False
    reply_delay_ms: int | None = None
    delay_parts: DelayParts | None = None
    was_cut_off: bool = False
    """Of the person: the agent began to answer although they had not finished."""
    confidence: float | None = None
    """Of what the person said: how sure the recogniser was of these words, 0 to 1. None: it did not say."""


@dataclass(frozen=True, slots=True)
class CallBrief:
    """All a bridge needs to hold, or to resume, a call."""

    meeting_id: UUID
    owner_id: UUID
    title: str
    agent_name: str
    instructions: str
    practice_bank: str
    """Question bank the person confirmed; empty: chosen by the words."""
    conduct: Conduct
    is_recorded: bool
    started_at: datetime | None
    connected_ms: int
    turns: tuple[Turn, ...]
    """What was said before, in order; empty on the first connection. The last one may not be final."""
    focus: str = ""
    """What this meeting is to practise; empty: nothing in particular."""
    documents: tuple[Document, ...] = ()
    """What the person gave the agent to read."""


@dataclass(frozen=True, slots=True)
class StaleCall:
    """A call whose bridge or person has not been heard of for a while."""

    meeting_id: UUID
    owner_id: UUID
    bridge_id: str
    heartbeat_at: datetime
