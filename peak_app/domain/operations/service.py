"""What the operator of the installation sees of it: processes, what waits, delays and failures. Never words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from peak_app.config import Settings
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights.steps import SUMMARY
from peak_app.domain.operations import repository
from peak_app.domain.operations.processes import ProcessHealth, read_processes
from peak_app.i18n.catalogue import t
from peak_app.metrics.run_counts import RunCounts
from peak_app.ports.clock import Clock

FAILURES_AGE = timedelta(days=7)
FAILURES_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Waits:
    """From hanging up to the summary, in seconds; None while there were none."""

    meetings: int
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True)
class FailedStep:
    meeting_id: UUID
    step: str
    reason: str
    run_id: str
    """Of Dagster; empty when no run is to blame."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    processes: Sequence[ProcessHealth]
    waiting: int
    """Calls that have ended and wait for their results."""
    waiting_since: datetime | None
    runs: RunCounts | None
    """Of the pipeline, whatever started them; None: it does not say."""
    day: Waits
    week: Waits
    failures: Sequence[FailedStep]


class OperationsService:
    def __init__(
        self, sessions: TenantSessions, settings: Settings, clock: Clock, fetch_runs: Callable[[], RunCounts | None]
    ) -> None:
        self._sessions = sessions
        self._settings = settings
        self._clock = clock
        self._fetch_runs = fetch_runs

    def get_overview(self, user_id: UUID) -> Overview:
        """Raises: NotFound: this person does not run the installation."""
        now = self._clock()
        with self._sessions.for_user(user_id) as session:
            repository.require_operator(session, user_id, t("refusal.page_missing"))
            waiting, waiting_since = repository.count_waiting(session)
            day, week = (
                Waits(*repository.measure_waits(session, SUMMARY, now - timedelta(days=days))) for days in (1, 7)
            )
            failed = repository.list_failed_steps(session, now - FAILURES_AGE, FAILURES_LIMIT)
        return Overview(
            processes=read_processes(self._settings),
            waiting=waiting,
            waiting_since=waiting_since,
            runs=self._fetch_runs(),
            day=day,
            week=week,
            failures=[
                FailedStep(step.meeting_id, step.name, step.reason, step.run_id, step.finished_at) for step in failed
            ],
        )
