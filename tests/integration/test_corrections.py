"""Lines corrected by their owner: what was heard is kept, and everything made from lines follows."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from peak_app.domain.insights.corrections import CORRECTED_PER_MINUTE, LINE_LIMIT, TRANSCRIPT_LIMIT, CorrectionService
from peak_app.domain.insights.models import Correction, SearchChunk
from peak_app.domain.insights.service import InsightService
from peak_app.domain.insights.steps import RECORDING, SCORECARD, SEARCH_INDEX, SUMMARY, TRANSCRIPT, USAGE
from peak_app.domain.meetings.models import Meeting, Utterance
from peak_app.domain.scorecards.service import ScorecardService
from peak_app.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from tests.fakes.clock import FakeClock
from tests.fakes.language import FakeLanguage
from tests.held_calls import WORDS, HeldCalls
from tests.people import register

SAID = "Um, I led the migration of our building service to PostgreSQL."
MADE = (TRANSCRIPT, SUMMARY, SCORECARD, SEARCH_INDEX)


@dataclass
class Desk:
    held: HeldCalls
    clock: FakeClock = field(default_factory=FakeClock)
    language: FakeLanguage = field(default_factory=FakeLanguage)

    def __post_init__(self) -> None:
        self.user_id = self.held.user_id
        self.insights = InsightService(self.held.worker_sessions, self.language, self.clock)
        self.scorecards = ScorecardService(self.held.worker_sessions, self.language, self.clock)
        self.page = CorrectionService(self.held.sessions, self.clock)

    def make_all(self, meeting_id: UUID) -> None:
        """As the pipeline does, a second for each step."""
        make = {
            TRANSCRIPT: self.insights.make_transcript,
            SUMMARY: self.insights.make_summary,
            SCORECARD: self.scorecards.make_scorecard,
            SEARCH_INDEX: self.insights.make_search_index,
        }
        for name in MADE:
            step = make[name](self.user_id, meeting_id)
            self.clock.pass_time(seconds=1)
            self.insights.note_step_done(self.user_id, meeting_id, name, step, run_id="run-1", duration_ms=1000)
        for name in (USAGE, RECORDING):
            self.insights.note_step_done(self.user_id, meeting_id, name, step, run_id="run-1", duration_ms=0)
        self.clock.pass_time(minutes=1)

    def complete(self) -> UUID:
        meeting_id = self.held.hold()
        self.make_all(meeting_id)
        self.held.meetings.complete_meeting(self.user_id, meeting_id)
        return meeting_id

    def correct(self, meeting_id: UUID, line_id: object = "L2", text: object = SAID) -> None:
        self.page.correct_line(self.user_id, meeting_id, line_id, text)

    def counting_scorecard(self, meeting_id: UUID) -> UUID:
        scorecard = self.scorecards.get_scorecard(self.user_id, meeting_id)
        assert scorecard is not None
        return scorecard.scorecard_id

    def outdated(self, meeting_id: UUID) -> set[str]:
        return set(self.insights.get_results(self.user_id, meeting_id).outdated_steps)


@pytest.fixture
def desk(held: HeldCalls) -> Desk:
    return Desk(held)


def test_a_corrected_line_says_what_was_really_said_and_keeps_what_was_heard(desk: Desk):
    meeting_id = desk.complete()

    desk.correct(meeting_id, text=f"  {SAID}\n")

    lines = desk.insights.get_results(desk.user_id, meeting_id).lines
    assert (lines[1].text, lines[1].original_text) == (SAID, WORDS[1][1])
    assert [line.original_text for line in lines if line.id != "L2"] == [""] * 5
    with desk.held.sessions.for_user(desk.user_id) as session:
        journal = session.exec(select(Utterance.text).where(Utterance.meeting_id == meeting_id)).all()
    assert WORDS[1][1] in journal
    assert SAID not in journal


def test_what_was_made_from_the_old_words_is_outdated_until_it_is_made_again(desk: Desk):
    meeting_id = desk.complete()
    assert desk.outdated(meeting_id) == set()

    desk.correct(meeting_id)
    assert desk.outdated(meeting_id) == {SUMMARY, SCORECARD, SEARCH_INDEX}

    desk.clock.pass_time(seconds=1)
    desk.make_all(meeting_id)
    assert desk.outdated(meeting_id) == set()


def test_every_reader_of_lines_gets_the_corrected_words(desk: Desk):
    meeting_id = desk.complete()
    desk.correct(meeting_id)

    desk.make_all(meeting_id)

    read = [line.text for line in desk.language.summarized[-1].lines]
    assert SAID in read
    assert WORDS[1][1] not in read
    with desk.held.worker_sessions.for_user(desk.user_id) as session:
        chunks = session.exec(select(SearchChunk.text).where(SearchChunk.meeting_id == meeting_id)).all()
    assert SAID in chunks
    assert WORDS[1][1] not in chunks


def test_a_correction_outlives_another_run_of_the_transcript(desk: Desk):
    meeting_id = desk.complete()
    desk.correct(meeting_id)

    again = desk.insights.make_transcript(desk.user_id, meeting_id)

    assert again.is_unchanged
    assert again.facts["corrected_lines"] == 1
    assert desk.insights.get_results(desk.user_id, meeting_id).lines[1].text == SAID


def test_the_words_that_were_heard_take_a_correction_back(desk: Desk):
    meeting_id = desk.complete()
    desk.correct(meeting_id)
    desk.make_all(meeting_id)

    desk.correct(meeting_id, text=WORDS[1][1])

    line = desk.insights.get_results(desk.user_id, meeting_id).lines[1]
    assert (line.text, line.original_text) == (WORDS[1][1], "")
    assert SUMMARY in desk.outdated(meeting_id)


def test_scores_of_the_old_words_count_again_when_a_correction_is_taken_back(desk: Desk):
    meeting_id = desk.complete()
    first = desk.counting_scorecard(meeting_id)
    desk.correct(meeting_id)
    desk.make_all(meeting_id)
    corrected = desk.counting_scorecard(meeting_id)

    desk.correct(meeting_id, text=WORDS[1][1])
    desk.make_all(meeting_id)

    assert corrected != first
    assert desk.counting_scorecard(meeting_id) == first


def test_a_line_that_stays_as_it_is_makes_nothing_outdated(desk: Desk):
    meeting_id = desk.complete()
    desk.correct(meeting_id, text=f" {WORDS[1][1]} ")
    assert desk.outdated(meeting_id) == set()


def test_both_speakers_lines_can_be_corrected(desk: Desk):
    meeting_id = desk.complete()
    desk.correct(meeting_id, "L1", "Tell me about a project you were proud of.")
    desk.correct(meeting_id, "L2")
    lines = desk.insights.get_results(desk.user_id, meeting_id).lines
    assert [bool(line.original_text) for line in lines[:3]] == [True, True, False]


@pytest.mark.parametrize("text", ["", " \n ", None, 7, ["x"], "\u202e", "x" * (LINE_LIMIT + 1)])
def test_words_that_are_none_or_too_many_are_refused(desk: Desk, text: object):
    meeting_id = desk.complete()
    with pytest.raises(InvalidInput):
        desk.correct(meeting_id, text=text)
    assert desk.insights.get_results(desk.user_id, meeting_id).lines[1].text == WORDS[1][1]


def test_a_transcript_grows_by_corrections_to_so_many_characters(desk: Desk):
    length, count = 9_800, TRANSCRIPT_LIMIT // 9_800
    meeting_id = desk.held.hold([("candidate", "x" * length)] * count)
    desk.insights.make_transcript(desk.user_id, meeting_id)
    desk.held.meetings.complete_meeting(desk.user_id, meeting_id)
    room = TRANSCRIPT_LIMIT - length * count
    assert 0 < room <= LINE_LIMIT - length

    desk.correct(meeting_id, "L1", "y" * (length + room))
    with pytest.raises(InvalidInput, match="at most 500,000 characters; with this line it would have 500,001"):
        desk.correct(meeting_id, "L2", "y" * (length + 1))
    desk.correct(meeting_id, "L2", "y" * length)

    lines = desk.insights.get_results(desk.user_id, meeting_id).lines
    assert sum(len(line.text) for line in lines) == TRANSCRIPT_LIMIT


@pytest.mark.parametrize("line_id", ["L7", "L0", "", "l2", None, 2, ["L2"], "L" * 500])
def test_only_lines_that_exist_can_be_corrected(desk: Desk, line_id: object):
    with pytest.raises(NotFound, match=t("refusal.line_missing")):
        desk.correct(desk.complete(), line_id)


def test_a_run_that_writes_the_transcript_takes_turns_with_corrections(desk: Desk):
    meeting_id = desk.complete()
    free: list[UUID] = []

    def look() -> datetime:
        with desk.held.sessions.for_user(desk.user_id) as session:
            free.extend(session.exec(select(Meeting.id).with_for_update(skip_locked=True)).all())
        return desk.clock()

    InsightService(desk.held.worker_sessions, desk.language, look).make_transcript(desk.user_id, meeting_id)

    assert free == []


def test_lines_wait_for_their_meeting_to_be_completed(desk: Desk):
    meeting_id = desk.held.hold()
    desk.make_all(meeting_id)
    with pytest.raises(Conflict, match=t("refusal.not_completed")):
        desk.correct(meeting_id)


def test_nobody_corrects_the_meeting_of_someone_else(desk: Desk):
    meeting_id = desk.complete()
    stranger = register(desk.held.sessions, f"{uuid4().hex}@example.org")
    with pytest.raises(NotFound):
        desk.page.correct_line(stranger.user_id, meeting_id, "L2", SAID)


def test_someone_who_corrects_all_the_time_is_asked_to_wait(desk: Desk):
    meeting_id = desk.complete()
    for number in range(CORRECTED_PER_MINUTE):
        desk.correct(meeting_id, text=f"Words {number}.")
    with pytest.raises(TooManyRequests):
        desk.correct(meeting_id, text="More words.")
    assert desk.insights.get_results(desk.user_id, meeting_id).lines[1].text == f"Words {CORRECTED_PER_MINUTE - 1}."
    desk.clock.pass_time(minutes=1)
    desk.correct(meeting_id, text="More words.")
    assert desk.insights.get_results(desk.user_id, meeting_id).lines[1].text == "More words."


def test_strangers_neither_see_nor_write_corrections(desk: Desk):
    meeting_id = desk.complete()
    desk.correct(meeting_id)
    stranger = register(desk.held.sessions, f"{uuid4().hex}@example.org")
    with desk.held.sessions.for_user(stranger.user_id) as session:
        assert session.exec(select(Correction)).all() == []
    with desk.held.sessions.for_user(desk.user_id) as session:
        assert [row.text for row in session.exec(select(Correction)).all()] == [SAID]


def test_corrections_go_with_their_meeting(desk: Desk):
    meeting_id = desk.complete()
    desk.correct(meeting_id)
    with desk.held.worker_sessions.for_user(desk.user_id) as session:
        session.delete(session.get_one(Meeting, meeting_id))
        session.flush()
        assert session.exec(select(Correction)).all() == []
