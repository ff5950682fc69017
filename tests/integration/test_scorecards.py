"""Scorecards of a meeting over a real database and a scripted text model."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from peak_app.db.engine import engine
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.service import AgentService
from peak_app.domain.insights.corrections import CorrectionService
from peak_app.domain.insights.service import InsightService
from peak_app.domain.meetings.turns import Turn
from peak_app.domain.scorecards.models import Scorecard
from peak_app.domain.scorecards.rubric import RubricChoice, checked_rubric
from peak_app.domain.scorecards.service import ScorecardService
from peak_app.domain.scorecards.templates import default_levels, templates
from peak_app.embedded.ai_server.reading.scorecard import NOT_ENGLISH
from peak_app.embedded.ai_server.reading.scorecard import score as score_by_rules
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import Conflict, LanguageUnavailable, NotFound
from peak_app.ports.language import Citation, CriterionScore, Material, MeetingScorecard, ScoringText, Speaker
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.fakes.language import ENGINE, FakeLanguage
from tests.held_calls import ENOUGH_WORDS, WORDS, HeldCalls, turns_of
from tests.people import register

OWN = RubricChoice(
    own=checked_rubric(
        "Our own",
        [{"name": "Databases", "looks_for": "Knows what a backfill is."}, {"name": "Calm", "looks_for": "Is calm."}],
        levels=default_levels(),
    )
)
AGENT = {"name": "Ada", "instructions": "A backend interview about databases."}


class Desk:
    """The pipeline's services and the page's, with one text model."""

    def __init__(self, held: HeldCalls, language: FakeLanguage | None = None) -> None:
        self.held = held
        self.user_id = held.user_id
        self.clock = FakeClock()
        self.language = language or FakeLanguage()
        self.transcripts = InsightService(held.worker_sessions, self.language, self.clock)
        self.pipeline = ScorecardService(held.worker_sessions, self.language, self.clock)
        self.page = ScorecardService(held.sessions, self.language, self.clock)
        self.agents = AgentService(held.sessions, self.clock)

    def hold(self, words: Sequence[tuple[Speaker, str]] = ENOUGH_WORDS) -> UUID:
        meeting_id = self.held.hold(words)
        self.transcripts.make_transcript(self.user_id, meeting_id)
        return meeting_id

    def use(self, rubric: RubricChoice) -> None:
        self.agents.update_agent(self.user_id, self.held.agent_id, rubric=rubric, **AGENT)


@pytest.fixture
def desk(held: HeldCalls) -> Desk:
    return Desk(held)


def test_what_the_agent_had_read_is_known_to_the_scorecard_and_proves_nothing(held: HeldCalls):
    def quoting(meeting: ScoringText) -> MeetingScorecard:
        quote = Citation(line_id=meeting.lines[1].id, quote="Played the xylograph for ten years")
        return MeetingScorecard(
            criteria=[
                CriterionScore(criterion_id=criterion.id, score=5, reason="As the CV says.", quotes=[quote])
                for criterion in meeting.rubric.criteria
            ]
        )

    desk = Desk(held, FakeLanguage(scorecard=quoting))
    cv = Document("CV", "cv", "Played the xylograph for ten years.")
    plain_id = desk.hold()
    plain = desk.pipeline.make_scorecard(desk.user_id, plain_id).facts
    desk.agents.update_agent(desk.user_id, held.agent_id, documents=[cv], **AGENT)
    meeting_id = desk.hold()
    read = desk.pipeline.make_scorecard(desk.user_id, meeting_id).facts

    assert [text.material for text in desk.language.scored] == [
        [],
        [Material(kind="cv", name="CV", text="Played the xylograph for ten years.")],
    ]
    assert read["input"] != plain["input"]
    assert read["scored"] == 0
    scorecard = desk.page.get_scorecard(desk.user_id, meeting_id)
    assert scorecard is not None
    assert all(result.score is None and not result.quotes for result in scorecard.content.results)


def test_a_meeting_gets_a_scorecard_by_the_rubric_that_fits_its_agent(desk: Desk):
    meeting_id = desk.hold()

    step = desk.pipeline.make_scorecard(desk.user_id, meeting_id)
    made = desk.page.get_scorecard(desk.user_id, meeting_id)

    assert made is not None
    assert made.rubric == templates()["software-engineering"].rubric
    assert [result.score for result in made.content.results] == [3] * len(made.rubric.criteria)
    assert (made.engine, made.prompt_version) == (ENGINE, "fake-1")
    assert made.content.stories[0].question_line_id == "L1"
    assert step.facts["scored"] == step.facts["criteria"] == len(made.rubric.criteria)
    assert (step.facts["input_tokens"], step.facts["output_tokens"], step.facts["rubric_version"]) == (20, 8, 1)
    assert desk.language.scored[0].agent_instructions == AGENT["instructions"]


def test_facts_of_the_step_hold_no_words_of_the_meeting_or_the_rubric(desk: Desk):
    desk.use(OWN)
    step = desk.pipeline.make_scorecard(desk.user_id, desk.hold())

    spoken = {word.strip(".,?").lower() for _, text in ENOUGH_WORDS for word in text.split() if len(word) > 5}
    told = " ".join(str(value).lower() for value in step.facts.values())
    assert not [word for word in spoken | {"our own", "databases", "calm"} if word in told]


def test_nothing_a_model_makes_up_is_ever_stored(held: HeldCalls, database: ScratchDatabase):
    def invent(meeting: ScoringText) -> MeetingScorecard:
        false = [Citation(line_id="L2", quote="I saved the company"), Citation(line_id="L1", quote="Tell me about a")]
        return MeetingScorecard(
            criteria=[
                CriterionScore(
                    criterion_id=criterion.id, score=5, reason="You said “I saved the company”.", quotes=false
                )
                for criterion in meeting.rubric.criteria
            ]
        )

    desk = Desk(held, FakeLanguage(scorecard=invent))
    meeting_id = desk.hold()

    step = desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    with database.server.superuser(DATABASE) as connection:
        (stored,) = connection.execute("select content::text from scorecard").fetchone() or ("",)
    assert "saved the company" not in stored
    assert step.facts["scored"] == 0
    made = desk.page.get_scorecard(desk.user_id, meeting_id)
    assert made is not None
    assert {result.score for result in made.content.results} == {None}


def test_a_second_run_makes_nothing_anew(desk: Desk):
    meeting_id = desk.hold()
    first = desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    again = desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    assert (first.is_unchanged, again.is_unchanged) == (False, True)
    assert len(desk.language.scored) == len(desk.page.list_scorecards(desk.user_id, meeting_id)) == 1
    assert again.facts.items() <= first.facts.items()


def test_a_meeting_is_scored_by_the_rubric_it_was_held_with(desk: Desk):
    meeting_id = desk.hold()
    desk.use(OWN)

    desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    made = desk.page.get_scorecard(desk.user_id, meeting_id)
    assert made is not None
    assert made.rubric == templates()["software-engineering"].rubric


def test_scoring_by_a_new_rubric_keeps_the_old_scores_to_compare(desk: Desk):
    meeting_id = desk.hold()
    desk.pipeline.make_scorecard(desk.user_id, meeting_id)
    desk.clock.pass_time(seconds=60)
    desk.use(OWN)

    desk.pipeline.make_scorecard(desk.user_id, meeting_id, is_newest_rubric=True)

    now, before = desk.page.list_scorecards(desk.user_id, meeting_id)
    assert now.rubric == OWN.own
    assert [result.criterion_id for result in now.content.results] == ["own-1", "own-2"]
    assert before.rubric == templates()["software-engineering"].rubric
    assert desk.page.get_scorecard(desk.user_id, meeting_id) == now


def test_going_back_to_a_rubric_asks_no_model_again_and_its_scores_count_again(desk: Desk):
    meeting_id = desk.hold()
    desk.pipeline.make_scorecard(desk.user_id, meeting_id)
    desk.use(OWN)
    desk.clock.pass_time(seconds=60)
    desk.pipeline.make_scorecard(desk.user_id, meeting_id, is_newest_rubric=True)
    desk.clock.pass_time(seconds=60)
    repeated = desk.pipeline.make_scorecard(desk.user_id, meeting_id)
    newest = desk.page.get_scorecard(desk.user_id, meeting_id)

    desk.use(RubricChoice())
    back = desk.pipeline.make_scorecard(desk.user_id, meeting_id, is_newest_rubric=True)

    assert repeated.is_unchanged
    assert newest is not None
    assert newest.rubric == OWN.own, "a mere repetition changes nothing of what counts"
    assert back.is_unchanged
    made = desk.page.get_scorecard(desk.user_id, meeting_id)
    assert made is not None
    assert made.rubric == templates()["software-engineering"].rubric
    assert len(desk.language.scored) == 2


def test_a_deleted_agent_still_has_its_rubric(desk: Desk):
    meeting_id = desk.hold()
    desk.use(OWN)
    desk.agents.delete_agent(desk.user_id, desk.held.agent_id)

    desk.pipeline.make_scorecard(desk.user_id, meeting_id, is_newest_rubric=True)

    made = desk.page.get_scorecard(desk.user_id, meeting_id)
    assert made is not None
    assert made.rubric == OWN.own


def test_another_model_and_another_transcript_make_another_scorecard(desk: Desk):
    meeting_id = desk.hold()
    desk.pipeline.make_scorecard(desk.user_id, meeting_id)
    Desk(desk.held, FakeLanguage(version="fake-2")).pipeline.make_scorecard(desk.user_id, meeting_id)
    late = Turn(item_id="late", speaker="candidate", text="One thing more.", start_ms=90_000, end_ms=95_000)
    desk.held.calls.save_turn(desk.user_id, meeting_id, late)
    desk.transcripts.make_transcript(desk.user_id, meeting_id)

    desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    assert len(desk.page.list_scorecards(desk.user_id, meeting_id)) == 3


@pytest.mark.parametrize("words", [[], WORDS[:2], [("candidate", "Yes."), ("agent", "Why?"), ("candidate", "Hm.")]])
def test_when_too_little_was_said_no_model_is_asked_and_there_is_no_number(
    desk: Desk, words: list[tuple[Speaker, str]]
):
    meeting_id = desk.hold(words)

    step = desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    made = desk.page.get_scorecard(desk.user_id, meeting_id)
    assert desk.language.scored == []
    assert made is not None
    assert (made.engine, made.content.coverage.gap, step.facts["gap"]) == ("", "little", "little")
    assert {result.score for result in made.content.results} == {None}


@pytest.mark.parametrize("heard", ["You", "Thank you.", "you you"])
def test_silence_that_a_recogniser_took_for_words_gives_no_number(desk: Desk, heard: str):
    meeting_id = desk.held.start([])
    for number in range(30):
        start_ms = number * 60_000
        desk.held.calls.save_turn(
            desk.user_id, meeting_id, Turn(f"q{number}", "agent", "Why?", start_ms=start_ms, end_ms=start_ms + 900)
        )
        desk.held.calls.save_turn(
            desk.user_id,
            meeting_id,
            Turn(f"a{number}", "candidate", heard, start_ms=start_ms + 2_000, end_ms=start_ms + 40_000),
        )
    desk.transcripts.make_transcript(desk.user_id, meeting_id)

    desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    made = desk.page.get_scorecard(desk.user_id, meeting_id)
    assert made is not None
    assert (desk.language.scored, made.content.coverage.gap, made.content.stories) == ([], "little", [])


def test_speech_that_was_hardly_understood_gives_no_number_and_says_why(desk: Desk):
    meeting_id = desk.held.start(ENOUGH_WORDS)
    for number in range(3):
        start_ms = 100_000 + number * 60_000
        noise = Turn(
            f"noise{number}", "candidate", "something about it then", start_ms=start_ms, end_ms=start_ms + 50_000
        )
        desk.held.calls.save_turn(desk.user_id, meeting_id, noise)
    desk.transcripts.make_transcript(desk.user_id, meeting_id)

    desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    made = desk.page.get_scorecard(desk.user_id, meeting_id)
    assert made is not None
    assert (desk.language.scored, made.content.coverage.gap) == ([], "unclear")


def test_words_the_recogniser_was_unsure_of_give_no_number_until_they_are_corrected_or_confirmed(desk: Desk):
    meeting_id = desk.held.start(ENOUGH_WORDS)
    for turn in turns_of(ENOUGH_WORDS):
        if turn.speaker == "candidate":
            desk.held.calls.save_turn(desk.user_id, meeting_id, replace(turn, confidence=0.4))
    desk.held.calls.end_call(desk.user_id, meeting_id, "ended_by_person")
    desk.transcripts.make_transcript(desk.user_id, meeting_id)
    desk.held.meetings.complete_meeting(desk.user_id, meeting_id)

    desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    unsure = desk.page.get_scorecard(desk.user_id, meeting_id)
    assert unsure is not None
    assert (desk.language.scored, unsure.content.coverage.gap) == ([], "doubtful")

    corrections = CorrectionService(desk.held.sessions, desk.clock)
    doubtful = [line for line in desk.transcripts.get_results(desk.user_id, meeting_id).lines if line.is_doubtful]
    for line, said in zip(doubtful, ["", "", "", "", " Yes."], strict=True):
        corrections.correct_line(desk.user_id, meeting_id, line.id, line.text + said)
    desk.clock.pass_time(seconds=1)
    desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    sure = desk.page.get_scorecard(desk.user_id, meeting_id)
    assert sure is not None
    assert (sure.content.coverage.gap, sure.content.coverage.certainty) == (None, 1.0)
    assert [result.score for result in sure.content.results] == [3] * len(sure.rubric.criteria)


GERMAN = """
    Letztes Jahr habe ich mit drei Kollegen die Abrechnung neu geschrieben, weil sie zu langsam war, und danach war
    alles viel schneller und niemand hat sich mehr bei uns beschwert, das war ein schönes Gefühl für uns.
