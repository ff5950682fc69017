"""What was used is told to the payment provider: once, whatever dies or is away meanwhile, and of nobody else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from starlette.applications import Starlette
from starlette.routing import Mount

from peak_app.adapters.polar.payments import PolarAccess, PolarPayments
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.billing.ledger import book
from peak_app.domain.billing.models import UsageReport
from peak_app.domain.billing.service import BillingService
from peak_app.domain.billing.subscriptions import FIRST_RETRY, LAST_RETRY, SubscriptionService
from peak_app.domain.billing.usage_reports import REFUSED_AGAIN, UsageReportService
from peak_app.domain.departures.repository import delete_account
from peak_app.domain.meetings.models import Meeting
from peak_app.embedded.payments_sandbox.books import read_books
from peak_app.embedded.payments_sandbox.server import Sandbox, Terms
from peak_app.embedded.payments_sandbox.shapes import Product
from peak_app.ports.payments import Payments, Usage
from tests.emulators.loopback_services import serving
from tests.fakes.clock import FakeClock
from tests.fakes.payments import FakePayments
from tests.held_calls import HeldCalls


@dataclass
class Desk:
    """A person who has calls, the provider, and the web process that tells it."""

    held: HeldCalls
    clock: FakeClock
    payments: FakePayments = field(default_factory=FakePayments)

    def __post_init__(self) -> None:
        self.billing = BillingService(self.held.worker_sessions, self.clock, free_minutes=60)

    def reports(self, payments: Payments | None = None) -> UsageReportService:
        chosen = payments or self.payments
        return UsageReportService(self.held.sessions, self.clock, lambda: chosen, provider=chosen.name)

    def go_to_checkout(self, payments: Payments | None = None) -> None:
        chosen = payments or self.payments
        SubscriptionService(self.held.sessions, self.clock, lambda: chosen).open_checkout(
            self.held.user_id, success_url="https://x/billing", return_url="https://x"
        )

    def use(self, seconds: float = 90) -> UUID:
        """A call that is held, ends, and is booked."""
        meeting_id = self.held.start()
        self.held.connected_for(meeting_id, seconds)
        self.held.calls.end_call(self.held.user_id, meeting_id, "ended_by_person")
        self.billing.record_usage(self.held.user_id, meeting_id)
        return meeting_id

    def run(self, payments: Payments | None = None) -> list[bool]:
        """What the web process does at each look."""
        reports = self.reports(payments)
        return [reports.send(used) for used in reports.list_due()]

    def waiting(self) -> list[str]:
        with self.held.sessions.till() as session:
            return list(session.exec(select(UsageReport.key)).all())


@pytest.fixture
def desk(sessions: TenantSessions, worker_sessions: TenantSessions) -> Desk:
    clock = FakeClock()
    return Desk(HeldCalls(sessions, worker_sessions, clock), clock)


def test_a_call_is_told_once_however_often_it_is_booked(desk: Desk) -> None:
    desk.go_to_checkout()
    meeting_id = desk.use(90)
    desk.billing.record_usage(desk.held.user_id, meeting_id)

    assert desk.run() == [True]

    assert desk.payments.told == [Usage(f"meeting:{meeting_id}", desk.held.user_id, 90, desk.clock.at)]
    assert (desk.run(), desk.waiting()) == ([], [])
    desk.billing.record_usage(desk.held.user_id, meeting_id)
    assert desk.waiting() == []


def test_the_report_is_written_with_the_booking_or_not_at_all(desk: Desk) -> None:
    desk.go_to_checkout()
    meeting_id = desk.held.start()
    desk.held.connected_for(meeting_id, 90)
    desk.held.calls.end_call(desk.held.user_id, meeting_id, "ended_by_person")

    def book_and_break_off() -> None:
        with desk.held.worker_sessions.for_user(desk.held.user_id) as session:
            assert book(session, session.get_one(Meeting, meeting_id), desk.clock.at).is_new
            session.flush()
            assert session.exec(select(UsageReport.key)).all() == [f"meeting:{meeting_id}"]
            raise InterruptedError

    with pytest.raises(InterruptedError):
        book_and_break_off()
    assert desk.waiting() == []
    assert desk.billing.record_usage(desk.held.user_id, meeting_id).is_new
    assert desk.waiting() == [f"meeting:{meeting_id}"]


def test_of_who_never_went_to_a_provider_nothing_is_told(desk: Desk) -> None:
    desk.use()
    assert (desk.waiting(), desk.run(), desk.payments.told) == ([], [], [])


def test_a_call_in_which_nobody_was_connected_is_not_told(desk: Desk) -> None:
    desk.go_to_checkout()
    desk.use(0)
    assert desk.waiting() == []


def test_a_provider_that_is_away_is_told_later_and_less_and_less_often(desk: Desk) -> None:
    desk.go_to_checkout()
    desk.use()
    desk.payments.is_away = True
    waits = []
    for _ in range(12):
        assert desk.run() == [False]
        asked_at = desk.clock.at
        while not desk.reports().list_due():
            desk.clock.pass_time(seconds=5)
        waits.append(desk.clock.at - asked_at)
    assert (waits[0], waits[-1]) == (FIRST_RETRY, LAST_RETRY)
    assert waits == sorted(waits)

    desk.payments.is_away = False
    assert desk.run() == [True]
    assert list(desk.payments.counted.values()) == [90]


def test_what_the_provider_refuses_is_kept_and_told_again_after_hours(desk: Desk) -> None:
    desk.go_to_checkout()
    desk.use()
    desk.payments.refuses_usage = True
    assert desk.run() == [False]
    desk.clock.pass_time(seconds=LAST_RETRY.total_seconds())
    assert desk.run() == []

    desk.payments.refuses_usage = False
    desk.clock.pass_time(seconds=REFUSED_AGAIN.total_seconds())
    assert desk.run() == [True]


def test_one_that_is_refused_keeps_back_none_of_the_others(desk: Desk) -> None:
    desk.go_to_checkout()
    desk.use(30)
    desk.payments.refuses_usage = True
    assert desk.run() == [False]
    desk.payments.refuses_usage = False
    desk.use(60)
    assert desk.run() == [True]
    assert list(desk.payments.counted.values()) == [60]


def test_what_was_used_with_another_provider_is_not_told_to_the_present_one(desk: Desk) -> None:
    sandbox, polar = FakePayments("sandbox"), FakePayments("polar")
    desk.go_to_checkout(sandbox)
    desk.use()
    assert desk.run(polar) == []
    assert desk.run(sandbox) == [True]
    assert (polar.told, len(sandbox.told)) == ([], 1)


def test_of_who_left_nothing_more_is_told(desk: Desk) -> None:
    desk.go_to_checkout()
    desk.use()
    (used,) = desk.reports().list_due()
    with desk.held.sessions.for_user(desk.held.user_id) as session:
        delete_account(session, desk.held.user_id)
    assert desk.run() == []
    # Who left between the look and the answer is no fault either.
    assert desk.reports().send(used)


def test_nobody_but_the_till_sees_what_someone_else_used(desk: Desk, worker_sessions: TenantSessions) -> None:
    desk.go_to_checkout()
    desk.use()
    other = HeldCalls(desk.held.sessions, worker_sessions, desk.clock).user_id
    for sessions in (desk.held.sessions, worker_sessions):
        with sessions.for_user(other) as session:
            assert session.exec(select(UsageReport)).all() == []
    with worker_sessions.without_tenant() as session:
        assert session.exec(select(UsageReport)).all() == []


class TestAgainstTheSandbox:
    """Through Polar's SDK over HTTP."""

    @pytest.fixture
    def polar(self, tmp_path: Path, desk: Desk) -> Iterator[PolarPayments]:
        sold = Product(str(UUID(int=1)), "Plus", 600, 1900, "usd")
        terms = Terms(sold, "token", "http://127.0.0.1:9", "secret", tmp_path / "books.json", lambda: desk.clock.at)
        with serving(Starlette(routes=[Mount("/dev/payments", Sandbox(terms).app())])) as origin:
            access = PolarAccess("token", "secret", sold.product_id, url=f"{origin}/dev/payments")
            payments = PolarPayments(access, name="sandbox", is_sandbox=True)
            try:
                yield payments
            finally:
                payments.close()

    def test_a_process_that_dies_before_it_could_note_the_answer_has_it_counted_once(
        self, desk: Desk, polar: PolarPayments, tmp_path: Path
    ) -> None:
        desk.go_to_checkout(polar)
        meeting_id = desk.use(90)
        reports = desk.reports(polar)
        (used,) = reports.list_due()
        # The provider has it, and nobody has noted that it does.
        assert polar.report_usage(used)
        assert desk.waiting() == [f"meeting:{meeting_id}"]

        assert desk.run(polar) == [True]

        (event,) = read_books(tmp_path / "books.json").events.values()
        assert (event.name, event.external_id, event.customer) == (
            "interview",
            f"meeting:{meeting_id}",
            str(desk.held.user_id),
        )
        assert event.metadata == {"seconds": 90, "minutes": 1.5}
        assert event.at == desk.clock.at
        assert desk.waiting() == []

    def test_a_database_that_goes_away_between_answer_and_note_has_it_counted_once(
        self, desk: Desk, polar: PolarPayments, tmp_path: Path
    ) -> None:
        desk.go_to_checkout(polar)
        desk.use(60)
        (used,) = desk.reports(polar).list_due()

        class Gone:
            """Sessions of a database that is away."""

            def till(self):
                raise OperationalError("select 1", {}, Exception("gone"))

        cut_off = UsageReportService(Gone(), desk.clock, lambda: polar, provider=polar.name)  # pyright: ignore[reportArgumentType]
        with pytest.raises(OperationalError):
            cut_off.send(used)
        assert desk.run(polar) == [True]
        assert len(read_books(tmp_path / "books.json").events) == 1

    def test_no_word_of_a_call_is_told(self, desk: Desk, polar: PolarPayments, tmp_path: Path) -> None:
        desk.go_to_checkout(polar)
        desk.use(60)
        assert desk.run(polar) == [True]
        kept = (tmp_path / "books.json").read_text()
        assert not re.search(r"Round one|migration|@example", kept)
