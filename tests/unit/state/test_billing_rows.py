"""What the billing page and the flight recorder say, from what is known."""

from datetime import UTC, datetime, timedelta

import pytest

from peak_app.domain.billing.allowance import FREE, PLUS, Entitlement, Plan, Standing
from peak_app.domain.billing.service import PlanStanding
from peak_app.domain.operations import timeline
from peak_app.domain.operations.timeline import Entry
from peak_app.ports.payments import Invoice
from peak_app.state.billing import invoice_row, money_text, plan_text
from peak_app.state.recorder import flight_rows

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
END = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
GRACE = timedelta(days=7)


def standing(known: Entitlement) -> PlanStanding:
    plan = Plan(PLUS, "Plus", 600) if known.is_paid(NOW, GRACE) else Plan(FREE, "Free", 60)
    return PlanStanding(plan, known, known.paid_until(GRACE), is_unheard=False, is_manageable=True, can_upgrade=True)


@pytest.mark.parametrize(
    ("known", "said", "is_warning"),
    [
        (Entitlement(Standing.ACTIVE, NOW, END), "Renews on 2 Apr.", False),
        (Entitlement(Standing.ACTIVE, NOW, END, True), "Cancelled: it lasts until 2 Apr", False),
        (Entitlement(Standing.PAST_DUE, NOW, END), "the plan lasts until 17 Mar", True),
        (Entitlement(Standing.ENDED, NOW, END), "No card, no end date.", False),
        (Entitlement(Standing.NONE), "No card, no end date.", False),
    ],
)
def test_a_plan_says_what_becomes_of_it(known: Entitlement, said: str, is_warning: bool) -> None:
    sentence, asks = plan_text(standing(known), UTC, NOW)
    assert said in sentence
    assert asks is is_warning


@pytest.mark.parametrize(
    ("cents", "currency", "shown"),
    [
        (1900, "usd", "$19"),
        (1950, "EUR", "€19.50"),
        (0, "usd", "$0"),
        (123_456_700, "gbp", "£1,234,567"),
        (500, "chf", "CHF 5"),
    ],
)
def test_prices_read_as_people_write_them(cents: int, currency: str, shown: str) -> None:
    assert money_text(cents, currency) == shown


def test_an_invoice_says_whether_it_is_paid() -> None:
    row = invoice_row(Invoice("A-1", NOW, 1900, "usd", is_paid=False), UTC, NOW)
    assert (row.number, row.when, row.amount, row.outcome) == ("A-1", "Today", "$19", "Open")


def test_entries_of_a_flight_name_each_day_once_and_every_kind_has_words() -> None:
    entries = [
        Entry(NOW, "created", "2026-03-11T18:30Z"),
        Entry(NOW + timedelta(milliseconds=7), "taken", "bridge-1"),
        Entry(NOW + timedelta(seconds=3), "model_lost", "2"),
        Entry(NOW + timedelta(minutes=1), "became", "failed"),
        Entry(NOW + timedelta(minutes=1), "ended", "lost"),
        Entry(NOW + timedelta(minutes=2), timeline.EVENT_ASKED, "41"),
        Entry(NOW + timedelta(minutes=2), timeline.STEP_FAILED, "summary", "The text model is busy.", 2500, "run-7"),
        Entry(NOW + timedelta(minutes=3), timeline.MADE, "transcript", took_ms=40),
        Entry(NOW + timedelta(days=1), timeline.DELETED, "12"),
        Entry(NOW + timedelta(days=1), timeline.ERASED, "3", took_ms=8100),
    ]
    rows = flight_rows(entries, UTC, NOW)

    assert [row.day for row in rows if row.day] == ["Today", "Tomorrow"]
    assert [row.detail for row in rows] == [
        "for Tomorrow, 18:30", "bridge-1", "2 times", "Failed", "connection lost, nobody came back",
        "outbox event 41", "Summary", "Transcript",
        "12 rows", "3 files",
    ]  # fmt: skip
    assert [row.outcome for row in rows] == ["", "", "", "failed", "failed", "", "failed", "done", "", "done"]
    assert (rows[1].clock, rows[6].took, rows[6].ops_path) == ("09:00:00.007", "2.5 s", "/ops/runs/run-7")
    assert (rows[7].took, rows[9].took) == ("40 ms", "8.1 s")
