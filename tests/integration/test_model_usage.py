"""The ledger of what models took: once each, for its person and the operator, and without a word."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from peak_app.domain.insights.asking import AskService
from peak_app.domain.insights.service import InsightService
from peak_app.domain.insights.steps import SEARCH_INDEX, SUMMARY, TRANSCRIPT, StepFacts
from peak_app.domain.meetings.deletion import DeletionService
from peak_app.domain.model_usage.models import ModelUsage
from peak_app.domain.model_usage.prices import Prices, Rates
from peak_app.domain.model_usage.service import OVERVIEW_AGE, ModelUsageService
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import NotFound
from peak_app.ports.usage import ModelUse, Tokens
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.fakes.language import ENGINE, FakeLanguage
from tests.held_calls import HeldCalls
from tests.people import register

PRICES = Prices(reply=Rates(1, 10, None, None, 100, 1000), transcription=Rates(minute=0.6))
REPLY = ModelUse("reply", "resp_1", "gpt-realtime-2.1", tokens=Tokens(text_input=30, cached_text=10, audio_output=2))
HEARD = ModelUse("transcription", "item_1", "gpt-transcribe", seconds=30.0)
LOST = ModelUse("reply", "resp_2", "gpt-realtime-2.1", "lost")


class Desk:
    """One person and what their calls took; the bridge writes as the worker role, pages read as the web role."""

    def __init__(self, held: HeldCalls) -> None:
        self.held = held
        self.user_id = held.user_id
        self.clock = FakeClock()
        self.ledger = ModelUsageService(held.worker_sessions, PRICES, self.clock)
        self.shown = ModelUsageService(held.sessions, PRICES, self.clock)
        self.language = FakeLanguage(cost_usd=0.25)
        self.pipeline = InsightService(held.worker_sessions, self.language, self.clock)

    def hold(self, *uses: ModelUse) -> UUID:
        meeting_id = self.held.hold()
        for use in uses:
            self.ledger.note(self.user_id, meeting_id, "a1.", use)
        return meeting_id

    def make(self, meeting_id: UUID, *names: str) -> None:
        steps: dict[str, Callable[[UUID, UUID], StepFacts]] = {
            TRANSCRIPT: self.pipeline.make_transcript,
            SUMMARY: self.pipeline.make_summary,
            SEARCH_INDEX: self.pipeline.make_search_index,
        }
        for name in names:
            step = steps[name](self.user_id, meeting_id)
            self.pipeline.note_step_done(self.user_id, meeting_id, name, step, run_id="run", duration_ms=1)

    def rows(self) -> list[ModelUsage]:
        with self.held.sessions.for_user(self.user_id) as session:
            return list(session.exec(select(ModelUsage)).all())


@pytest.fixture
def desk(held: HeldCalls) -> Desk:
    return Desk(held)


def test_a_repeat_counts_once_and_the_same_number_on_another_connection_is_another(desk: Desk):
    meeting_id = desk.hold(REPLY, REPLY)
    desk.ledger.note(desk.user_id, meeting_id, "b2.", REPLY)

    (total,) = desk.shown.bill_of_meeting(desk.user_id, meeting_id).totals

    assert (total.requests, total.read, total.cached, total.written) == (2, 60, 20, 4)
    assert total.cost_usd == Decimal("0.00406")


def test_a_meeting_tells_what_its_call_its_results_and_its_questions_took(desk: Desk):
    meeting_id = desk.hold(REPLY, HEARD)
    desk.make(meeting_id, TRANSCRIPT, SUMMARY, SEARCH_INDEX)
    AskService(desk.held.sessions, desk.language, desk.clock).ask(desk.user_id, meeting_id, "What was hard?")

    bill = desk.shown.bill_of_meeting(desk.user_id, meeting_id)

    kinds = {total.kind: (total.model, total.requests) for total in bill.totals}
    assert kinds == {
        "reply": ("gpt-realtime-2.1", 1),
        "transcription": ("gpt-transcribe", 1),
        "search": (ENGINE, 1),
        "answer": (ENGINE, 1),
        SUMMARY: (ENGINE, 1),
        SEARCH_INDEX: (ENGINE, 1),
    }
    # Four requests of the text model at 0.25, half a minute of transcription, and the answer.
    assert bill.is_whole
    assert bill.cost_usd == Decimal("1.00") + Decimal("0.3") + Decimal("0.00203")


def test_what_nobody_priced_or_counted_makes_the_sum_a_part(desk: Desk):
    bill = desk.shown.bill_of_meeting(desk.user_id, desk.hold(REPLY, LOST))

    (total,) = bill.totals
    assert (total.requests, total.uncounted, total.cost_usd) == (2, 1, None)
    assert not bill.is_whole


def test_what_was_used_stays_used_when_a_meeting_is_deleted_as_ids_and_counts(desk: Desk):
    meeting_id = desk.hold(REPLY)
    DeletionService(desk.held.sessions, desk.clock).delete_meeting(desk.user_id, meeting_id)

    (row,) = desk.rows()

    texts = {name: value for name, value in row.model_dump().items() if isinstance(value, str)}
    assert texts == {
        "key": f"{meeting_id}:reply:a1.resp_1",
        "kind": "reply",
        "source_id": "resp_1",
        "model": "gpt-realtime-2.1",
        "status": "completed",
    }


def test_nobody_sees_or_changes_what_others_took(desk: Desk):
    meeting_id = desk.hold(REPLY)
    stranger = register(desk.held.sessions, "stranger@example.org").user_id

    with pytest.raises(NotFound):
        desk.shown.bill_of_meeting(stranger, meeting_id)
    with desk.held.sessions.for_user(stranger) as session:
        assert session.exec(select(ModelUsage)).all() == []
    forged = ModelUsage(
        owner_id=desk.user_id, key="x", kind="reply", source_id="x", model="", status="completed", is_counted=True
    )
    with pytest.raises(DBAPIError), desk.held.worker_sessions.for_user(stranger) as session:
        session.add(forged)
    with pytest.raises(DBAPIError), desk.held.sessions.for_user(desk.user_id) as session:
        session.exec(select(ModelUsage)).one().audio_output = 0


def test_the_operator_sees_the_last_weeks_of_everyone_and_no_one_else_does(desk: Desk, database: ScratchDatabase):
    operator = register(desk.held.sessions, "operator@example.org").user_id
    with database.server.superuser(DATABASE) as connection:
        connection.execute("update installation set operator_id = %s", (operator,))
    desk.hold(HEARD)
    desk.clock.at += OVERVIEW_AGE + timedelta(minutes=1)
    meeting_id = desk.hold(REPLY)
    desk.make(meeting_id, TRANSCRIPT, SUMMARY)

    totals = {total.kind: total for total in desk.shown.overview(operator).totals}

    assert set(totals) == {"reply", SUMMARY}
    assert (totals["reply"].requests, totals["reply"].read) == (1, 30)
    assert (totals[SUMMARY].model, totals[SUMMARY].cost_usd) == (ENGINE, Decimal("0.25"))
    with pytest.raises(NotFound):
        desk.shown.overview(desk.user_id)
