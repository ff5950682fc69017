"""Upgrading, and keeping up with what the payment provider knows.

A webhook is a doorbell: it says that something happened, and the state is asked for. So it does not matter in which
order webhooks come, how often, or whether at all: once a day everyone who has a subscription is asked for anyway.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from peak_app.db.audit import record
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.models import Account
from peak_app.domain.billing import repository
from peak_app.domain.billing.allowance import Standing
from peak_app.domain.billing.models import Subscription
from peak_app.errors import NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.outflows import on_behalf_of
from peak_app.ports.payments import (
    ACTIVE,
    PAST_DUE,
    TRIALING,
    Customer,
    Invoice,
    Payments,
    PaymentsUnavailable,
    Subscribed,
)

log = logging.getLogger(__name__)

RECONCILE_AFTER = timedelta(days=1)
FIRST_RETRY, LAST_RETRY = timedelta(seconds=5), timedelta(minutes=20)
LOOK_FOR = timedelta(days=3)
"""How long after a checkout was opened it is looked for a purchase whose webhook was lost."""
NEVER = timedelta(days=365 * 100)
VISITS_PER_HOUR = 30
"""How often one person may open a checkout or the portal."""
LOOKS_PER_HOUR = 120
"""How often a page of one person may ask the provider for something."""
INVOICES_SHOWN = 12
_BATCH = 50
_STANDINGS = {ACTIVE: Standing.ACTIVE, TRIALING: Standing.ACTIVE, PAST_DUE: Standing.PAST_DUE}
_BEST_FIRST = (Standing.ACTIVE, Standing.PAST_DUE, Standing.ENDED)


class SubscriptionService:
    """Acts with the web role. `payments` is made at first use: the provider's SDK is large, and most never need it."""

    def __init__(self, sessions: TenantSessions, clock: Clock, payments: Callable[[], Payments]) -> None:
        self._sessions = sessions
        self._clock = clock
        self._payments = payments
        self._visits = AttemptLimit(VISITS_PER_HOUR, timedelta(hours=1))
        self._looks = AttemptLimit(LOOKS_PER_HOUR, timedelta(hours=1))

    def open_checkout(self, user_id: UUID, *, success_url: str, return_url: str) -> str:
        """Address of the provider's page to buy the paid plan at.

        Raises:
            PaymentsUnavailable
            TooManyRequests: more than `VISITS_PER_HOUR`.
        """
        email = self._admit(user_id)
        payments = self._payments()
        with on_behalf_of(user_id, None):
            url = payments.create_checkout(Customer(user_id, email), success_url=success_url, return_url=return_url)
        with self._sessions.for_user(user_id) as session:
            repository.ask_again(session, user_id, payments.name, self._clock())
            record(session, user_id, "checkout_opened", user_id, self._clock())
        return url

    def open_portal(self, user_id: UUID, *, return_url: str) -> str:
        """Address of the person's own page at the provider. Raises: as above, NotFound: they never subscribed."""
        self._admit(user_id)
        payments = self._payments()
        with self._sessions.for_user(user_id) as session:
            known = repository.find_subscription(session, user_id)
        if known is None or known.provider != payments.name:
            raise NotFound(t("billing.nothing_to_manage"))
        with on_behalf_of(user_id, None):
            return payments.create_portal_link(user_id, return_url=return_url)

    def list_invoices(self, user_id: UUID) -> Sequence[Invoice]:
        """The newest ones; none for who never subscribed. Raises: PaymentsUnavailable, TooManyRequests."""
        with self._sessions.for_user(user_id) as session:
            known = repository.find_subscription(session, user_id)
        if known is None or not known.subscription_id:
            return ()
        self._admit_look(user_id)
        payments = self._payments()
        if known.provider != payments.name:
            return ()
        with on_behalf_of(user_id, None):
            return payments.fetch_invoices(user_id, INVOICES_SHOWN)

    def catch_up(self, user_id: UUID) -> bool:
        """The person comes back from the provider's pages: ask it now. As `refresh`. Raises: TooManyRequests."""
        self._admit_look(user_id)
        return self.refresh(user_id)

    def ring(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Take a webhook: whoever it is about is asked for soon. False: it came before. Raises: WebhookRefused."""
        payments, now = self._payments(), self._clock()
        bell = payments.read_webhook(body, headers)
        if bell.user_id is None:
            with self._sessions.without_tenant() as session:
                return repository.add_delivery(session, payments.name, bell.event_id, bell.kind, now)
        with self._sessions.for_user(bell.user_id) as session:
            is_new = repository.add_delivery(session, payments.name, bell.event_id, bell.kind, now)
            if is_new and session.get(Account, bell.user_id) is not None:
                repository.ask_again(session, bell.user_id, payments.name, now)
            elif is_new:
                repository.end_again(session, bell.user_id, now)
            return is_new

    def list_due(self) -> Sequence[UUID]:
        """Whose state is to be asked for now."""
        with self._sessions.till() as session:
            return repository.list_due(session, self._clock(), _BATCH)

    def refresh(self, user_id: UUID) -> bool:
        """Ask the provider and keep what it says. False: it doesn't answer, what was known holds, it is asked again.

        Two at once are harmless: the one that began to ask later has the say.
        """
        asked_at = self._clock()
        payments = self._payments()
        try:
            with on_behalf_of(user_id, None):
                found: Sequence[Subscribed] | None = payments.fetch_subscriptions(user_id)
        except PaymentsUnavailable as error:
            log.warning("subscription not read: %s", type(error.__cause__ or error).__name__)
            found = None
        with self._sessions.for_user(user_id) as session:
            row = repository.find_subscription(session, user_id, is_locked=True)
            if row is None:
                return found is not None
            if found is None:
                row.attempts += 1
                row.due_at = self._clock() + retry_delay(row.attempts)
                return False
            if row.checked_at is not None and row.checked_at > asked_at:
                return True
            self._keep(session, row, found, payments.name, asked_at)
            return True

    def _keep(
        self, session: Session, row: Subscription, found: Sequence[Subscribed], provider: str, asked_at: datetime
    ) -> None:
        best = min(found, key=lambda each: _BEST_FIRST.index(_standing_of(each)), default=None)
        standing = _standing_of(best) if best else Standing.NONE
        if (row.standing, row.provider) != (standing, provider):
            row.standing_since = min(best.changed_at, asked_at) if best else asked_at
            record(session, row.owner_id, f"subscription_{standing}", row.owner_id, asked_at)
        row.provider, row.standing = provider, standing
        row.subscription_id = best.subscription_id[:80] if best else ""
        row.period_end = best.period_end if best else None
        row.cancels_at_period_end = best.cancels_at_period_end if best else False
        row.checked_at, row.attempts = asked_at, 0
        # A bell that rang while the provider was being asked is still to be answered.
        if row.asked_at <= asked_at:
            is_expected = best is not None or asked_at - row.asked_at < LOOK_FOR
            row.due_at = asked_at + (RECONCILE_AFTER if is_expected else NEVER)

    def _admit_look(self, user_id: UUID) -> None:
        if not self._looks.admit(str(user_id), self._clock()):
            raise TooManyRequests(t("billing.too_many"))

    def _admit(self, user_id: UUID) -> str:
        if not self._visits.admit(str(user_id), self._clock()):
            raise TooManyRequests(t("billing.too_many"))
        with self._sessions.for_user(user_id) as session:
            return session.get_one(Account, user_id).email


def retry_delay(attempts: int) -> timedelta:
    """How long a provider that did not answer is left alone, after so many attempts in vain."""
    return min(LAST_RETRY, FIRST_RETRY * 2 ** min(attempts - 1, 10))


def _standing_of(found: Subscribed) -> Standing:
    return _STANDINGS.get(found.status, Standing.ENDED)
