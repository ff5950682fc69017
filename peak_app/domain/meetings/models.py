"""Meetings, what was said in them as it happened, and which bridge holds a call."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Computed, DateTime, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from peak_app.db.columns import (
    id_field,
    json_field,
    meeting_field,
    meeting_key,
    optional_time_field,
    owner_field,
    time_field,
)
from peak_app.domain.meetings.status import MeetingStatus

TITLE_LIMIT = 120
"""Longest title, in characters."""
FOCUS_LIMIT = 400
"""Longest focus, in characters."""
HEARTBEAT_TRUST = timedelta(seconds=10)
"""How long after its last sign of life a bridge is believed to be there."""


class EventKind(StrEnum):
    """What is written down of a meeting; `MeetingEvent.detail` has what stands in brackets."""

    CREATED = "created"
    """(for when, if it was planned)"""
    MOVED = "moved"
    """To another time (which)."""
    BECAME = "became"
    """It got into another state (which)."""
    TAKEN = "taken"
    """A bridge holds its call (which)."""
    CONNECTED = "connected"
    """Someone is connected (to which bridge)."""
    DISCONNECTED = "disconnected"
    """Nobody is connected any more (to which bridge)."""
    MODEL_LOST = "model_lost"
    """The voice model left the call and was reached again (how often)."""
    ENDED = "ended"
    """The call is over (why)."""


class Meeting(SQLModel, table=True):
    """One interview. Its state moves only along `status.TRANSITIONS`; the database refuses anything else."""

    __table_args__ = (
        CheckConstraint(
            "status in ({})".format(", ".join(f"'{status}'" for status in MeetingStatus)), name="meeting_status_known"
        ),
        # A person's list, newest first; filters and counts read no other rows than theirs.
        Index("ix_meeting_listed", "owner_id", "happens_at", "id"),
    )

    id: UUID = id_field()
    owner_id: UUID = Field(foreign_key="account.id", ondelete="CASCADE")
    workspace_id: UUID = Field(foreign_key="workspace.id", ondelete="CASCADE")
    title: str = Field(max_length=TITLE_LIMIT)
    focus: str = Field(default="", max_length=FOCUS_LIMIT)
    """What this meeting is to practise, in the person's words; the agent is told. Empty: the agent's own plan."""
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE")
    agent_version_id: UUID = Field(foreign_key="agent_version.id", index=True, ondelete="CASCADE")
    status: str = Field(default=MeetingStatus.SCHEDULED, max_length=12, index=True)
    status_reason: str = Field(default="", max_length=200)
    """A sentence for the person: why the meeting is in this state. Empty when the state says it all."""
    status_at: datetime = time_field()
    asked_again_at: datetime | None = optional_time_field()
    """When someone last asked for the results to be made anew; outcomes from before then are still to be repeated."""
    scheduled_at: datetime | None = optional_time_field()
    started_at: datetime | None = optional_time_field()
    ended_at: datetime | None = optional_time_field()
    connected_ms: int = 0
    """Milliseconds someone was really connected; what is metered."""
    is_recorded: bool = True
    """Whether sound and picture are kept; chosen in the lobby before the call begins, and fixed from then on."""
    consented_at: datetime | None = optional_time_field()
    """When the person agreed to be recorded."""
    is_shared: bool = False
    """Whether coaches of the workspace may see it."""
    is_demo: bool = False
    plan_number: int = 0
    """How often its time was changed or it was cancelled: calendars take the entry with the highest number."""
    score: float | None = None
    """Mean of the scorecard that counts, 1 to 5, so that lists need not read scorecards; None: there is none."""
    created_at: datetime = time_field(index=True)
    happens_at: datetime | None = Field(
        default=None,
        sa_column=Column(
            DateTime(timezone=True), Computed("coalesce(started_at, scheduled_at, created_at)", persisted=True)
        ),
    )
    """Where it stands in time: when it began, or is planned for, or was made."""


class Utterance(SQLModel, table=True):
    """One turn of one speaker, journalled by the bridge as it happens. Times are ms from the start of the meeting."""

    __table_args__ = (
        UniqueConstraint("meeting_id", "item_id"),
        CheckConstraint("speaker in ('candidate', 'agent')", name="utterance_speaker_known"),
    )

    id: UUID = id_field()
    meeting_id: UUID = meeting_field()
    owner_id: UUID = owner_field()
    item_id: str = Field(max_length=64)
    """The voice model's id of the conversation item; repeats of an event land on the same row."""
    speaker: str = Field(max_length=10)
    text: str = ""
    """What was said; of the agent, what was heard of it."""
    unheard_text: str = ""
    """What the agent had prepared but the person did not hear."""
    start_ms: int = 0
    end_ms: int = 0
    is_final: bool = False
    is_typed: bool = False
    reply_delay_ms: int | None = None
    """Of an agent's reply: from the end of the person's speech to the first sound sent."""
    delay_parts: dict[str, Any] = json_field()
    """Where `reply_delay_ms` went, in ms: see `turns.DelayParts`. Empty when it was not measured."""
    was_cut_off: bool = False
    """Of the person: the agent began to answer although they had not finished."""
    confidence: float | None = None
    """Of what the person said: see `turns.Turn`."""
    created_at: datetime = time_field()
    updated_at: datetime = time_field()


