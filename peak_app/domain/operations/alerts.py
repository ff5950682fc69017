"""Mails to the operator about runs that failed: each run once, all of ten minutes in one mail."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from peak_app.db.models import Mail, OutboxEvent
from peak_app.db.tenancy import TenantSessions, act_for
from peak_app.domain.accounts.models import Account
from peak_app.domain.operations.repository import find_operator_id
from peak_app.i18n.catalogue import plural, t
from peak_app.operator_access import OPS_PATH
from peak_app.ports.clock import Clock

RUN_FAILED = "run_failed"
"""Kind of the outbox's events that become mails to the operator."""
PAUSE = timedelta(minutes=10)
"""Between two mails; what fails meanwhile goes into the next one."""
LISTED = 10
_BATCH = 500


class AlertService:
    """Used by the pipeline with the worker role, which may write mail to the person it acts for and to nobody else."""

    def __init__(self, sessions: TenantSessions, clock: Clock, origin: str) -> None:
        self._sessions = sessions
        self._clock = clock
        self._origin = origin

    def note_failure(self, run_id: str, job: str, reason: str, meeting_id: UUID | None = None) -> bool:
        """Have the operator told of a run. False: they will be already, or nobody runs the installation yet.

        `reason` is a sentence without words of a meeting.
        """
        with self._sessions.without_tenant() as session:
            operator_id = find_operator_id(session)
            known = select(OutboxEvent.id).where(
                OutboxEvent.kind == RUN_FAILED, col(OutboxEvent.payload)["run_id"].astext == run_id
            )
            if operator_id is None or session.exec(known).first() is not None:
                return False
            payload = {"run_id": run_id, "job": job, "reason": reason[:300]}
            session.add(
                OutboxEvent(
                    kind=RUN_FAILED,
                    owner_id=operator_id,
                    meeting_id=meeting_id,
                    payload=payload,
                    created_at=self._clock(),
                )
            )
            return True

    def send_due(self) -> int:
        """Write one mail about everything that is noted, unless there was one just now. Gives how many runs."""
        now = self._clock()
        with self._sessions.without_tenant() as session:
            newest = session.exec(select(func.max(OutboxEvent.done_at)).where(OutboxEvent.kind == RUN_FAILED)).one()
            if newest is not None and now - newest < PAUSE:
                return 0
            failures = session.exec(
                select(OutboxEvent)
                .where(OutboxEvent.kind == RUN_FAILED, col(OutboxEvent.done_at).is_(None))
                .order_by(col(OutboxEvent.id))
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            if failures:
                self._write(session, failures)
                for failure in failures:
                    failure.done_at = now
            return len(failures)

    def _write(self, session: Session, failures: Sequence[OutboxEvent]) -> None:
        operator_id = failures[-1].owner_id
        act_for(session, operator_id)
        email = session.exec(select(Account.email).where(Account.id == operator_id)).one()
        told = [
            f"{failure.payload['job']}: {failure.payload['reason']}\n"
            f"{self._origin}{OPS_PATH}/runs/{failure.payload['run_id']}"
            for failure in failures[:LISTED]
        ]
        more = [t("mail.runs_more", count=len(failures) - LISTED)] if len(failures) > LISTED else []
        page = f"{self._origin}/operations"
        count = plural("mail.runs_failed", len(failures))
        session.add(
            Mail(
                to_email=email,
                subject=plural("mail.runs_failed_subject", len(failures)),
                text=t("mail.runs_failed_text", count=count, runs="\n\n".join([*told, *more]), page=page),
                link=page,
                created_at=self._clock(),
            )
        )
