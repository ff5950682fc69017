"""Whoever left pays nothing more: their subscriptions are ended at the payment provider.

That this is owed is written in the transaction that deletes the account, and kept until the provider has confirmed it
and nothing can be bought any more. It holds up nothing else of a departure.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.billing.models import SubscriptionEnding
from peak_app.domain.billing.subscriptions import retry_delay
from peak_app.domain.departures.models import AccountReceipt, PlanOutcome
from peak_app.domain.departures.repository import LATE
from peak_app.ports.clock import Clock
from peak_app.ports.outflows import on_behalf_of
from peak_app.ports.payments import Payments, PaymentsUnavailable

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(hours=6)
"""How often is looked, after the first answer, for what was bought in a checkout that was open when the person left."""
_BATCH = 50


class SubscriptionEndingService:
    """Acts with the web role, which is the one that speaks to the provider. Every method may be repeated.

    `provider` is the name of the present one; `payments` is made when there is something to end.
    """

    def __init__(
        self, sessions: TenantSessions, clock: Clock, payments: Callable[[], Payments], *, provider: str
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._payments = payments
        self._provider = provider

    def list_due(self) -> Sequence[UUID]:
        """Former people for whom the present provider is to be asked now, longest due first. None is ever given up."""
        with self._sessions.till() as session:
            return session.exec(
                select(SubscriptionEnding.owner_id)
                .where(SubscriptionEnding.provider == self._provider, col(SubscriptionEnding.due_at) <= self._clock())
                .order_by(col(SubscriptionEnding.due_at))
                .limit(_BATCH)
            ).all()

    def end(self, owner_id: UUID) -> bool:
        """End what someone who left still pays for. False: the provider doesn't answer, and it is asked again.

        Two at once are harmless: what has ended can't be ended twice.
        """
        payments = self._payments()
        ended: int | None = None
        try:
            with on_behalf_of(owner_id, None):
                ended = payments.end_subscriptions(owner_id)
        except PaymentsUnavailable as error:
            log.warning("subscription of a deleted account not ended: %s", type(error.__cause__ or error).__name__)
        with self._sessions.till() as session:
            row = session.exec(
                select(SubscriptionEnding).where(SubscriptionEnding.owner_id == owner_id).with_for_update()
            ).first()
            if row is None:
                return ended is not None
            now = self._clock()
            if ended is None:
                row.attempts += 1
                row.due_at = now + retry_delay(row.attempts)
                return False
            receipt = session.get_one(AccountReceipt, row.receipt_id)
            if ended or receipt.plan == PlanOutcome.ENDING:
                receipt.plan = PlanOutcome.ENDED
            last_look = row.created_at + LATE
            if now >= last_look:
                # The policy shows a receipt only while its ending is there.
                session.flush()
                session.delete(row)
            else:
                row.attempts, row.due_at = 0, min(last_look, now + LOOK_AGAIN)
            return True
