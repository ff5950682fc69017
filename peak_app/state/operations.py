"""How the installation fares, for the person who runs it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from uuid import UUID

import reflex as rx

from peak_app.domain.insights.steps import RESULTS, STEPS
from peak_app.domain.operations.processes import ProcessHealth
from peak_app.domain.operations.service import FailedStep, Overview, Waits
from peak_app.errors import NotFound, PeakError
from peak_app.i18n.catalogue import plural, t
from peak_app.metrics.run_counts import RunCounts
from peak_app.operator_access import OPS_PATH
from peak_app.state.form import sent
from peak_app.state.formatting import moment_text, zone_of
from peak_app.state.session import SessionState, signed_in
from peak_app.wiring import services

_KNOWN_STEPS: Final[Mapping[str, str]] = {name: f"step.{name}" for name in (*STEPS, RESULTS)}


@dataclass
class ProcessRow:
    """`outcome` is done or failed, as with steps."""

    name: str
    outcome: str
    detail: str


@dataclass
class FailureRow:
    step: str
    meeting: str
    reason: str
    when: str
    ops_path: str
    flight_path: str


@dataclass
class FoundRow:
    meeting: str
    since: str
    path: str


class OperationsState(rx.State):
    """Empty for everyone but the operator."""

    processes: list[ProcessRow] = []
    failures: list[FailureRow] = []
    waiting: str = ""
    waiting_hint: str = ""
    runs: str = ""
    runs_hint: str = ""
    day: str = ""
    day_hint: str = ""
    week: str = ""
    week_hint: str = ""
    found: list[FoundRow] = []
    find_problem: str = ""
    is_loaded: bool = False
    is_missing: bool = False

    @rx.event
    async def find(self, form: dict[str, Any]):
        """Meetings whose id begins as the form says."""
        user_id = await signed_in(self)
        self.found, self.find_problem = [], ""
        try:
            found = await asyncio.to_thread(services().recorder.find_meetings, user_id, sent(form, "meeting"))
        except PeakError as problem:
            self.find_problem = problem.sentence
            return None
        if len(found) == 1:
            return rx.redirect(flight_path(found[0].meeting_id))
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self.found = [
            FoundRow(str(each.meeting_id), moment_text(each.since, zone, now), flight_path(each.meeting_id))
            for each in found
        ]
        self.find_problem = "" if found else t("recorder.none")
        return None

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        self.reset()
        try:
            overview = await asyncio.to_thread(services().operations.get_overview, user_id)
        except NotFound:
            self.is_missing = self.is_loaded = True
            return
        session = await self.get_state(SessionState)
        self._show(overview, zone_of(session.time_zone), datetime.now(UTC))
        self.is_loaded = True

    def _show(self, overview: Overview, zone: tzinfo, now: datetime) -> None:
        self.processes = [process_row(process, zone, now) for process in overview.processes]
        self.failures = [failure_row(failure, zone, now) for failure in overview.failures]
        self.waiting = str(overview.waiting)
        self.waiting_hint = (
            t("operations.waiting_hint", when=moment_text(overview.waiting_since, zone, now))
            if overview.waiting
            else t("operations.waiting_none")
        )
        self.runs, self.runs_hint = runs_texts(overview.runs)
        self.day, self.day_hint = waits_texts(overview.day)
        self.week, self.week_hint = waits_texts(overview.week)


def runs_texts(runs: RunCounts | None) -> tuple[str, str]:
    """How many wait, and what else there is to do."""
    if runs is None:
        return t("numbers.none"), t("operations.runs_unknown")
    backfills = [plural("operations.backfills", runs.backfills, runs=runs.backfill_runs)] if runs.backfills else []
    return str(runs.waiting), " · ".join([plural("operations.runs_hint", runs.running), *backfills])


def waits_texts(waits: Waits) -> tuple[str, str]:
    """The 95th percentile, and what to make of it."""
    if waits.p50_s is None or waits.p95_s is None:
        return t("numbers.none"), t("operations.waits_none")
    p50, p95 = (t("step.s", seconds=f"{seconds:.1f}") for seconds in (waits.p50_s, waits.p95_s))
    return p95, plural("operations.waits_hint", waits.meetings, p50=p50)


def process_row(process: ProcessHealth, zone: tzinfo, now: datetime) -> ProcessRow:
    told = (
        t("operations.since", state=process.state, when=moment_text(process.since, zone, now))
        if process.since
        else process.state
    )
    again = [plural("operations.restarts", process.restarts)] if process.restarts else []
    return ProcessRow(process.name, "done" if process.is_ready else "failed", " · ".join([told, *again]))


def step_name(name: str) -> str:
    """A step as pages call it; one they do not know keeps its name."""
    known = _KNOWN_STEPS.get(name)
    return t(known) if known else name


def flight_path(meeting_id: UUID) -> str:
    """The page of a meeting's flight recorder."""
    return f"/operations/meetings/{meeting_id}"


def failure_row(failure: FailedStep, zone: tzinfo, now: datetime) -> FailureRow:
    return FailureRow(
        step=step_name(failure.step),
        meeting=t("operations.meeting", id=failure.meeting_id),
        reason=failure.reason,
        when=moment_text(failure.at, zone, now),
        ops_path=f"{OPS_PATH}/runs/{failure.run_id}" if failure.run_id else "",
        flight_path=flight_path(failure.meeting_id),
    )
