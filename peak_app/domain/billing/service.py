"""The ledger of minutes: what a person used, and whether they may start another call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.billing import repository
from peak_app.domain.billing.allowance import FREE, PLUS, Allowance, Entitlement, Plan, Standing, month_of
from peak_app.domain.billing.errors import MinutesExhausted
from peak_app.domain.billing.ledger import Booking, book
from peak_app.domain.billing.models import Subscription, UsageEntry
from peak_app.domain.meetings.models import Meeting
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock

GRACE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """A person's plan, as the billing page explains it."""

    plan: Plan
    entitlement: Entitlement
    paid_until: datetime | None
    """How long the paid plan holds if nothing more is heard of it."""
    is_unheard: bool
    """Whether the provider did not answer when it was asked last."""
    is_manageable: bool
    """Whether the provider has a page for this person."""
    can_upgrade: bool
    """Whether anyone sells the paid plan here."""

    @property
    def is_paid(self) -> bool:
        return self.plan.key != FREE


class BillingService:
    """`provider` is who sells the `paid` plan here: what another one said of somebody counts for nothing."""

    def __init__(
        self,
        sessions: TenantSessions,
        clock: Clock,
        *,
        free_minutes: int,
        paid: Plan | None = None,
        grace: timedelta = GRACE,
        provider: str = "",
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._grace = grace
        self._provider = provider
        free = Plan(FREE, "Free", free_minutes)
        self.plans: Mapping[str, Plan] = {FREE: free, PLUS: paid or free}

    def get_allowance(self, user_id: UUID) -> Allowance:
        """What is left this month: the ledger, calls still in processing, and the call that runs now."""
        now = self._clock()
        start, end = month_of(now)
        with self._sessions.for_user(user_id) as session:
            leases = repository.list_leases(session, user_id)
            used = repository.sum_booked(session, user_id, start, end) + repository.sum_unbooked(
                session, user_id, start
            )
            plan = self._plan(self._known(repository.find_subscription(session, user_id)), now)
        return Allowance(
            plan=plan.name,
            included_minutes=plan.included_minutes,
            used=used + sum((lease.connected_time(now) for lease in leases), timedelta()),
            renews_on=end.date(),
            live_calls=sum(lease.is_counting(now) for lease in leases),
        )

    def get_standing(self, user_id: UUID) -> PlanStanding:
        """The plan a person has now, and why."""
        now = self._clock()
        with self._sessions.for_user(user_id) as session:
            row = repository.find_subscription(session, user_id)
            known = self._known(row)
        return PlanStanding(
            plan=self._plan(known, now),
            entitlement=known,
            paid_until=known.paid_until(self._grace),
            is_unheard=row is not None and row.attempts > 0 and known.standing is not Standing.NONE,
            is_manageable=row is not None and row.provider == self._provider and bool(row.subscription_id),
            can_upgrade=bool(self._provider),
        )

    def require_minutes(self, user_id: UUID) -> Allowance:
        """Raises: MinutesExhausted."""
        allowance = self.get_allowance(user_id)
        if allowance.is_exhausted:
            raise MinutesExhausted(allowance)
        return allowance

    def record_usage(self, owner_id: UUID, meeting_id: UUID) -> Booking:
        """Book the call's connected time once, whoever asks how often. Raises: NotFound."""
        with self._sessions.for_user(owner_id) as session:
            meeting = session.get(Meeting, meeting_id)
            if meeting is None:
                raise NotFound(t("refusal.meeting_missing"))
            return book(session, meeting, self._clock())

    def list_usage(self, user_id: UUID, *, since: datetime, limit: int = 100) -> Sequence[tuple[UsageEntry, str]]:
        """Newest entries with the title of their meeting, empty when it was deleted."""
        with self._sessions.for_user(user_id) as session:
            return repository.list_usage(session, user_id, since, limit)

    def _plan(self, known: Entitlement, now: datetime) -> Plan:
        return self.plans[PLUS if known.is_paid(now, self._grace) else FREE]

    def _known(self, row: Subscription | None) -> Entitlement:
        if row is None or row.provider != self._provider:
            return Entitlement(Standing.NONE)
        return Entitlement(Standing(row.standing), row.standing_since, row.period_end, row.cancels_at_period_end)
