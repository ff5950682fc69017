"""What the pages of someone's progress are made of."""

from datetime import UTC, timedelta
from uuid import UUID, uuid4

import dagster as dg
import pytest

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.insights.deliveries import DeliveryService
from peak_app.domain.insights.service import InsightService
from peak_app.domain.meetings.models import FOCUS_LIMIT, Meeting
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.progress import repository
from peak_app.domain.progress.errors import NoSuchAttempt, NoSuchSuggestion, SameAttempt
from peak_app.domain.progress.service import ProgressService
from peak_app.domain.scorecards.rubric import RubricChoice, checked_rubric
from peak_app.domain.scorecards.service import ScorecardService
from peak_app.domain.scorecards.templates import default_levels, templates
from peak_app.errors import InvalidInput
from peak_app.ports.clock import system_clock
from pipelines.definitions import defs
from tests.conftest import ScratchDatabase
from tests.fakes.ears import FakeEars, no_recording
from tests.fakes.language import FakeLanguage
from tests.held_calls import ENOUGH_WORDS, HeldCalls
from tests.people import register
from tests.scripted_services import ScriptedServices


@pytest.fixture
def progress(sessions: TenantSessions) -> ProgressService:
    return ProgressService(sessions, system_clock)


def complete(held: HeldCalls, seconds: float) -> UUID:
    """A meeting of that length whose results are there."""
    meeting_id = held.start(ENOUGH_WORDS)
    held.connected_for(meeting_id, seconds)
    held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
    insights = InsightService(held.worker_sessions, FakeLanguage(), system_clock)
    insights.make_transcript(held.user_id, meeting_id)
    DeliveryService(held.worker_sessions, FakeEars(), no_recording, system_clock).make_delivery(
        held.user_id, meeting_id
    )
    ScorecardService(held.worker_sessions, FakeLanguage(), system_clock).make_scorecard(held.user_id, meeting_id)
    MeetingService(held.worker_sessions, system_clock).complete_meeting(held.user_id, meeting_id)
    return meeting_id


def meeting_with(held: HeldCalls, rubric: RubricChoice) -> UUID:
    """A completed meeting scored by that rubric."""
    agents = AgentService(held.sessions, system_clock)
    agents.update_agent(held.user_id, held.agent_id, name="Ada", instructions="Ask.", rubric=rubric)
    return complete(held, 60)


def add_up(database: ScratchDatabase) -> dict[str, object]:
    """What the schedule does by the hour; gives what Dagster is told."""
    with dg.DagsterInstance.ephemeral() as instance:
        peak = ScriptedServices(database.settings, "worker")
        job = defs().get_repository_def().get_job("count_progress")
        assert job.execute_in_process(instance=instance, resources={"peak": peak}).success
        event = instance.get_latest_materialization_event(dg.AssetKey("progress"))
    assert event is not None
    assert event.asset_materialization is not None
    return {name: value.value for name, value in event.asset_materialization.metadata.items()}


@pytest.fixture
def others(sessions: TenantSessions, worker_sessions: TenantSessions) -> HeldCalls:
    return HeldCalls(sessions, worker_sessions)


def test_practice_is_added_up_by_day_for_each_person_as_often_as_one_likes(
    database: ScratchDatabase, held: HeldCalls, others: HeldCalls, progress: ProgressService
):
    for seconds in (60, 120):
        complete(held, seconds)
    complete(others, 30)
    held.hold()

    told = add_up(database)
    first = progress.list_days(held.user_id)
    add_up(database)

    assert told.items() >= {"people": 2, "days": 2}.items()
    (day,) = progress.list_days(held.user_id)
    assert (day.meetings, round(day.practice_ms / 1000), day.mean_score) == (2, 180, 3.0)
    assert day.words_per_minute is not None
    assert day.fillers_per_minute is not None
    assert day.model_dump(exclude={"counted_at"}) == first[0].model_dump(exclude={"counted_at"})
    assert [other.meetings for other in progress.list_days(others.user_id)] == [1]


def test_a_deleted_meeting_leaves_the_day_at_once(
    database: ScratchDatabase, held: HeldCalls, progress: ProgressService
):
    first, second = complete(held, 60), complete(held, 120)
    add_up(database)
    web = ScriptedServices(database.settings, "web")

    web.deletions.delete_meeting(held.user_id, first)
    assert [(day.meetings, round(day.practice_ms / 1000)) for day in progress.list_days(held.user_id)] == [(1, 120)]

    web.deletions.delete_meeting(held.user_id, second)
    assert progress.list_days(held.user_id) == []


