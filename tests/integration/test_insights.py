"""Results of a meeting, from the journal to the answer, over a real database and a scripted text model."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from peak_app.db.engine import engine
from peak_app.domain.insights.asking import AskService
from peak_app.domain.insights.deliveries import DeliveryService
from peak_app.domain.insights.models import ChatMessage, PipelineStep, SearchChunk
from peak_app.domain.insights.service import InsightService
from peak_app.domain.insights.steps import SEARCH_INDEX, StepFacts
from peak_app.domain.meetings.turns import DelayParts, Turn
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import Conflict, NotFound
from peak_app.i18n.catalogue import t
from peak_app.ports.language import CitedText, MeetingSummary, MeetingText
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.fakes.ears import FakeEars, no_recording
from tests.fakes.language import ENGINE, FakeLanguage
from tests.held_calls import WORDS, HeldCalls
from tests.people import register


class Desk:
    """The pipeline's service and the page's, with one text model."""

    def __init__(self, held: HeldCalls, language: FakeLanguage | None = None) -> None:
        self.language = language or FakeLanguage()
        self.held = held
        self.user_id = held.user_id
        self.clock = FakeClock()
        self.pipeline = InsightService(held.worker_sessions, self.language, self.clock)
        self.deliveries = DeliveryService(held.worker_sessions, FakeEars(), no_recording, self.clock)
        self.page = InsightService(held.sessions, self.language, self.clock)
        self.asking = AskService(held.sessions, self.language, self.clock)

    def make_all(self, meeting_id: UUID) -> list[StepFacts]:
        made = [
            make(self.user_id, meeting_id)
            for make in (
                self.pipeline.make_transcript,
                self.pipeline.make_summary,
                self.deliveries.make_delivery,
                self.pipeline.make_search_index,
            )
        ]
        self.pipeline.note_step_done(self.user_id, meeting_id, SEARCH_INDEX, made[-1], run_id="run-1", duration_ms=12)
        return made


@pytest.fixture
def desk(held: HeldCalls) -> Desk:
    return Desk(held)


def test_a_meeting_becomes_transcript_summary_numbers_and_index(desk: Desk):
    meeting_id = desk.held.hold()

    transcript, summary, delivery, index = desk.make_all(meeting_id)
    results = desk.page.get_results(desk.user_id, meeting_id)

    assert [(line.speaker, line.text) for line in results.lines] == list(WORDS)
    assert results.summary is not None
    assert len(results.summary.questions) == 3
    assert results.summary_engine == ENGINE
    assert results.delivery is not None
    assert results.delivery.question_count == 2
    assert results.delivery.reply_delay_p50_ms == 700
    assert results.is_searchable
    assert transcript.facts["lines"] == index.facts["chunks"] == 6
    assert delivery.facts["has_speech"] is True
    assert summary.facts["engine"] == ENGINE


def test_facts_of_steps_hold_no_words_of_the_meeting(desk: Desk):
    made = desk.make_all(desk.held.hold())

    spoken = {word.strip(".,?").lower() for _, text in WORDS for word in text.split() if len(word) > 5}
    told = " ".join(str(value).lower() for step in made for value in step.facts.values())
    assert not [word for word in spoken if word in told]


def test_a_second_run_makes_nothing_anew(desk: Desk):
    meeting_id = desk.held.hold()
    desk.make_all(meeting_id)
    asked = len(desk.language.summarized), len(desk.language.embedded)

    again = desk.make_all(meeting_id)

    assert all(step.is_unchanged for step in again)
    assert (len(desk.language.summarized), len(desk.language.embedded)) == asked


def test_another_model_makes_the_summary_and_the_index_anew(desk: Desk):
    meeting_id = desk.held.hold()
    desk.make_all(meeting_id)

    other = Desk(desk.held, FakeLanguage(version="fake-2"))
    transcript, summary, delivery, index = other.make_all(meeting_id)

    assert (transcript.is_unchanged, delivery.is_unchanged) == (True, True)
    assert (summary.is_unchanged, index.is_unchanged) == (False, False)


def test_a_journal_that_changed_changes_everything(desk: Desk):
    meeting_id = desk.held.start(WORDS[:2])
    desk.make_all(meeting_id)
    desk.held.calls.save_turn(desk.user_id, meeting_id, _late_turn("One thing more about the backfill."))

    again = desk.make_all(meeting_id)

    assert not any(step.is_unchanged for step in again)
    assert len(desk.page.get_results(desk.user_id, meeting_id).lines) == 3
    with desk.held.worker_sessions.for_user(desk.user_id) as session:
        chunks = session.exec(select(SearchChunk.line_id).where(SearchChunk.meeting_id == meeting_id)).all()
    assert sorted(chunks) == ["L1", "L2", "L3"]


def test_the_report_says_where_the_time_of_each_reply_went_and_who_was_cut_off(desk: Desk):
    meeting_id = desk.held.start(WORDS[:2])
    parts = DelayParts(endpointing=450, recognition=0, model=120, synthesis=90, transport=20)
    for turn in (
        Turn("cut", "candidate", "And then I", start_ms=20_000, end_ms=24_000, was_cut_off=True),
        Turn("reply", "agent", "I see.", start_ms=24_700, end_ms=26_000, reply_delay_ms=680, delay_parts=parts),
        Turn("jump", "agent", "And so?", start_ms=26_500, end_ms=27_000, reply_delay_ms=-5),
    ):
        desk.held.calls.save_turn(desk.user_id, meeting_id, turn)

    _, _, delivery, _ = desk.make_all(meeting_id)
    results = desk.page.get_results(desk.user_id, meeting_id)

    assert results.delivery is not None
    assert results.delivery.cut_off_line_ids == ["L3"]
    assert [(reply.line_id, reply.total_ms, reply.parts) for reply in results.latency.replies] == [
        ("L1", 700, None),
        ("L4", 680, parts),
    ]
    assert results.latency.parts["endpointing"].p95_ms == 450
    assert (results.delivery.reply_delay_p50_ms, delivery.facts["cut_offs"]) == (680, 1)


def test_another_measure_of_a_reply_makes_the_numbers_anew(desk: Desk):
    meeting_id = desk.held.start(WORDS[:2])
    turn = Turn("reply", "agent", "I see.", start_ms=24_700, end_ms=26_000, reply_delay_ms=680)
    desk.held.calls.save_turn(desk.user_id, meeting_id, turn)
    desk.make_all(meeting_id)
    desk.held.calls.save_turn(desk.user_id, meeting_id, replace(turn, delay_parts=DelayParts(400, 0, 200, 60, 20)))

    _, _, delivery, _ = desk.make_all(meeting_id)

    assert not delivery.is_unchanged
    assert desk.page.get_results(desk.user_id, meeting_id).latency.parts["model"].p50_ms == 200


def test_what_nobody_heard_is_kept_and_reaches_neither_model_nor_index_nor_numbers(desk: Desk):
    meeting_id = desk.held.start(WORDS[:2])
    cut = Turn("cut", "agent", "Tell me", start_ms=20_000, end_ms=21_000, unheard_text="um, about zeppelins, you know?")
    desk.held.calls.save_turn(desk.user_id, meeting_id, cut)
    heard_only = desk.make_all(desk.held.start([*WORDS[:2], ("agent", "Tell me")]))

    made = desk.make_all(meeting_id)
    results = desk.page.get_results(desk.user_id, meeting_id)
    indexed = list(desk.language.embedded)
    desk.asking.ask(desk.user_id, meeting_id, "What about the zeppelins?")

    assert results.lines[2].unheard_text == "um, about zeppelins, you know?"
    assert results.delivery is not None
    assert (results.delivery.question_count, results.delivery.interrupted_count) == (0, 1)
    assert {**made[0].facts, "input": ""} == {**heard_only[0].facts, "input": ""}
    shown = [line.text for meeting in (*desk.language.summarized, *desk.language.asked) for line in meeting.lines]
    assert shown
    assert indexed
    assert not [text for text in (*shown, *indexed) if "zeppelin" in text]


def test_a_silent_meeting_has_results_that_say_so_and_asks_no_model(desk: Desk):
    meeting_id = desk.held.hold([])

    desk.make_all(meeting_id)
    results = desk.page.get_results(desk.user_id, meeting_id)
    answer = desk.asking.ask(desk.user_id, meeting_id, "What did I say?")

    assert results.has_transcript
    assert results.delivery is not None
    assert not results.delivery.has_speech
    assert results.summary == MeetingSummary(overview=[], questions=[], strengths=[], next_steps=[])
    assert (answer.text, answer.is_found) == (t("ask.nothing_said"), False)
    assert desk.language.summarized == desk.language.asked == []


def test_a_meeting_in_which_only_the_agent_spoke_is_not_summed_up(desk: Desk):
    meeting_id = desk.held.hold([WORDS[0], WORDS[2]])

    desk.make_all(meeting_id)

    results = desk.page.get_results(desk.user_id, meeting_id)
    assert results.summary == MeetingSummary(overview=[], questions=[], strengths=[], next_steps=[])
    assert results.summary_engine == ""
    assert desk.language.summarized == []


def test_what_a_model_makes_up_does_not_get_into_the_summary(held: HeldCalls):
    def invent(_meeting: MeetingText) -> MeetingSummary:
        true = CitedText(text="You led a migration.", line_ids=["L2"])
        return MeetingSummary(
            overview=[true, CitedText(text="You won a prize.", line_ids=["L77"])],
            questions=[],
            strengths=[CitedText(text="You said “I never make any mistakes”.", line_ids=["L2"])],
            next_steps=[CitedText(text="Rest.", line_ids=[])],
        )

    desk = Desk(held, FakeLanguage(summary=invent))
    meeting_id = held.hold()

    summary = desk.make_all(meeting_id)[1]
    kept = desk.page.get_results(desk.user_id, meeting_id).summary

    assert summary.facts["dropped"] == 3
    assert kept == MeetingSummary(
        overview=[CitedText(text="You led a migration.", line_ids=["L2"])], questions=[], strengths=[], next_steps=[]
    )


def test_no_transaction_is_open_while_a_model_is_waited_for(held: HeldCalls, database: ScratchDatabase):
    in_use: list[int] = []

    def look() -> None:
        in_use.extend(engine(url).pool.checkedout() for url in (database.worker_url, database.web_url))  # pyright: ignore[reportAttributeAccessIssue]

    desk = Desk(held, FakeLanguage(before_call=look))
    meeting_id = held.hold()
    desk.make_all(meeting_id)
    desk.asking.ask(desk.user_id, meeting_id, "How did I verify the result?")

    assert in_use == [0] * len(in_use)
    assert len(in_use) == 2 * 4


def test_a_summary_without_a_transcript_is_refused(desk: Desk):
    meeting_id = desk.held.hold()

    with pytest.raises(Conflict):
        desk.pipeline.make_summary(desk.user_id, meeting_id)
    with pytest.raises(Conflict):
        desk.asking.ask(desk.user_id, meeting_id, "What did I say?")


def test_results_of_someone_else_do_not_exist(desk: Desk):
    meeting_id = desk.held.hold()
    desk.make_all(meeting_id)
    stranger = register(desk.held.sessions, "stranger@example.org").user_id

    for use in (
        lambda: desk.page.get_results(stranger, meeting_id),
        lambda: desk.asking.ask(stranger, meeting_id, "What did she say?"),
        lambda: desk.asking.list_messages(stranger, meeting_id),
        lambda: desk.pipeline.make_transcript(stranger, meeting_id),
        lambda: desk.page.get_results(desk.user_id, uuid4()),
    ):
        with pytest.raises(NotFound):
            use()
    assert desk.language.asked == []


def test_a_coach_reads_a_shared_meeting_and_has_a_chat_of_their_own(desk: Desk, database: ScratchDatabase):
    meeting_id = desk.held.hold()
    desk.make_all(meeting_id)
    desk.asking.ask(desk.user_id, meeting_id, "How did I verify it?")
    coach = register(desk.held.sessions, "coach@example.org").user_id
    with database.server.superuser(DATABASE) as connection:
        connection.execute(
            "insert into membership (workspace_id, account_id, role, created_at) values (%s, %s, 'coach', now())",
            (desk.held.person.workspace_id, coach),
        )
        connection.execute("update meeting set is_shared = true where id = %s", (meeting_id,))

    answer = desk.asking.ask(coach, meeting_id, "What about the backfill of forty million rows?")

    assert answer.claims[0]["citations"][0]["line_id"] == "L4"
    assert len(desk.page.get_results(coach, meeting_id).lines) == 6
    assert [message.owner_id for message in desk.asking.list_messages(coach, meeting_id)] == [coach, coach]
    assert [message.owner_id for message in desk.asking.list_messages(desk.user_id, meeting_id)] == [desk.user_id] * 2


def test_a_failed_step_is_noted_and_a_later_success_replaces_it(desk: Desk):
    meeting_id = desk.held.hold()
    desk.pipeline.note_step_failed(
        desk.user_id, meeting_id, "summary", "The text model is busy. " * 40, run_id="run-1", duration_ms=5
    )
    (failed,) = desk.page.get_results(desk.user_id, meeting_id).steps

    desk.pipeline.note_step_done(
        desk.user_id, meeting_id, "summary", StepFacts({"sentences": 3}), run_id="run-2", duration_ms=7
    )
    (done,) = desk.page.get_results(desk.user_id, meeting_id).steps

    assert (failed.is_done, len(failed.reason) <= 300) == (False, True)
    assert (done.is_done, done.reason, done.run_id) == (True, "", "run-2")
    assert done.facts == {"sentences": 3, "unchanged": False}


def test_a_step_of_a_meeting_that_was_deleted_is_noted_nowhere(desk: Desk):
    desk.pipeline.note_step_done(desk.user_id, uuid4(), "summary", StepFacts(), run_id="r", duration_ms=1)

    with desk.held.worker_sessions.for_user(desk.user_id) as session:
        assert session.exec(select(PipelineStep)).all() == []


def test_the_order_of_a_chat_holds_on_a_clock_that_stands_still(desk: Desk):
    meeting_id = desk.held.hold()
    desk.make_all(meeting_id)
    for question in ("One?", "Two?", "Three?"):
        desk.asking.ask(desk.user_id, meeting_id, question)
        desk.clock.pass_time(seconds=1)

    messages: list[ChatMessage] = list(desk.asking.list_messages(desk.user_id, meeting_id))

    assert [message.text for message in messages if message.role == "user"] == ["One?", "Two?", "Three?"]
    assert [message.role for message in messages] == ["user", "assistant"] * 3


def _late_turn(text: str) -> Turn:
    return Turn(item_id="late", speaker="candidate", text=text, start_ms=90_000, end_ms=95_000)
