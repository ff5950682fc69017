"""A person's plan follows what the payment provider knows, and holds while it does not answer."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select

from peak_app.db.models import AuditEntry
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.billing.allowance import PLUS, Plan
from peak_app.domain.billing.errors import MinutesExhausted
from peak_app.domain.billing.models import Subscription, WebhookDelivery
from peak_app.domain.billing.service import BillingService
from peak_app.domain.billing.subscriptions import (
    FIRST_RETRY,
    LAST_RETRY,
    RECONCILE_AFTER,
    VISITS_PER_HOUR,
    SubscriptionService,
)
from peak_app.errors import NotFound, TooManyRequests
from peak_app.ports.payments import PaymentsUnavailable, WebhookRefused
from tests.fakes.clock import FakeClock
from tests.fakes.payments import FakePayments
from tests.held_calls import HeldCalls
from tests.people import register

MONTH = timedelta(days=30)
GRACE = timedelta(days=7)


@dataclass
class Desk:
    sessions: TenantSessions
    worker_sessions: TenantSessions
    clock: FakeClock = field(default_factory=FakeClock)
    payments: FakePayments = field(default_factory=FakePayments)

    def __post_init__(self) -> None:
        self.user_id = register(self.sessions, "ann@example.org").user_id
        self.subscriptions = SubscriptionService(self.sessions, self.clock, lambda: self.payments)
        self.billing = BillingService(
            self.sessions,
            self.clock,
            free_minutes=60,
            paid=Plan(PLUS, "Plus", 600, 1900),
            grace=GRACE,
            provider=self.payments.name,
        )

    def upgrade(self, status: str = "active", **more: object) -> None:
        """Through the checkout, and back."""
        self.open_checkout()
        self.know(status, **more)
        assert self.subscriptions.refresh(self.user_id)

    def open_checkout(self) -> str:
        return self.subscriptions.open_checkout(self.user_id, success_url="https://x/billing", return_url="https://x")

    def know(self, status: str, **more: object) -> None:
        self.payments.know(self.user_id, status, self.clock.at + MONTH, changed_at=self.clock.at, **more)  # pyright: ignore[reportArgumentType]

    def ring(self, event_id: str, user_id: UUID | None = None, signature: str = "right") -> bool:
        body = str(user_id or self.user_id).encode()
        return self.subscriptions.ring(body, {"webhook-id": event_id, "webhook-signature": signature})

    def run_till(self) -> list[UUID]:
        due = list(self.subscriptions.list_due())
        for user_id in due:
            self.subscriptions.refresh(user_id)
        return due

    @property
    def minutes(self) -> int:
        return self.billing.get_allowance(self.user_id).included_minutes

    def deliveries(self) -> list[WebhookDelivery]:
        with self.worker_sessions.without_tenant() as session:
            return list(session.exec(select(WebhookDelivery)).all())

    def row(self) -> Subscription:
        with self.sessions.for_user(self.user_id) as session:
            return session.get_one(Subscription, self.user_id)


@pytest.fixture
def desk(sessions: TenantSessions, worker_sessions: TenantSessions) -> Desk:
    return Desk(sessions, worker_sessions)


def test_whoever_upgrades_has_the_minutes_of_the_paid_plan_at_once(desk: Desk) -> None:
    assert desk.minutes == 60
    assert not desk.billing.get_standing(desk.user_id).is_manageable

    desk.upgrade()

    standing = desk.billing.get_standing(desk.user_id)
    assert (desk.minutes, standing.plan.name, standing.is_manageable) == (600, "Plus", True)
    assert [customer.user_id for customer in desk.payments.checkouts] == [desk.user_id]
    with desk.sessions.for_user(desk.user_id) as session:
        actions = session.exec(select(AuditEntry.action)).all()
    assert sorted(actions) == ["checkout_opened", "subscription_active"]


def test_coming_back_without_having_paid_changes_nothing(desk: Desk) -> None:
    desk.open_checkout()
    assert desk.subscriptions.catch_up(desk.user_id)
    assert desk.minutes == 60
    # The webhook of a purchase may be lost; for someone who did not buy anything nobody asks for ever.
    asked = []
    for _ in range(30):
        desk.clock.pass_time(days=1)
        asked += desk.run_till()
    assert len(asked) == 3


def test_a_person_who_never_saw_a_checkout_is_not_known_to_the_provider(desk: Desk) -> None:
    assert desk.subscriptions.refresh(desk.user_id)
    assert desk.subscriptions.list_invoices(desk.user_id) == ()
    with pytest.raises(NotFound):
        desk.subscriptions.open_portal(desk.user_id, return_url="https://x")


def test_a_purchase_is_found_also_when_no_webhook_ever_comes(desk: Desk) -> None:
    desk.open_checkout()
    desk.run_till()
    desk.know("active")
    assert desk.minutes == 60
    desk.clock.pass_time(days=1)
    desk.run_till()
    assert desk.minutes == 600


class TestOutage:
    def test_it_never_blocks_a_paid_person(self, desk: Desk) -> None:
        desk.upgrade()
        desk.payments.is_away = True

        for _ in range(36):
            desk.clock.pass_time(days=1)
            desk.run_till()
            assert desk.minutes == 600
            desk.billing.require_minutes(desk.user_id)
        # The period has been over for six days by now; the grace is the setting's.
        standing = desk.billing.get_standing(desk.user_id)
        assert (standing.is_paid, standing.is_unheard) == (True, True)

        desk.clock.pass_time(days=2)
        assert desk.minutes == 60

    def test_what_the_provider_says_afterwards_counts(self, desk: Desk) -> None:
        desk.upgrade()
        desk.payments.is_away = True
        desk.clock.pass_time(days=40)
        desk.run_till()
        assert desk.minutes == 60

        desk.payments.is_away = False
        desk.know("active")
        desk.clock.pass_time(hours=1)
        desk.run_till()
        assert desk.minutes == 600
        assert not desk.billing.get_standing(desk.user_id).is_unheard

    def test_it_is_asked_again_less_and_less_often(self, desk: Desk) -> None:
        desk.upgrade()
        desk.payments.is_away = True
        desk.ring("1")
        waits = []
        for _ in range(12):
            desk.clock.at = desk.row().due_at
            before = desk.clock.at
            assert desk.run_till() == [desk.user_id]
            waits.append(desk.row().due_at - before)
        assert (waits[0], waits[1], waits[-1]) == (FIRST_RETRY, 2 * FIRST_RETRY, LAST_RETRY)

    def test_upgrading_says_so_and_leaves_everything_as_it_is(self, desk: Desk) -> None:
        desk.payments.is_away = True
        with pytest.raises(PaymentsUnavailable):
            desk.open_checkout()
        assert desk.minutes == 60
        with desk.sessions.for_user(desk.user_id) as session:
            assert session.exec(select(Subscription)).all() == []


class TestDoorbell:
    def test_it_has_the_state_read_anew(self, desk: Desk) -> None:
        desk.upgrade()
        desk.know("canceled")
        assert desk.minutes == 600

        assert desk.ring("event-1")
        assert desk.run_till() == [desk.user_id]
        assert desk.minutes == 60

    def test_a_replay_is_taken_and_asks_for_nothing(self, desk: Desk) -> None:
        desk.upgrade()
        assert desk.ring("event-1")
        desk.run_till()
        desk.payments.asked.clear()
        desk.clock.pass_time(seconds=1)

        assert [desk.ring("event-1") for _ in range(3)] == [False] * 3
        assert desk.run_till() == []
        assert desk.payments.asked == []
        assert len(desk.deliveries()) == 1

    def test_a_wrong_signature_leaves_no_trace(self, desk: Desk) -> None:
        desk.upgrade()
        with pytest.raises(WebhookRefused):
            desk.ring("event-1", signature="wrong")
        assert desk.deliveries() == []
        assert desk.run_till() == []

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0, 0, 1, 2)])
    def test_in_whatever_order_they_come_the_end_is_the_same(self, desk: Desk, order: tuple[int, ...]) -> None:
        desk.upgrade()
        # The provider is at the last state already while it still tells of the ones before.
        desk.know("active", cancels=True)
        for number in order:
            desk.ring(f"event-{number}")
            desk.run_till()
        standing = desk.billing.get_standing(desk.user_id)
        assert (standing.is_paid, standing.entitlement.cancels_at_period_end) == (True, True)
        assert len(desk.deliveries()) == 3

    def test_one_about_nobody_or_about_someone_who_left_is_taken(self, desk: Desk) -> None:
        headers = {"webhook-id": "event-1", "webhook-signature": "right"}
        assert desk.subscriptions.ring(b"", headers)
        assert desk.ring("event-2", uuid4())
        assert desk.run_till() == []
        assert {delivery.event_id for delivery in desk.deliveries()} == {"event-1", "event-2"}

    def test_it_keeps_nothing_personal(self, desk: Desk) -> None:
        desk.ring("event-1")
        assert [delivery.payload for delivery in desk.deliveries()] == [{"type": "subscription.updated"}]

    def test_one_that_rings_while_the_provider_is_asked_is_not_lost(self, desk: Desk) -> None:
        desk.upgrade()
        asked = desk.payments.fetch_subscriptions

        def ring_meanwhile(user_id: UUID):
            found = asked(user_id)
            desk.clock.pass_time(seconds=1)
            desk.know("canceled")
            desk.ring("event-1")
            return found

        desk.payments.fetch_subscriptions = ring_meanwhile
        desk.subscriptions.refresh(desk.user_id)
        desk.payments.fetch_subscriptions = asked
        assert desk.minutes == 600
        assert desk.run_till() == [desk.user_id]
        assert desk.minutes == 60

    def test_the_answer_that_was_asked_for_later_has_the_say(self, desk: Desk) -> None:
        desk.upgrade()
        asked = desk.payments.fetch_subscriptions

        def be_slow(user_id: UUID):
            old = asked(user_id)
            # Meanwhile someone else asks, and is answered.
            desk.payments.fetch_subscriptions = asked
            desk.clock.pass_time(seconds=2)
            desk.know("canceled")
            desk.subscriptions.refresh(user_id)
            return old

        desk.payments.fetch_subscriptions = be_slow
        desk.subscriptions.refresh(desk.user_id)
        assert desk.minutes == 60


class TestStates:
    @pytest.mark.parametrize(
        ("status", "minutes"),
        [("active", 600), ("trialing", 600), ("past_due", 600), ("canceled", 60), ("unpaid", 60), ("paused", 60),
         ("incomplete", 60), ("incomplete_expired", 60), ("of_the_future", 60)],
    )  # fmt: skip
    def test_each_gives_the_plan_it_should(self, desk: Desk, status: str, minutes: int) -> None:
        desk.upgrade(status)
        assert desk.minutes == minutes

    def test_a_failed_payment_leaves_the_grace_and_then_the_free_plan(self, desk: Desk) -> None:
        desk.upgrade()
        desk.clock.pass_time(days=30)
        desk.know("past_due")
        desk.run_till()
        for _ in range(6):
            desk.clock.pass_time(days=1)
            # Asked again each day, it is still the same failure.
            desk.run_till()
            assert desk.minutes == 600
        desk.clock.pass_time(days=1)
        assert desk.minutes == 60

        desk.know("active")
        desk.ring("event-1")
        desk.run_till()
        assert desk.minutes == 600

    def test_cancelled_at_the_end_of_the_period_it_lasts_until_then(self, desk: Desk) -> None:
        desk.upgrade(cancels=True)
        desk.clock.pass_time(days=29)
        assert desk.minutes == 600
        desk.payments.is_away = True
        desk.clock.pass_time(days=1)
        assert desk.minutes == 60

    def test_of_several_subscriptions_the_best_counts(self, desk: Desk) -> None:
        desk.upgrade("canceled")
        (ended,) = desk.payments.subscribed[desk.user_id]
        desk.know("active")
        desk.payments.subscribed[desk.user_id].insert(0, ended)
        desk.subscriptions.refresh(desk.user_id)
        assert desk.minutes == 600

    def test_everyone_with_a_subscription_is_asked_for_once_a_day(self, desk: Desk) -> None:
        desk.upgrade()
        desk.know("canceled")
        desk.clock.pass_time(hours=23)
        assert desk.run_till() == []
        desk.clock.pass_time(hours=1)
        assert desk.run_till() == [desk.user_id]
        assert desk.minutes == 60
        assert desk.row().due_at == desk.clock.at + RECONCILE_AFTER

    def test_what_another_provider_said_counts_for_nothing(self, desk: Desk) -> None:
        """Who subscribed in the sandbox has not paid, once the installation is connected to Polar."""
        desk.upgrade()
        other = BillingService(desk.sessions, desk.clock, free_minutes=60, provider="polar")
        assert other.get_allowance(desk.user_id).included_minutes == 60
        assert not other.get_standing(desk.user_id).is_manageable
        polar = SubscriptionService(desk.sessions, desk.clock, lambda: FakePayments("polar"))
        with pytest.raises(NotFound):
            polar.open_portal(desk.user_id, return_url="https://x")

    def test_without_a_provider_there_is_only_the_free_plan(self, desk: Desk) -> None:
        alone = BillingService(desk.sessions, desk.clock, free_minutes=60)
        standing = alone.get_standing(desk.user_id)
        assert (standing.is_paid, standing.can_upgrade) == (False, False)


class TestMinutes:
    def test_upgrading_in_the_middle_of_the_month_keeps_what_was_used(self, desk: Desk) -> None:
        desk.upgrade()
        held = HeldCalls(desk.sessions, desk.worker_sessions, desk.clock)
        meeting_id = held.start()
        desk.clock.pass_time(minutes=59, seconds=50)
        held.connected_for(meeting_id, 59 * 60 + 50)
        held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
        with pytest.raises(MinutesExhausted):
            desk.billing.require_minutes(held.user_id)

        subscriptions = desk.subscriptions
        subscriptions.open_checkout(held.user_id, success_url="https://x", return_url="https://x")
        desk.payments.know(held.user_id, "active", desk.clock.at + MONTH)
        subscriptions.refresh(held.user_id)

        allowance = desk.billing.require_minutes(held.user_id)
        assert allowance.included_minutes == 600
        assert allowance.used >= timedelta(minutes=59)

    def test_a_call_counts_while_it_runs_and_says_that_it_does(self, desk: Desk) -> None:
        held = HeldCalls(desk.sessions, desk.worker_sessions, desk.clock)
        meeting_id = held.start()
        desk.clock.pass_time(seconds=5)
        allowance = desk.billing.get_allowance(held.user_id)
        assert (allowance.used, allowance.live_calls) == (timedelta(seconds=5), 1)

        held.calls.mark_disconnected(held.user_id, meeting_id, "bridge-1")
        desk.clock.pass_time(seconds=60)
        allowance = desk.billing.get_allowance(held.user_id)
        assert (allowance.used, allowance.live_calls) == (timedelta(seconds=5), 0)

    def test_of_a_bridge_that_died_only_the_time_until_then_counts(self, desk: Desk) -> None:
        held = HeldCalls(desk.sessions, desk.worker_sessions, desk.clock)
        held.start()
        desk.clock.pass_time(minutes=5)
        allowance = desk.billing.get_allowance(held.user_id)
        assert (allowance.used, allowance.live_calls) == (timedelta(), 0)

    def test_a_call_over_the_end_of_the_month_counts_in_the_new_one_whole(self, desk: Desk) -> None:
        held = HeldCalls(desk.sessions, desk.worker_sessions, desk.clock)
        desk.clock.at = desk.clock.at.replace(month=3, day=31, hour=23, minute=50)
        meeting_id = held.start()
        held.connected_for(meeting_id, 0)
        for _ in range(20):
            desk.clock.pass_time(minutes=1)
            held.calls.beat("bridge-1")
        assert desk.billing.get_allowance(held.user_id).used == timedelta(minutes=20)
        held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
        assert desk.billing.get_allowance(held.user_id).used == timedelta(minutes=20)
        desk.billing.record_usage(held.user_id, meeting_id)
        assert desk.billing.get_allowance(held.user_id).used == timedelta(minutes=20)
        desk.clock.at = desk.clock.at.replace(month=3, day=31)
        assert desk.billing.get_allowance(held.user_id).used == timedelta()


class TestSafety:
    def test_nobody_sees_or_changes_the_subscription_of_someone_else(self, desk: Desk) -> None:
        desk.upgrade()
        bob = register(desk.sessions, "bob@example.org").user_id
        with desk.sessions.for_user(bob) as session:
            assert session.exec(select(Subscription)).all() == []
            changed = session.execute(text("update subscription set standing = 'active', owner_id = :me"), {"me": bob})
            assert changed.rowcount == 0  # pyright: ignore[reportAttributeAccessIssue]

    def test_the_till_sees_whom_to_ask_for_and_changes_nothing(self, desk: Desk) -> None:
        desk.upgrade()
        with desk.sessions.till() as session:
            assert session.exec(select(Subscription.owner_id)).all() == [desk.user_id]
            changed = session.execute(text("update subscription set standing = 'active'"))
            assert changed.rowcount == 0  # pyright: ignore[reportAttributeAccessIssue]
            assert session.execute(text("select count(*) from account")).scalar_one() == 0

    def test_checkouts_are_limited_for_each_person(self, desk: Desk) -> None:
        for _ in range(VISITS_PER_HOUR):
            desk.open_checkout()
        with pytest.raises(TooManyRequests):
            desk.open_checkout()
        desk.clock.pass_time(hours=1)
        desk.open_checkout()