def test_only_completed_meetings_count_the_oldest_first(held: HeldCalls, progress: ProgressService):
    first, second = complete(held, 60), complete(held, 120)
    held.hold()

    found = progress.get_progress(held.user_id, UTC)

    assert [attempt.meeting_id for attempt in found.attempts] == [first, second]
    assert [round(attempt.connected_ms / 1000) for attempt in found.attempts] == [60, 120]
    for attempt in found.attempts:
        assert attempt.measured
        assert attempt.measured.basis == "words"
        assert attempt.number("pace")
        assert 0 < (attempt.number("talk") or 0) < 100
        assert attempt.number("pauses") is None
        assert attempt.card
        assert attempt.card.mean() == 3.0
        assert found.rubrics[attempt.card.rubric_key].name == templates()["software-engineering"].rubric.name
    assert found.attempts[0].card != found.attempts[1].card
    assert len(found.rubrics) == 1
    assert [suggestion.median for suggestion in found.suggestions if suggestion.criterion] == [3.0, 3.0, 3.0]
    assert sum(ms for ms, _ in found.practice.by_day.values()) == pytest.approx(180_000, abs=5_000)
    assert found.has_agents


def test_of_many_the_newest_are_taken_but_all_time_counts(held: HeldCalls, progress: ProgressService):
    with held.sessions.for_user(held.user_id) as session:
        session.get_one(Account, held.user_id).time_zone = "Asia/Tokyo"
    meetings = [complete(held, 60) for _ in range(3)]
    with held.sessions.for_user(held.user_id) as session:
        newest = repository.list_attempts(session, held.user_id, 2)

    assert [attempt.meeting_id for attempt in newest] == meetings[1:]
    assert [choice.meeting_id for choice in progress.list_choices(held.user_id)] == meetings[::-1]
    practice = progress.get_progress(held.user_id, UTC, limit=2).practice
    assert sum(count for _, count in practice.by_day.values()) == 3


def test_without_any_meeting_there_is_nothing_and_nothing_fails(
    held: HeldCalls, progress: ProgressService, sessions: TenantSessions
):
    found = progress.get_progress(register(sessions, "new@example.org").user_id, UTC)

    assert (found.attempts, found.suggestions, found.rubrics, dict(found.practice.by_day)) == ([], [], {}, {})
    assert (found.is_demo, found.has_agents) == (False, False)
    assert progress.get_progress(held.user_id, UTC).has_agents


def test_demo_meetings_count_only_until_there_is_one_of_the_persons_own(held: HeldCalls, progress: ProgressService):
    demo = complete(held, 60)
    with held.sessions.for_user(held.user_id) as session:
        session.get_one(Meeting, demo).is_demo = True

    found = progress.get_progress(held.user_id, UTC)
    assert ([attempt.meeting_id for attempt in found.attempts], found.is_demo) == ([demo], True)
    assert progress.count_days(held.user_id) == 1

    own = complete(held, 120)
    found = progress.get_progress(held.user_id, UTC)
    assert ([attempt.meeting_id for attempt in found.attempts], found.is_demo) == ([own], False)
    progress.count_days(held.user_id)
    assert [day.meetings for day in progress.list_days(held.user_id)] == [1]
    # One may still look at the demonstration beside it.
    assert progress.compare(held.user_id, demo, own).first.is_demo


def test_two_attempts_are_compared_and_nothing_else_is(
    held: HeldCalls, others: HeldCalls, progress: ProgressService, database: ScratchDatabase
):
    first, second, foreign = complete(held, 60), complete(held, 120), complete(others, 60)
    unfinished = held.hold()

    found = progress.compare(held.user_id, second, first)
    assert (found.first.meeting_id, found.second.meeting_id) == (second, first)
    assert (found.is_same_scale, found.is_same_basis) == (True, True)
    with pytest.raises(SameAttempt):
        progress.compare(held.user_id, first, first)
    for other in (foreign, unfinished, uuid4()):
        for pair in ((first, other), (other, first)):
            with pytest.raises(NoSuchAttempt):
                progress.compare(held.user_id, *pair)

    ScriptedServices(database.settings, "web").deletions.delete_meeting(held.user_id, first)
    with pytest.raises(NoSuchAttempt):
        progress.compare(held.user_id, first, second)
    assert [attempt.meeting_id for attempt in progress.get_progress(held.user_id, UTC).attempts] == [second]
    evidence = [entry for each in progress.get_progress(held.user_id, UTC).suggestions for entry in each.evidence]
    assert {entry.attempt.meeting_id for entry in evidence} == {second}


