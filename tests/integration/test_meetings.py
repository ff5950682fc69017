from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from peak_app.db.models import OutboxEvent
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Membership
from peak_app.domain.agents.service import AgentService
from peak_app.domain.billing.errors import MinutesExhausted
from peak_app.domain.billing.ledger import Booking
from peak_app.domain.billing.service import BillingService
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.models import Meeting, Utterance
from peak_app.domain.meetings.service import CREATED_PER_HOUR, RERUNS_PER_HOUR, MeetingService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.meetings.turns import Turn
from peak_app.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.people import Person, register


class Desk:
    """One person with an agent, and the services as the web process and the bridge have them."""

    def __init__(self, sessions: TenantSessions, worker_sessions: TenantSessions) -> None:
        self.clock = FakeClock()
        self.ann = register(sessions, "ann@example.org")
        self.agents = AgentService(sessions, self.clock)
        self.meetings = MeetingService(sessions, self.clock)
        self.calls = CallService(worker_sessions, self.clock)
        self.billing = BillingService(sessions, self.clock, free_minutes=60)
        self.worker_sessions = worker_sessions
        self.agent_id = self.agents.create_agent(
            self.ann.user_id, name="Ada", instructions="Ask about systems."
        ).agent_id

    def create_meeting(self) -> UUID:
        return self.meetings.create_meeting(self.ann.user_id, title="Round one", agent_id=self.agent_id).meeting_id

    def status(self, meeting_id: UUID) -> MeetingStatus:
        return self.meetings.get_meeting(self.ann.user_id, meeting_id).status

    def events(self) -> list[OutboxEvent]:
        with self.worker_sessions.without_tenant() as session:
            return list(session.exec(select(OutboxEvent)).all())

    def hold(self, meeting_id: UUID, *, seconds: float, bridge: str = "bridge-1") -> None:
        self.calls.open_call(self.ann.user_id, meeting_id, bridge)
        self.calls.mark_connected(self.ann.user_id, meeting_id, bridge)
        self.clock.pass_time(seconds=seconds)
        self.calls.beat(bridge)


@pytest.fixture
def desk(sessions: TenantSessions, worker_sessions: TenantSessions) -> Desk:
    return Desk(sessions, worker_sessions)


def other(sessions: TenantSessions) -> Person:
    return register(sessions, "bob@example.org")


