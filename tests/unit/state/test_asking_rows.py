"""Answers as the page shows them."""

from datetime import UTC, datetime
from uuid import UUID

from peak_app.domain.insights.answers import AnswerClaim, CitedMoment
from peak_app.domain.insights.models import ChatMessage
from peak_app.state.asking_rows import message_row

MEETING_ID = UUID(int=7)
MOMENT = CitedMoment(
    meeting_id=MEETING_ID,
    line_id="L4",
    quote="The backfill of forty million rows.",
    speaker="candidate",
    start_ms=61_000,
    title="Practice",
    held_at=datetime(2026, 1, 5, 12, tzinfo=UTC),
)


def test_a_quote_says_where_it_was_said_and_leads_there() -> None:
    claim = AnswerClaim(text="You moved many rows.", citations=[MOMENT])
    answer = ChatMessage(owner_id=UUID(int=1), role="assistant", text="", claims=[claim.model_dump(mode="json")])

    row = message_row(answer, UTC)

    (quote,) = row.claims[0].quotes
    assert not row.is_question
    assert (quote.quote, quote.path, quote.at_ms) == (MOMENT.quote, f"/meetings/{MEETING_ID}?line=L4", 61_000)
    assert quote.place.startswith("Practice · ")
    assert quote.place.endswith(" · You · 1:01")


def test_words_that_stand_in_the_sentence_are_not_said_twice() -> None:
    claim = AnswerClaim(text=f"You said: {MOMENT.quote}", citations=[MOMENT])
    answer = ChatMessage(owner_id=UUID(int=1), role="assistant", text="", claims=[claim.model_dump(mode="json")])

    assert message_row(answer, UTC).claims[0].quotes[0].quote == ""


def test_a_question_has_no_engine_and_no_claims() -> None:
    row = message_row(ChatMessage(owner_id=UUID(int=1), role="user", text="What did I say?"), UTC)

    assert (row.is_question, row.text, row.engine, row.claims) == (True, "What did I say?", "", [])
