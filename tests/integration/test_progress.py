"""What someone's charts are drawn from."""

from uuid import UUID

import dagster as dg
import pytest

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights.deliveries import DeliveryService
from peak_app.domain.insights.service import InsightService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.progress.service import ProgressService
from peak_app.domain.scorecards.service import ScorecardService
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

    points = progress.list_practice(held.user_id)

    assert [point.meeting_id for point in points] == [first, second]
    assert [round(point.connected_ms / 1000) for point in points] == [60, 120]
    assert all(point.talk_ratio is not None and 0 < point.talk_ratio < 1 for point in points)


def test_of_many_the_newest_are_taken(held: HeldCalls, progress: ProgressService):
    meetings = [complete(held, 60) for _ in range(3)]

    assert [point.meeting_id for point in progress.list_practice(held.user_id, limit=2)] == meetings[1:]


def test_nobody_sees_the_progress_of_someone_else(held: HeldCalls, progress: ProgressService, sessions: TenantSessions):
    complete(held, 60)
    stranger = register(sessions, "eve@example.org")

    progress.count_days(held.user_id)

    assert progress.list_practice(stranger.user_id) == []
    assert progress.list_days(stranger.user_id) == []
    assert progress.count_days(stranger.user_id) == 0
