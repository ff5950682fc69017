"""The versions of one agent: when each was saved, what it changed, and going back to it."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from uuid import UUID

import reflex as rx

from peak_app.domain.agents.history import Change
from peak_app.domain.agents.service import VersionView
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import moment_text, zone_of
from peak_app.state.path import id_in_path
from peak_app.state.session import SessionState, signed_in
from peak_app.wiring import services

_NUMBERS = 2**31
"""Beyond what the database counts versions with."""


@dataclass
class DiffRow:
    """`kind` is same, added, removed or gap; `mark` says it to those who see no colour."""

    kind: str
    mark: str
    text: str


@dataclass
class ChangeRow:
    name: str
    lines: list[DiffRow] = field(default_factory=list)

    @classmethod
    def of(cls, change: Change) -> "ChangeRow":
        lines = [DiffRow(line.kind, t(f"version.line_{line.kind}"), line.text) for line in change.lines]
        return cls(t(f"version.field_{change.field}"), lines)


@dataclass
class VersionRow:
    """`changed` names the fields; empty for the first version."""

    number: int
    title: str
    saved: str
    changed: str
    is_newest: bool

    @classmethod
    def of(cls, version: VersionView, zone: tzinfo, now: datetime, *, is_newest: bool) -> "VersionRow":
        names = ", ".join(t(f"version.field_{field}") for field in version.fields)
        return cls(
            number=version.number,
            title=t("version.number", number=version.number),
            saved=moment_text(version.saved_at, zone, now),
            changed=names or t("version.first" if version.number == 1 else "version.no_words"),
            is_newest=is_newest,
        )


def is_version_number(value: object) -> bool:
    """Whether it is one that a version may have: what it is sent as is the sender's."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _NUMBERS


class VersionsState(rx.State):
    """`open_number` is the version whose changes are shown; 0: none."""

    rows: list[VersionRow] = []
    open_number: int = 0
    changes: list[ChangeRow] = []

    @rx.event
    async def show_changes(self, number: int):
        """Show what this version changed, or hide it again."""
        user_id = await signed_in(self)
        if not is_version_number(number) or number == self.open_number:
            self.open_number, self.changes = 0, []
            return
        agent_id = id_in_path(self, t("refusal.agent_missing"))
        changes = await asyncio.to_thread(services().agents.get_changes, user_id, agent_id, number)
        self.open_number, self.changes = number, [ChangeRow.of(change) for change in changes]

    async def _read(self, user_id: UUID, agent_id: UUID) -> None:
        """For the agent's page, which knows who is signed in."""
        session = await self.get_state(SessionState)
        versions = await asyncio.to_thread(services().agents.list_versions, user_id, agent_id)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self.open_number, self.changes = 0, []
        self.rows = [VersionRow.of(version, zone, now, is_newest=place == 0) for place, version in enumerate(versions)]