class CallLease(SQLModel, table=True):
    """Which bridge holds a call, and that it is alive. Holds no personal data; the bridge removes it at the end."""

    __tablename__ = "call_lease"  # pyright: ignore[reportAssignmentType]

    meeting_id: UUID = meeting_key()
    owner_id: UUID = owner_field()
    bridge_id: str = Field(max_length=64)
    heartbeat_at: datetime = time_field()
    connected_at: datetime | None = optional_time_field()
    """Since when someone is connected; None while nobody is."""
    connected_ms: int = 0
    """Milliseconds of earlier connections of this call."""

    def connected_time(self, at: datetime) -> timedelta:
        """All connected time until `at`. A silent bridge counts until its last sign of life only."""
        earlier = timedelta(milliseconds=self.connected_ms)
        if self.connected_at is None:
            return earlier
        end = at if at - self.heartbeat_at < HEARTBEAT_TRUST else self.heartbeat_at
        return earlier + max(timedelta(), end - self.connected_at)

    def is_counting(self, at: datetime) -> bool:
        """Whether someone is connected, by a bridge that is alive."""
        return self.connected_at is not None and at - self.heartbeat_at < HEARTBEAT_TRUST

    def move_to(self, bridge_id: str, at: datetime) -> None:
        """Another bridge holds the call from now on; nobody is connected to it yet."""
        self.connected_ms = round(self.connected_time(at) / timedelta(milliseconds=1))
        self.bridge_id, self.connected_at, self.heartbeat_at = bridge_id, None, at


class Bridge(SQLModel, table=True):
    """A bridge that is there, as it says itself. Holds nothing personal."""

    id: str = Field(primary_key=True, max_length=64)
    url: str = Field(max_length=200)
    """Where the web process reaches it."""
    capacity: int
    """Calls it holds at most."""
    calls: int = 0
    loop_lag_ms: float = 0.0
    """99th percentile of how late its event loop was in the last half minute."""
    is_draining: bool = False
    """Whether it finishes its calls and takes no more."""
    heartbeat_at: datetime = time_field(index=True)


class DeletionReceipt(SQLModel, table=True):
    """That a meeting was deleted, and how much of it there was. None of its words, nor its title."""

    __tablename__ = "deletion_receipt"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    meeting_id: UUID = Field(unique=True)
    """The id of something that is not there any more."""
    row_counts: dict[str, Any] = json_field()
    """How many rows went, by table."""
    file_count: int = 0
    byte_count: int = Field(default=0, sa_type=BigInteger)
    """Of the files."""
    run_count: int = 0
    """Runs of the pipeline that were forgotten."""
    asked_at: datetime = time_field()
    done_at: datetime | None = optional_time_field()
    """When the last file was gone. The rows went the moment it was asked for."""


class MeetingEvent(SQLModel, table=True):
    """Something that happened to a meeting, as it happened: ids, times and names of states, and no words of anyone.

    Append-only. The database itself writes down how a meeting was made, moved and in which state it got; bridges tell
    the rest (`EventKind`).
    """

    __tablename__ = "meeting_event"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    meeting_id: UUID = meeting_field()
    owner_id: UUID = owner_field()
    kind: str = Field(max_length=20)
    detail: str = Field(default="", max_length=80)
    at: datetime = time_field()


class WaitingCall(SQLModel, table=True):
    """A person waits for a place on any bridge. Goes when the call begins, or nobody asks any more."""

    __tablename__ = "waiting_call"  # pyright: ignore[reportAssignmentType]

    meeting_id: UUID = meeting_key()
    owner_id: UUID = owner_field()
    waiting_since: datetime = time_field(index=True)
    asked_at: datetime = time_field()
    """When the page last asked; who does not ask any more has left the line."""
