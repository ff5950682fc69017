"""Whoever deletes their account pays nothing more, whatever the payment provider does meanwhile."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import ProgrammingError
from sqlmodel import select

from peak_app.config import Settings
from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.billing.models import SubscriptionEnding
from peak_app.domain.billing.service import BillingService
from peak_app.domain.billing.subscriptions import FIRST_RETRY, LAST_RETRY, SubscriptionService
from peak_app.domain.departures.erasures import ErasureService
from peak_app.domain.departures.models import AccountErasure, AccountReceipt
from peak_app.domain.departures.repository import LATE
from peak_app.domain.departures.service import DepartureService, Farewell
from peak_app.domain.departures.subscriptions import LOOK_AGAIN, SubscriptionEndingService
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.fakes.payments import FakePayments
from tests.people import register

ANN = "ann@example.org"


@dataclass
class Desk:
    """Ann, the provider, and both processes' side of a departure."""

    sessions: TenantSessions
    worker_sessions: TenantSessions
    settings: Settings
    clock: FakeClock = field(default_factory=FakeClock)
    payments: FakePayments = field(default_factory=FakePayments)

    def __post_init__(self) -> None:
        self.user_id = register(self.sessions, ANN).user_id
        self.subscriptions = SubscriptionService(self.sessions, self.clock, lambda: self.payments)
        self.erasures = ErasureService(self.worker_sessions, self.clock)
        self.departures = DepartureService(
            self.sessions,
            self.clock,
            derive=self.settings.derive,
            get_allowance=BillingService(self.sessions, self.clock, free_minutes=60).get_allowance,
            origin="http://127.0.0.1:3000",
        )

    @property
    def endings(self) -> SubscriptionEndingService:
        """Of the provider there is now."""
        return SubscriptionEndingService(self.sessions, self.clock, lambda: self.payments, provider=self.payments.name)

    def open_checkout(self) -> None:
        self.subscriptions.open_checkout(self.user_id, success_url="https://x/billing", return_url="https://x")

    def buy(self, status: str = "active") -> None:
        self.payments.know(self.user_id, status, self.clock.at + timedelta(days=30), changed_at=self.clock.at)

    def upgrade(self, status: str = "active") -> None:
        self.open_checkout()
        self.buy(status)
        assert self.subscriptions.refresh(self.user_id)

    def leave(self) -> Farewell:
        return self.departures.delete_account(self.user_id, ANN)

    def run_till(self) -> list[bool]:
        """What the web process does at each look."""
        return [self.endings.end(owner_id) for owner_id in self.endings.list_due()]

    def receipt(self, farewell: Farewell) -> AccountReceipt:
        return self.departures.get_receipt(farewell.secret)

    def owed(self) -> list[UUID]:
        with self.worker_sessions.without_tenant() as session:
            return list(session.exec(select(SubscriptionEnding.owner_id)).all())

    def finish_erasure(self) -> str:
        """The rest of the departure is done; gives the text of the last mail."""
        with self.worker_sessions.without_tenant() as session:
            erasure_id = session.exec(select(AccountErasure.id)).one()
        self.erasures.finish(erasure_id)
        with self.sessions.mailroom() as session:
            return session.exec(select(Mail.text)).one()


@pytest.fixture
def desk(sessions: TenantSessions, worker_sessions: TenantSessions, database: ScratchDatabase) -> Desk:
    return Desk(sessions, worker_sessions, database.settings)


@pytest.mark.parametrize("status", ["active", "trialing", "past_due"])
def test_what_someone_pays_for_ends_when_they_leave(desk: Desk, status: str) -> None:
    desk.upgrade(status)
    (bought,) = desk.payments.subscribed[desk.user_id]

    farewell = desk.leave()

    assert desk.receipt(farewell).plan == "ending"
    assert desk.run_till() == [True]
    assert desk.payments.ended == [bought.subscription_id]
    assert desk.receipt(farewell).plan == "ended"
    assert "is cancelled with the payment service: nothing more is charged" in desk.finish_erasure()