def test_a_call_takes_a_meeting_from_scheduled_to_processing(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    assert desk.status(meeting_id) == MeetingStatus.SCHEDULED
    desk.hold(meeting_id, seconds=90)
    assert desk.status(meeting_id) == MeetingStatus.LIVE
    assert desk.calls.end_call(desk.ann.user_id, meeting_id, "ended_by_person")
    view = desk.meetings.get_meeting(desk.ann.user_id, meeting_id)
    assert (view.status, view.connected_ms) == (MeetingStatus.PROCESSING, 90_000)
    assert [(event.kind, event.meeting_id) for event in desk.events()] == [("meeting_ended", meeting_id)]


def test_ending_twice_writes_one_event(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.hold(meeting_id, seconds=5)
    assert desk.calls.end_call(desk.ann.user_id, meeting_id, "ended_by_person")
    assert not desk.calls.end_call(desk.ann.user_id, meeting_id, "lost")
    assert len(desk.events()) == 1


def test_a_call_that_nobody_joined_leaves_the_meeting_scheduled(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.calls.open_call(desk.ann.user_id, meeting_id, "bridge-1")
    assert not desk.calls.end_call(desk.ann.user_id, meeting_id, "lost")
    assert desk.status(meeting_id) == MeetingStatus.SCHEDULED


def test_a_meeting_keeps_the_agent_it_was_created_with(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.agents.update_agent(desk.ann.user_id, desk.agent_id, name="Bea", instructions="Other.")
    brief = desk.calls.open_call(desk.ann.user_id, meeting_id, "bridge-1")
    assert (brief.agent_name, brief.instructions) == ("Ada", "Ask about systems.")


def test_a_meeting_with_a_deleted_agent_is_refused(desk: Desk) -> None:
    desk.agents.delete_agent(desk.ann.user_id, desk.agent_id)
    with pytest.raises(NotFound, match="agent"):
        desk.create_meeting()


def test_of_what_was_not_final_only_the_agents_last_words_are_told_to_the_next_bridge(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.hold(meeting_id, seconds=30)
    desk.calls.save_turn(desk.ann.user_id, meeting_id, Turn("a1", "agent", "Hello.", 0, 0, is_final=False))
    desk.calls.save_turn(desk.ann.user_id, meeting_id, Turn("c1", "candidate", "Wait.", 100, 500))
    brief = desk.calls.open_call(desk.ann.user_id, meeting_id, "bridge-2")
    assert [turn.item_id for turn in brief.turns] == ["c1"]
    desk.calls.save_turn(desk.ann.user_id, meeting_id, Turn("a2", "agent", "Of course.", 900, 900, is_final=False))
    brief = desk.calls.open_call(desk.ann.user_id, meeting_id, "bridge-3")
    assert [(turn.item_id, turn.is_final) for turn in brief.turns] == [("c1", True), ("a2", False)]


def test_what_was_journalled_is_there_when_another_bridge_takes_over(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.hold(meeting_id, seconds=30)
    desk.calls.save_turn(desk.ann.user_id, meeting_id, Turn("a1", "agent", "Hello.", 0, 900))
    desk.calls.save_turn(desk.ann.user_id, meeting_id, Turn("c1", "candidate", "Hel", 1000, 1500))
    desk.calls.save_turn(desk.ann.user_id, meeting_id, Turn("c1", "candidate", "Hello to you.", 1000, 2000))
    desk.clock.pass_time(seconds=60)
    brief = desk.calls.open_call(desk.ann.user_id, meeting_id, "bridge-2")
    assert [(turn.item_id, turn.text) for turn in brief.turns] == [("a1", "Hello."), ("c1", "Hello to you.")]
    # The first bridge fell silent after 30 seconds: the minute without it is not metered.
    assert brief.connected_ms == 30_000
    with pytest.raises(Conflict, match="taken over"):
        desk.calls.mark_connected(desk.ann.user_id, meeting_id, "bridge-1")


def test_an_answer_that_was_being_given_in_a_crash_is_kept_as_far_as_it_was_heard(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.hold(meeting_id, seconds=20)
    so_far = Turn("c1", "candidate", "First I looked at the", 1000, 9000, is_final=False)
    desk.calls.save_turn(desk.ann.user_id, meeting_id, so_far)
    (turn,) = desk.calls.open_call(desk.ann.user_id, meeting_id, "bridge-2").turns
    assert (turn.text, turn.is_final) == ("First I looked at the", True)
    later = Turn("c2", "candidate", "numbers", 12_000, 13_000, is_final=False)
    desk.calls.save_turn(desk.ann.user_id, meeting_id, later)
    desk.calls.end_call(desk.ann.user_id, meeting_id, "lost")
    with desk.worker_sessions.for_user(desk.ann.user_id) as session:
        kept = session.exec(select(Utterance).where(Utterance.meeting_id == meeting_id)).all()
    assert sorted((row.text, row.is_final) for row in kept) == [("First I looked at the", True), ("numbers", True)]


def test_time_without_a_connection_is_not_metered(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.hold(meeting_id, seconds=30)
    desk.calls.mark_disconnected(desk.ann.user_id, meeting_id, "bridge-1")
    desk.clock.pass_time(seconds=60)
    desk.hold(meeting_id, seconds=15)
    desk.calls.end_call(desk.ann.user_id, meeting_id, "ended_by_person")
    assert desk.meetings.get_meeting(desk.ann.user_id, meeting_id).connected_ms == 45_000


def test_a_call_without_a_sign_of_life_is_found_and_ends_when_it_was_last_heard_of(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.hold(meeting_id, seconds=30)
    last_sign = desk.clock.at
    desk.clock.pass_time(minutes=5)
    [stale] = desk.calls.list_stale_calls(timedelta(seconds=90))
    assert (stale.meeting_id, stale.owner_id) == (meeting_id, desk.ann.user_id)
    desk.calls.end_call(stale.owner_id, stale.meeting_id, "lost")
    view = desk.meetings.get_meeting(desk.ann.user_id, meeting_id)
    assert (view.ended_at, view.connected_ms) == (last_sign, 30_000)
    assert "lost" in view.status_reason


def test_minutes_count_live_ended_and_booked_calls_once(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.hold(meeting_id, seconds=600)
    assert desk.billing.get_allowance(desk.ann.user_id).used == timedelta(seconds=600)
    desk.calls.end_call(desk.ann.user_id, meeting_id, "ended_by_person")
    assert desk.billing.get_allowance(desk.ann.user_id).used == timedelta(seconds=600)
    assert desk.billing.record_usage(desk.ann.user_id, meeting_id) == Booking(600, is_new=True)
    assert desk.billing.record_usage(desk.ann.user_id, meeting_id) == Booking(600, is_new=False)
    assert desk.billing.get_allowance(desk.ann.user_id).used == timedelta(seconds=600)
    [(entry, title)] = desk.billing.list_usage(desk.ann.user_id, since=desk.clock.at - timedelta(days=1))
    assert (entry.seconds, title) == (600, "Round one")


def test_used_up_minutes_refuse_another_call_until_the_month_ends(desk: Desk) -> None:
    desk.hold(desk.create_meeting(), seconds=3600)
    with pytest.raises(MinutesExhausted):
        desk.billing.require_minutes(desk.ann.user_id)


def test_try_again_starts_processing_once(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.hold(meeting_id, seconds=5)
    desk.calls.end_call(desk.ann.user_id, meeting_id, "ended_by_person")
    desk.meetings.fail_meeting(desk.ann.user_id, meeting_id, reason="The summary could not be written.")
    desk.meetings.retry_processing(desk.ann.user_id, meeting_id)
    desk.meetings.retry_processing(desk.ann.user_id, meeting_id)
    assert desk.status(meeting_id) == MeetingStatus.PROCESSING
    assert len(desk.events()) == 2


def test_results_are_made_anew_so_many_times_an_hour(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.hold(meeting_id, seconds=5)
    desk.calls.end_call(desk.ann.user_id, meeting_id, "ended_by_person")
    for _ in range(RERUNS_PER_HOUR):
        desk.meetings.complete_meeting(desk.ann.user_id, meeting_id)
        desk.meetings.retry_processing(desk.ann.user_id, meeting_id)
        desk.meetings.retry_processing(desk.ann.user_id, meeting_id)
    desk.meetings.complete_meeting(desk.ann.user_id, meeting_id)
    with pytest.raises(TooManyRequests):
        desk.meetings.retry_processing(desk.ann.user_id, meeting_id)
    assert desk.status(meeting_id) == MeetingStatus.COMPLETED
    assert len(desk.events()) == 1 + RERUNS_PER_HOUR
    desk.clock.pass_time(minutes=60)
    desk.meetings.retry_processing(desk.ann.user_id, meeting_id)
    assert desk.status(meeting_id) == MeetingStatus.PROCESSING


def test_a_person_plans_so_many_meetings_an_hour(desk: Desk, sessions: TenantSessions) -> None:
    for _ in range(CREATED_PER_HOUR):
        desk.create_meeting()
    with pytest.raises(TooManyRequests):
        desk.create_meeting()
    assert desk.meetings.list_meetings(desk.ann.user_id).total == CREATED_PER_HOUR
    bob = other(sessions).user_id
    bobs_agent = desk.agents.create_agent(bob, name="Bea", instructions="Ask.").agent_id
    assert desk.meetings.create_meeting(bob, title="Round one", agent_id=bobs_agent)
    desk.clock.pass_time(minutes=60)
    assert desk.create_meeting()


def test_completing_twice_is_harmless_and_a_cancelled_meeting_stays_cancelled(desk: Desk) -> None:
    meeting_id = desk.create_meeting()
    desk.hold(meeting_id, seconds=5)
    desk.calls.end_call(desk.ann.user_id, meeting_id, "ended_by_person")
    desk.meetings.complete_meeting(desk.ann.user_id, meeting_id)
    desk.meetings.complete_meeting(desk.ann.user_id, meeting_id)
    assert desk.status(meeting_id) == MeetingStatus.COMPLETED
    cancelled = desk.create_meeting()
    desk.meetings.cancel_meeting(desk.ann.user_id, cancelled, reason="Ill.")
    with pytest.raises(Conflict):
        desk.calls.open_call(desk.ann.user_id, cancelled, "bridge-1")


def test_the_database_itself_refuses_a_skipped_state(desk: Desk, worker_sessions: TenantSessions) -> None:
    meeting_id = desk.create_meeting()
    with pytest.raises(DBAPIError, match="can not become"), worker_sessions.for_user(desk.ann.user_id) as session:
        session.execute(text("update meeting set status = 'completed' where id = :id"), {"id": meeting_id})
    assert desk.status(meeting_id) == MeetingStatus.SCHEDULED


@pytest.mark.parametrize("title", ["", " ", "x" * 121, None, 5])
def test_a_bad_title_is_refused(desk: Desk, title: object) -> None:
    with pytest.raises(InvalidInput):
        desk.meetings.create_meeting(desk.ann.user_id, title=title, agent_id=desk.agent_id)


def test_a_time_in_the_past_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="between now"):
        desk.meetings.create_meeting(
            desk.ann.user_id, title="x", agent_id=desk.agent_id, scheduled_at=desk.clock.at - timedelta(hours=1)
        )


def test_search_takes_wildcards_as_plain_characters(desk: Desk) -> None:
    desk.meetings.create_meeting(desk.ann.user_id, title="100 % ready", agent_id=desk.agent_id)
    desk.create_meeting()
    assert [m.title for m in desk.meetings.list_meetings(desk.ann.user_id, search="%").meetings] == ["100 % ready"]
    assert desk.meetings.list_meetings(desk.ann.user_id, search="round").total == 1
    assert desk.meetings.list_meetings(desk.ann.user_id, status=MeetingStatus.LIVE).total == 0


def test_a_stranger_can_do_nothing_with_a_meeting(desk: Desk, sessions: TenantSessions) -> None:
    bob = other(sessions)
    meeting_id = desk.create_meeting()
    for attempt in (
        lambda: desk.meetings.get_meeting(bob.user_id, meeting_id),
        lambda: desk.meetings.cancel_meeting(bob.user_id, meeting_id),
        lambda: desk.meetings.retry_processing(bob.user_id, meeting_id),
        lambda: desk.calls.open_call(bob.user_id, meeting_id, "bridge-1"),
        lambda: desk.meetings.create_meeting(bob.user_id, title="x", agent_id=desk.agent_id),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert desk.status(meeting_id) == MeetingStatus.SCHEDULED


def test_a_coach_sees_a_meeting_that_was_shared_but_can_not_touch_it(
    desk: Desk, sessions: TenantSessions, database: ScratchDatabase
) -> None:
    bob = other(sessions)
    meeting_id = desk.create_meeting()
    with database.server.superuser("peak") as connection:
        connection.execute(
            "insert into membership values (%s, %s, 'coach', now())", (desk.ann.workspace_id, bob.user_id)
        )
    with pytest.raises(NotFound):
        desk.meetings.get_meeting(bob.user_id, meeting_id)
    with sessions.for_user(desk.ann.user_id) as session:
        session.get_one(Meeting, meeting_id).is_shared = True
    assert desk.meetings.get_meeting(bob.user_id, meeting_id).agent_name == "Ada"
    with pytest.raises(NotFound):
        desk.meetings.cancel_meeting(bob.user_id, meeting_id)


def test_nobody_can_join_a_workspace_of_someone_else(desk: Desk, sessions: TenantSessions) -> None:
    bob = other(sessions)
    with pytest.raises(DBAPIError, match="row-level security"), sessions.for_user(bob.user_id) as session:
        session.add(Membership(workspace_id=desk.ann.workspace_id, account_id=bob.user_id, role="owner"))
