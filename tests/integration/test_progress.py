"""What someone's charts are drawn from."""

from uuid import UUID

import pytest

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights.deliveries import DeliveryService
from peak_app.domain.insights.service import InsightService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.progress.service import ProgressService
from peak_app.ports.clock import system_clock
from tests.fakes.ears import FakeEars, no_recording
from tests.fakes.language import FakeLanguage
from tests.held_calls import HeldCalls
from tests.people import register


@pytest.fixture
def progress(sessions: TenantSessions) -> ProgressService:
    return ProgressService(sessions)


def complete(held: HeldCalls, seconds: float) -> UUID:
    """A meeting of that length whose results are there."""
    meeting_id = held.start()
    held.connected_for(meeting_id, seconds)
    held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
    insights = InsightService(held.worker_sessions, FakeLanguage(), system_clock)
    insights.make_transcript(held.user_id, meeting_id)
    DeliveryService(held.worker_sessions, FakeEars(), no_recording, system_clock).make_delivery(
        held.user_id, meeting_id
    )
    MeetingService(held.worker_sessions, system_clock).complete_meeting(held.user_id, meeting_id)
    return meeting_id


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

    assert progress.list_practice(stranger.user_id) == []