def test_a_provider_that_is_away_holds_up_nothing_and_is_asked_until_it_answers(desk: Desk) -> None:
    desk.upgrade()
    desk.payments.is_away = True

    farewell = desk.leave()

    waits = []
    for _ in range(12):
        assert desk.run_till() == [False]
        asked_at = desk.clock.at
        while not desk.endings.list_due():
            desk.clock.pass_time(seconds=5)
        waits.append(desk.clock.at - asked_at)
    assert (waits[0], waits[-1]) == (FIRST_RETRY, LAST_RETRY)
    assert waits == sorted(waits)
    # Everything else is done meanwhile, and the mail says how it stands.
    assert "which has not answered yet" in desk.finish_erasure()
    desk.clock.pass_time(days=6)
    desk.erasures.clear_old()
    assert desk.run_till() == [False]
    assert (desk.owed(), desk.receipt(farewell).plan) == ([desk.user_id], "ending")

    desk.payments.is_away = False
    desk.clock.pass_time(seconds=LAST_RETRY.total_seconds())
    assert desk.run_till() == [True]
    assert len(desk.payments.ended) == 1
    assert desk.receipt(farewell).plan == "ended"


def test_ending_twice_ends_nothing_twice(desk: Desk) -> None:
    desk.upgrade()
    farewell = desk.leave()

    assert desk.endings.end(desk.user_id)
    assert desk.endings.end(desk.user_id)

    assert len(desk.payments.ended) == 1
    assert desk.receipt(farewell).plan == "ended"


def test_a_process_that_died_after_the_provider_answered_is_made_good(desk: Desk) -> None:
    desk.upgrade()
    farewell = desk.leave()
    desk.payments.end_subscriptions(desk.user_id)

    assert desk.run_till() == [True]

    assert len(desk.payments.ended) == 1
    assert desk.receipt(farewell).plan == "ended"


def test_what_is_bought_in_a_checkout_that_was_still_open_ends_too(desk: Desk) -> None:
    desk.open_checkout()
    farewell = desk.leave()
    assert desk.run_till() == [True]
    assert desk.receipt(farewell).plan == ""

    desk.buy()
    assert desk.run_till() == []
    # The webhook of the purchase, or where it is lost the next look.
    assert desk.subscriptions.ring(str(desk.user_id).encode(), {"webhook-id": "event-1", "webhook-signature": "right"})
    assert desk.run_till() == [True]
    assert (len(desk.payments.ended), desk.receipt(farewell).plan) == (1, "ended")

    desk.buy()
    desk.clock.pass_time(seconds=LOOK_AGAIN.total_seconds())
    assert desk.run_till() == [True]
    assert len(desk.payments.ended) == 2


def test_after_two_days_no_id_is_left(desk: Desk) -> None:
    desk.upgrade()
    farewell = desk.leave()
    looks = 0
    while desk.owed():
        looks += len(desk.run_till())
        desk.clock.pass_time(seconds=LOOK_AGAIN.total_seconds())
    assert looks == LATE / LOOK_AGAIN + 1
    assert desk.receipt(farewell).plan == "ended"
    assert desk.endings.end(desk.user_id)


def test_whoever_never_wanted_to_pay_is_not_named_to_the_provider(desk: Desk) -> None:
    farewell = desk.leave()
    assert (desk.owed(), desk.run_till(), desk.payments.asked) == ([], [], [])
    assert desk.receipt(farewell).plan == ""
    assert "paid plan" not in desk.finish_erasure()


def test_another_provider_is_not_asked_and_the_ending_waits_for_the_right_one(desk: Desk) -> None:
    desk.upgrade()
    first = desk.payments
    desk.leave()
    desk.payments = FakePayments("another")
    desk.clock.pass_time(days=9)
    desk.erasures.clear_old()
    assert (desk.run_till(), desk.payments.asked) == ([], [])
    desk.payments = first
    assert desk.run_till() == [True]


def test_a_sandbox_that_is_gone_is_not_waited_for(desk: Desk) -> None:
    desk.payments = FakePayments("sandbox")
    desk.upgrade()
    desk.leave()
    desk.payments = FakePayments("polar")
    desk.erasures.clear_old()
    assert desk.owed() == [desk.user_id]
    desk.clock.pass_time(seconds=LATE.total_seconds())
    desk.erasures.clear_old()
    assert desk.owed() == []


def test_who_is_signed_in_sees_no_ending_and_no_receipt_of_others(desk: Desk) -> None:
    desk.upgrade()
    farewell = desk.leave()
    bob = register(desk.sessions, "bob@example.org")
    with desk.sessions.for_user(bob.user_id) as session:
        assert session.exec(select(SubscriptionEnding)).all() == []
        assert session.exec(select(AccountReceipt)).all() == []
    forged = SubscriptionEnding(
        owner_id=uuid4(),
        receipt_id=farewell.receipt.id,
        provider="fake",
        created_at=desk.clock.at,
        due_at=desk.clock.at,
    )
    with pytest.raises(ProgrammingError), desk.sessions.for_user(bob.user_id) as session:
        session.add(forged)
