"""Telling the payment provider what was used.

That it is to be told is written with the entry of the ledger, in one transaction, and kept until the provider knows it.
It may be told twice: it counts what comes under one key once. Nothing here depends on its answer: caps are kept by
the ledger. Of those who never went to a provider it is told nothing, and of those who left nothing more.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlmodel import col, delete, select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.billing.models import UsageReport
from peak_app.domain.billing.subscriptions import retry_delay
from peak_app.ports.clock import Clock
from peak_app.ports.outflows import on_behalf_of
from peak_app.ports.payments import Payments, PaymentsUnavailable, Usage

log = logging.getLogger(__name__)

REFUSED_AGAIN = timedelta(hours=6)
"""How long after the provider refused a report it is told again: by then an operator may have put right what it is."""
_BATCH = 50


class UsageReportService:
    """Acts with the web role, which is the one that speaks to the provider. Every method may be repeated.

    `provider` is the name of the present one: what is for another one waits.
    """

    def __init__(
        self, sessions: TenantSessions, clock: Clock, payments: Callable[[], Payments], *, provider: str
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._payments = payments
        self._provider = provider

    def list_due(self) -> Sequence[Usage]:
        """What is to be told now, longest due first."""
        with self._sessions.till() as session:
            rows = session.exec(
                select(UsageReport)
                .where(UsageReport.provider == self._provider, col(UsageReport.due_at) <= self._clock())
                .order_by(col(UsageReport.due_at))
                .limit(_BATCH)
            ).all()
            return [Usage(row.key, row.owner_id, row.seconds, row.occurred_at) for row in rows]

    def send(self, used: Usage) -> bool:
        """Tell the provider. False: it doesn't know it yet, and is told again.

        Two at once are harmless, and so is a process that dies between the answer and the end of this.
        """
        refused: PaymentsUnavailable | None = None
        try:
            with on_behalf_of(used.user_id, None):
                self._payments().report_usage(used)
        except PaymentsUnavailable as error:
            log.warning("usage not reported: %s", type(error.__cause__ or error).__name__)
            refused = error
        with self._sessions.till() as session:
            if refused is None:
                session.exec(delete(UsageReport).where(col(UsageReport.key) == used.key))
                return True
            row = session.exec(select(UsageReport).where(UsageReport.key == used.key).with_for_update()).first()
            if row is not None:
                row.attempts += 1
                row.due_at = self._clock() + (retry_delay(row.attempts) if refused.retryable else REFUSED_AGAIN)
            return False
