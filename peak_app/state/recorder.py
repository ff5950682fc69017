"""How one meeting went, for the person who runs the installation, and having its results made anew."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import reflex as rx

from peak_app.domain.meetings.models import EventKind
from peak_app.domain.operations import timeline
from peak_app.domain.operations.recorder import Flight
from peak_app.domain.operations.timeline import Entry
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import t
from peak_app.operator_access import OPS_PATH
from peak_app.state.formatting import day_text, moment_text, zone_of
from peak_app.state.operations import step_name
from peak_app.state.path import id_in_path
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services

_STEPS = (timeline.STEP_DONE, timeline.STEP_FAILED, timeline.MADE)
_GOOD = (timeline.STEP_DONE, timeline.MADE, timeline.EVENT_DONE, timeline.ERASED)

_COUNTED: Mapping[str, str] = {
    EventKind.MODEL_LOST: "times",
    timeline.EVENT_ASKED: "event",
    timeline.EVENT_DONE: "event",
    timeline.DELETED: "rows",
    timeline.ERASED: "files",
}
"""Texts around the number that is an entry's detail."""


@dataclass
class FlightRow:
    """One entry; `outcome` is done, failed, or empty for what is neither."""

    day: str
    """Empty when it is that of the entry before."""
    clock: str
    what: str
    detail: str
    reason: str
    took: str
    outcome: str
    ops_path: str


class RecorderState(rx.State):
    """Empty for everyone but the operator."""

    meeting_id_text: str = ""
    status: str = ""
    """Empty: the meeting was deleted."""
    status_text: str = ""
    first: str = ""
    last: str = ""
    count: str = ""
    rows: list[FlightRow] = []
    can_repair: bool = False
    is_asking: bool = False
    is_loaded: bool = False
    is_missing: bool = False

    @rx.event
    async def load(self):
        await signed_in(self)
        self.reset()
        await self._fetch()

    @rx.event
    async def ask(self, is_open: bool):
        """Open or close the question whether results shall be made anew."""
        await signed_in(self)
        self.is_asking = is_open is True and self.can_repair

    @rx.event
    async def repair(self):
        user_id = await signed_in(self)
        self.is_asking = False
        meeting_id = id_in_path(self, t("recorder.unknown"))
        is_new = await asyncio.to_thread(services().recorder.repair, user_id, meeting_id)
        await self._fetch()
        await notify(self, "success", t("recorder.repaired" if is_new else "recorder.under_way"))

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        try:
            meeting_id = id_in_path(self, t("recorder.unknown"))
            flight = await asyncio.to_thread(services().recorder.get_flight, user_id, meeting_id)
        except NotFound:
            self.is_missing = self.is_loaded = True
            return
        session = await self.get_state(SessionState)
        self._show(flight, zone_of(session.time_zone), datetime.now(UTC))

    def _show(self, flight: Flight, zone: tzinfo, now: datetime) -> None:
        self.meeting_id_text = str(flight.meeting_id)
        self.status = flight.status or ""
        self.status_text = t(f"status.{flight.status}") if flight.status else t("recorder.deleted_state")
        self.rows = flight_rows(flight.entries, zone, now)
        self.first = moment_text(flight.entries[0].at, zone, now)
        self.last = moment_text(flight.entries[-1].at, zone, now)
        self.count = str(len(flight.entries))
        self.can_repair = flight.can_repair
        self.is_loaded = True


def flight_rows(entries: Sequence[Entry], zone: tzinfo, now: datetime) -> list[FlightRow]:
    """The rows of the page, each day named once."""
    rows: list[FlightRow] = []
    shown = ""
    for entry in entries:
        day = day_text(entry.at, zone, now)
        rows.append(
            FlightRow(
                day="" if day == shown else day,
                clock=f"{entry.at.astimezone(zone):%H:%M:%S.%f}"[:-3],
                what=t(f"recorder.kind.{entry.kind}"),
                detail=detail_text(entry, zone, now),
                reason=entry.reason,
                took="" if entry.took_ms is None else took_text(entry.took_ms),
                outcome="failed" if _is_bad(entry) else "done" if entry.kind in _GOOD else "",
                ops_path=f"{OPS_PATH}/runs/{entry.run_id}" if entry.run_id else "",
            )
        )
        shown = day
    return rows


def detail_text(entry: Entry, zone: tzinfo, now: datetime) -> str:
    """What stands beside the kind of an entry."""
    if entry.kind in _STEPS:
        return step_name(entry.detail)
    if entry.kind in (EventKind.CREATED, EventKind.MOVED):
        at = datetime.fromisoformat(entry.detail) if entry.detail else None
        return t("recorder.planned", when=moment_text(at, zone, now)) if at else ""
    if entry.kind == EventKind.BECAME:
        return t(f"status.{entry.detail}")
    if entry.kind == EventKind.ENDED:
        return t(f"recorder.end.{entry.detail}")
    counted = _COUNTED.get(entry.kind)
    return t(f"recorder.{counted}", count=entry.detail) if counted else entry.detail


def took_text(milliseconds: int) -> str:
    """'40 ms', '2.5 s'."""
    if milliseconds < 1000:
        return t("step.ms", ms=milliseconds)
    return t("step.s", seconds=f"{milliseconds / 1000:.1f}")


def _is_bad(entry: Entry) -> bool:
    return entry.kind == timeline.STEP_FAILED or (
        entry.detail in ("failed", "lost") and entry.kind in (EventKind.BECAME, EventKind.ENDED)
    )