def test_scores_by_another_rubric_have_another_key_and_the_newest_scorecard_counts(
    held: HeldCalls, progress: ProgressService
):
    meeting_id = complete(held, 60)
    (before,) = progress.get_progress(held.user_id, UTC).attempts
    own = checked_rubric("Ours", [{"name": "Depth", "looks_for": "It goes deep."}], levels=default_levels())
    AgentService(held.sessions, system_clock).update_agent(
        held.user_id, held.agent_id, name="Ada", instructions="Ask.", rubric=RubricChoice(own=own)
    )
    ScorecardService(held.worker_sessions, FakeLanguage(), system_clock).make_scorecard(
        held.user_id, meeting_id, is_newest_rubric=True
    )

    found = progress.get_progress(held.user_id, UTC)
    assert progress.find_pair(held.user_id) is None

    (after,) = found.attempts
    assert before.card
    assert after.card
    assert before.card.line_key != after.card.line_key
    assert (after.card.scores, found.rubrics[after.card.rubric_key].name) == ({"own-1": 3}, "Ours")

    by_own = complete(held, 60)
    by_template = meeting_with(held, RubricChoice("software-engineering"))
    # No earlier one has the same rubric; then one comes that has.
    assert progress.find_pair(held.user_id) == (by_own, by_template)
    again = meeting_with(held, RubricChoice(own=own))
    assert progress.find_pair(held.user_id) == (by_own, again)


def test_a_suggestion_is_found_by_its_key_for_as_long_as_it_is_one(held: HeldCalls, progress: ProgressService):
    complete(held, 60)
    (suggestion, *_) = progress.get_progress(held.user_id, UTC).suggestions

    found = progress.get_suggestion(held.user_id, suggestion.key)

    assert found.agent_id == held.agent_id
    for nonsense in (None, "", "delivery/no", {"a": 1}, suggestion.key + "x", "x" * 5_000):
        with pytest.raises(NoSuchSuggestion):
            progress.get_suggestion(held.user_id, nonsense)


def test_what_a_meeting_is_to_practise_reaches_the_call_and_stays_with_the_meeting(held: HeldCalls):
    focus = "  Result: say what came of it.\u202e \0"
    meeting = held.meetings.create_meeting(held.user_id, title="Drill", agent_id=held.agent_id, focus=focus)
    plain = held.meetings.create_meeting(held.user_id, title="Plain", agent_id=held.agent_id)

    brief = held.calls.open_call(held.user_id, meeting.meeting_id, "bridge-1")

    assert brief.focus == meeting.focus == "Result: say what came of it."
    assert held.meetings.get_meeting(held.user_id, meeting.meeting_id).focus == brief.focus
    assert plain.focus == held.calls.open_call(held.user_id, plain.meeting_id, "bridge-1").focus == ""


@pytest.mark.parametrize("focus", ["x" * (FOCUS_LIMIT + 1), 7, ["a"], {"a": 1}])
def test_a_focus_that_is_none_is_refused(held: HeldCalls, focus: object):
    with pytest.raises(InvalidInput) as refusal:
        held.meetings.create_meeting(held.user_id, title="Drill", agent_id=held.agent_id, focus=focus)
    assert refusal.value.field == "Focus"


def test_meetings_to_come_have_the_next_one_first_and_those_that_were_held_the_newest(held: HeldCalls):
    def plan(hours: float | None) -> UUID:
        at = None if hours is None else system_clock() + timedelta(hours=hours)
        made = held.meetings.create_meeting(held.user_id, title="Plan", agent_id=held.agent_id, scheduled_at=at)
        return made.meeting_id

    later, soon, anytime = plan(48), plan(2), plan(None)
    late, cancelled, done, live = plan(1), plan(3), complete(held, 60), held.start()
    held.meetings.cancel_meeting(held.user_id, cancelled)
    with held.sessions.for_user(held.user_id) as session:
        session.get_one(Meeting, late).scheduled_at = system_clock() - timedelta(days=2)
    processing = held.hold()

    ahead, past = held.meetings.list_around(held.user_id, limit=10)

    assert [meeting.meeting_id for meeting in ahead] == [live, soon, later, anytime, late]
    assert [meeting.meeting_id for meeting in past] == [processing, done]
    assert [len(rows) for rows in held.meetings.list_around(held.user_id, limit=1)] == [1, 1]


def test_nobody_sees_the_progress_of_someone_else(held: HeldCalls, progress: ProgressService, sessions: TenantSessions):
    complete(held, 60)
    stranger = register(sessions, "eve@example.org")

    progress.count_days(held.user_id)

    assert progress.get_progress(stranger.user_id, UTC).attempts == []
    assert progress.list_choices(stranger.user_id) == []
    assert progress.list_days(stranger.user_id) == []
    assert progress.count_days(stranger.user_id) == 0
