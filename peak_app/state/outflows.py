"""What left this machine for a person, and for the meeting on the page."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from uuid import UUID

import reflex as rx

from peak_app.domain.outflows.models import Outflow
from peak_app.domain.outflows.service import HostSummary, database_hosts
from peak_app.i18n.catalogue import plural, t
from peak_app.state.formatting import moment_text, zone_of
from peak_app.state.live import on_change
from peak_app.state.meeting_tab import MeetingTab
from peak_app.state.session import SessionState, signed_in
from peak_app.wiring import services


@dataclass
class MeetingLink:
    meeting_id: str
    title: str


@dataclass
class HostRow:
    """A host that was talked to."""

    host: str
    about: str
    purposes: str
    requests: str
    sent: str
    first: str
    last: str
    meetings_text: str
    meetings: list[MeetingLink] = field(default_factory=list)

    @classmethod
    def of(cls, found: HostSummary, zone: tzinfo, now: datetime) -> "HostRow":
        purposes = [purpose_text(purpose) for purpose in found.purposes]
        meetings = plural("outflows.meetings", found.meeting_count) if found.meeting_count else t("outflows.no_meeting")
        rest = found.meeting_count - len(found.meetings)
        return cls(
            host=found.host,
            about=f"{plural('outflows.times', found.requests, shown=f'{found.requests:,}')} · {meetings}",
            purposes=", ".join(purposes),
            requests=f"{found.requests:,}",
            sent=size_text(found.sent_bytes),
            first=moment_text(found.first_at, zone, now),
            last=moment_text(found.last_at, zone, now),
            meetings_text=t("outflows.more", count=rest) if rest > 0 else meetings,
            meetings=[MeetingLink(str(meeting_id), title) for meeting_id, title in found.meetings],
        )


@dataclass
class OutflowRow:
    """One host and purpose, of one meeting."""

    host: str
    purpose: str
    requests: str
    sent: str


def purpose_text(purpose: str) -> str:
    """In plain words, what a host was talked to for."""
    return t(f"outflows.purpose.{purpose}")


def size_text(count: int) -> str:
    """'3 kB', '1.2 MB'; says so where nobody could tell."""
    if not count:
        return t("outflows.unknown")
    return f"{max(1, round(count / 1_000)):,} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"


class OutflowsState(rx.State):
    rows: list[HostRow] = []
    stores: str = ""
    """Where this installation keeps its rows, if not on this machine."""

    @rx.event
    async def load(self):
        await self._fetch()

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        found = await asyncio.to_thread(services().outflows.list_hosts, user_id)
        self.rows = [HostRow.of(host, zone, now) for host in found]
        hosts = database_hosts(services().settings)
        self.stores = t("outflows.stores", hosts=", ".join(hosts)) if hosts else ""


class MeetingOutflowsState(MeetingTab, rx.State):
    rows: list[OutflowRow] = []
    about: str = ""

    async def _fetch(self, user_id: UUID, meeting_id: UUID) -> None:
        found = await asyncio.to_thread(services().outflows.list_of_meeting, user_id, meeting_id)
        self.rows = [_row(outflow) for outflow in found]
        self.about = _about(found)


def _row(outflow: Outflow) -> OutflowRow:
    requests = f"{outflow.requests:,}"
    return OutflowRow(outflow.host, purpose_text(outflow.purpose), requests, size_text(outflow.sent_bytes))


def _about(found: Sequence[Outflow]) -> str:
    count = len({outflow.host for outflow in found})
    return plural("outflows.hosts", count) if count else t("outflows.none")


on_change(MeetingOutflowsState.refresh, "/meetings/[meeting_id]")