"""
CHINESE = "去年我和三个同事一起重写了结算系统。我负责数据库的部分。每天晚上我们比较两个系统的结果。" * 2


@pytest.mark.parametrize(
    ("question", "answer"),
    [("Erzählen Sie von einem Projekt.", GERMAN), ("请介绍一个项目。", CHINESE)],
    ids=["German", "Chinese"],
)
def test_other_languages_are_left_to_a_model_which_may_score_them(held: HeldCalls, question: str, answer: str):
    talk: list[tuple[Speaker, str]] = [("agent", question), ("candidate", answer)] * 2
    by_rules, by_model = Desk(held, FakeLanguage(scorecard=score_by_rules)), Desk(held, FakeLanguage(version="fake-2"))
    meeting_id = by_rules.hold(talk)

    by_rules.pipeline.make_scorecard(held.user_id, meeting_id)
    by_model.pipeline.make_scorecard(held.user_id, meeting_id)

    judged, counted = by_model.page.list_scorecards(held.user_id, meeting_id)
    assert {(result.score, result.remark) for result in counted.content.results} == {(None, NOT_ENGLISH)}
    assert {result.score for result in judged.content.results} == {3}
    assert counted.content.stories == judged.content.stories == []


def test_a_hundred_thousand_words_are_scored_the_same_twice_and_every_quote_stands(held: HeldCalls):
    story = (
        "Last year I was responsible for order {n}. I wrote a test for it because nobody knew why it had failed, and I "
        "spoke to the two people who had built it. As a result the page went from nine seconds to {n}. "
    )
    talk: list[tuple[Speaker, str]] = []
    for number in range(250):
        talk.append(("agent", f"Tell me about a time you changed order {number}."))
        talk.append(("candidate", story.format(n=number) * 10))
    desk = Desk(held, FakeLanguage(scorecard=score_by_rules))
    again = Desk(held, FakeLanguage(scorecard=score_by_rules, version="fake-2"))
    meeting_id = desk.hold(talk)

    desk.pipeline.make_scorecard(desk.user_id, meeting_id)
    again.pipeline.make_scorecard(desk.user_id, meeting_id)

    second, first = desk.page.list_scorecards(desk.user_id, meeting_id)
    assert first.content.coverage.words > 100_000
    assert second.content == first.content
    results = {result.criterion_id: result for result in first.content.results}
    assert results["reasons"].score == 5
    said = {f"L{number}": text for number, (_, text) in enumerate(talk, start=1)}
    quotes = [quote for result in results.values() for quote in result.quotes]
    assert quotes
    assert all(quote.quote in said[quote.line_id] for quote in quotes)


def test_asides_and_what_nobody_heard_reach_no_model(desk: Desk):
    meeting_id = desk.held.start(ENOUGH_WORDS)
    for turn in (
        Turn("aside", "candidate", "Mm-hm.", start_ms=90_000, end_ms=90_400),
        Turn("cut", "agent", "Tell me", start_ms=91_000, end_ms=92_000, unheard_text="about zeppelins"),
    ):
        desk.held.calls.save_turn(desk.user_id, meeting_id, turn)
    desk.transcripts.make_transcript(desk.user_id, meeting_id)

    desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    shown = [line.text for line in desk.language.scored[0].lines]
    assert shown == [*(text for _, text in ENOUGH_WORDS), "Tell me"]


def test_a_scorecard_without_a_transcript_is_refused_and_a_failure_keeps_nothing(held: HeldCalls):
    desk = Desk(held, FakeLanguage(failures=[LanguageUnavailable("The text model is busy.")]))
    with pytest.raises(Conflict):
        desk.pipeline.make_scorecard(desk.user_id, held.hold())

    meeting_id = desk.hold()
    with pytest.raises(LanguageUnavailable):
        desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    assert desk.page.get_scorecard(desk.user_id, meeting_id) is None


def test_no_transaction_is_open_while_a_model_is_waited_for(held: HeldCalls, database: ScratchDatabase):
    in_use: list[int] = []

    def look() -> None:
        in_use.extend(engine(url).pool.checkedout() for url in (database.worker_url, database.web_url))  # pyright: ignore[reportAttributeAccessIssue]

    desk = Desk(held, FakeLanguage(before_call=look))

    desk.pipeline.make_scorecard(desk.user_id, desk.hold())

    assert in_use == [0, 0]


def test_scores_of_someone_else_do_not_exist(desk: Desk):
    meeting_id = desk.hold()
    desk.pipeline.make_scorecard(desk.user_id, meeting_id)
    stranger = register(desk.held.sessions, "stranger@example.org").user_id

    for use in (
        lambda: desk.page.get_scorecard(stranger, meeting_id),
        lambda: desk.page.list_scorecards(stranger, meeting_id),
        lambda: desk.pipeline.make_scorecard(stranger, meeting_id),
        lambda: desk.pipeline.make_scorecard(stranger, meeting_id, is_newest_rubric=True),
        lambda: desk.page.get_scorecard(desk.user_id, uuid4()),
    ):
        with pytest.raises(NotFound):
            use()
    with desk.held.sessions.for_user(stranger) as session:
        assert session.exec(select(Scorecard)).all() == []


def test_a_coach_reads_the_scores_of_a_shared_meeting_and_changes_none(desk: Desk, database: ScratchDatabase):
    meeting_id = desk.hold()
    desk.pipeline.make_scorecard(desk.user_id, meeting_id)
    coach = register(desk.held.sessions, "coach@example.org").user_id
    with database.server.superuser(DATABASE) as connection:
        connection.execute(
            "insert into membership (workspace_id, account_id, role, created_at) values (%s, %s, 'coach', now())",
            (desk.held.person.workspace_id, coach),
        )
        connection.execute("update meeting set is_shared = true where id = %s", (meeting_id,))

    made = desk.page.get_scorecard(coach, meeting_id)

    assert made is not None
    with desk.held.sessions.for_user(coach) as session:
        session.get_one(Scorecard, made.scorecard_id)
        assert session.execute(Scorecard.__table__.delete()).rowcount == 0  # pyright: ignore[reportAttributeAccessIssue]
    assert desk.page.get_scorecard(desk.user_id, meeting_id) == made


def test_scores_go_with_their_meeting(desk: Desk, database: ScratchDatabase):
    meeting_id = desk.hold()
    desk.pipeline.make_scorecard(desk.user_id, meeting_id)

    with database.server.superuser(DATABASE) as connection:
        connection.execute("delete from meeting where id = %s", (meeting_id,))
        assert connection.execute("select count(*) from scorecard").fetchone() == (0,)
