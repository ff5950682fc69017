"""The list of meetings with all it can be narrowed by, and what becomes of a plan."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.service import AgentService
from peak_app.domain.insights.models import SearchStretch
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.deletion import DeletionService
from peak_app.domain.meetings.listing import Sort
from peak_app.domain.meetings.models import DeletionReceipt, Meeting
from peak_app.domain.meetings.service import MOVED_PER_HOUR, REASON_LIMIT, MeetingService, MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.notifications.models import PlannedTime
from peak_app.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from tests.fakes.clock import FakeClock
from tests.people import register

DAY = timedelta(days=1)


class Desk:
    """Ann with two agents, the services of the web process, and the bridge's."""

    def __init__(self, sessions: TenantSessions, worker_sessions: TenantSessions) -> None:
        self.sessions, self.clock = sessions, FakeClock()
        self.ann = register(sessions, "ann@example.org").user_id
        self.meetings = MeetingService(sessions, self.clock)
        self.deletions = DeletionService(sessions, self.clock)
        self.calls = CallService(worker_sessions, self.clock)
        agents = AgentService(sessions, self.clock)
        self.ada, self.bea = (
            agents.create_agent(self.ann, name=name, instructions="Ask.").agent_id for name in ("Ada", "Bea 100%")
        )

    def create(self, title: str, agent_id: UUID | None = None, at: datetime | None = None) -> UUID:
        self.clock.pass_time(seconds=1)
        return self.meetings.create_meeting(
            self.ann, title=title, agent_id=agent_id or self.ada, scheduled_at=at
        ).meeting_id

    def titles(self, **asked: Any) -> list[str]:
        page = self.meetings.list_meetings(self.ann, **asked)
        if "limit" not in asked:
            assert page.total == len(page.meetings)
        return [meeting.title for meeting in page.meetings]

    def set(self, meeting_id: UUID, **values: Any) -> None:
        with self.sessions.for_user(self.ann) as session:
            meeting = session.get_one(Meeting, meeting_id)
            for name, value in values.items():
                setattr(meeting, name, value)

    def say(self, meeting_id: UUID, words: str) -> None:
        with self.sessions.for_user(self.ann) as session:
            vector: Any = func.strip(func.to_tsvector("english", words))
            session.add(SearchStretch(meeting_id=meeting_id, stretch=0, owner_id=self.ann, words=vector))

    def view(self, meeting_id: UUID) -> MeetingView:
        return self.meetings.get_meeting(self.ann, meeting_id)

    def planned(self) -> dict[UUID, datetime]:
        with self.sessions.for_user(self.ann) as session:
            return {row.meeting_id: row.starts_at for row in session.exec(select(PlannedTime)).all()}


@pytest.fixture
def desk(sessions: TenantSessions, worker_sessions: TenantSessions) -> Desk:
    return Desk(sessions, worker_sessions)


def test_a_meeting_is_found_by_title_agent_and_what_was_said(desk: Desk) -> None:
    desk.create("Round one")
    desk.create("Second try", desk.bea)
    said = desk.create("Third")
    desk.say(said, "I led the migration of our billing services to PostgreSQL")
    assert desk.titles(search="ROUND") == ["Round one"]
    assert desk.titles(search="bea") == ["Second try"]
    assert desk.titles(search="100%") == ["Second try"]
    assert desk.titles(search="migrations billing") == ["Third"]
    assert desk.titles(search="billing postgr") == ["Third"]
    assert desk.titles(search="migration of cats") == []


def test_a_person_moves_meetings_so_often_an_hour(desk: Desk) -> None:
    """Each time is kept, and shown to the operator with the rest of the meeting's course."""
    meeting_id = desk.create("Round one", at=desk.clock.at + DAY)
    for minutes in range(1, MOVED_PER_HOUR + 1):
        moved_to = desk.clock.at + DAY + timedelta(minutes=minutes)
        desk.meetings.reschedule_meeting(desk.ann, meeting_id, scheduled_at=moved_to)
    with pytest.raises(TooManyRequests):
        desk.meetings.reschedule_meeting(desk.ann, meeting_id, scheduled_at=desk.clock.at + 2 * DAY)
    assert (desk.view(meeting_id).scheduled_at, desk.view(meeting_id).plan_number) == (moved_to, MOVED_PER_HOUR)
    assert desk.meetings.reschedule_meeting(desk.ann, meeting_id, scheduled_at=moved_to)
    desk.clock.pass_time(minutes=60)
    assert desk.meetings.reschedule_meeting(desk.ann, meeting_id, scheduled_at=desk.clock.at + 2 * DAY)


@pytest.mark.parametrize(
    "words", ["' or 1=1 --", "\\", "%", "_", "&|!:*()<->", "'a:*b", "\u202e", "😀", "the", "مقابلة", "\0"]
)
def test_any_words_may_be_looked_for(desk: Desk, words: str) -> None:
    desk.say(desk.create("Round one"), "nothing of the kind")
    assert desk.titles(search=words) in ([], ["Round one"])


def test_filters_narrow_together(desk: Desk) -> None:
    start = desk.clock.at
    early = desk.create("Early", at=start + DAY)
    desk.create("Late", desk.bea, at=start + 5 * DAY)
    desk.create("Now")
    desk.set(early, score=3.4)
    assert desk.titles(agent_id=desk.bea) == ["Late"]
    assert desk.titles(agent_id=uuid4()) == []
    assert desk.titles(since=start + DAY, until=start + 2 * DAY) == ["Early"]
    assert desk.titles(until=start + DAY) == ["Now"]
    assert desk.titles(least_score=3) == ["Early"]
    assert desk.titles(least_score=3.5) == []
    assert desk.titles(least_score=3, agent_id=desk.bea) == []
    assert desk.titles(status=MeetingStatus.CANCELLED) == []


def test_a_list_has_an_order(desk: Desk) -> None:
    start = desk.clock.at
    desk.set(desk.create("beta", at=start + DAY), score=2.0)
    desk.set(desk.create("Alpha", at=start + 3 * DAY), score=4.0)
    desk.create("gamma", at=start + 2 * DAY)
    assert desk.titles() == ["Alpha", "gamma", "beta"]
    assert desk.titles(sort=Sort.OLDEST) == ["beta", "gamma", "Alpha"]
    assert desk.titles(sort=Sort.TITLE) == ["Alpha", "beta", "gamma"]
    assert desk.titles(sort=Sort.SCORE) == ["Alpha", "beta", "gamma"]


def test_a_list_comes_in_pages_that_say_how_many_there_are(desk: Desk) -> None:
    for number in range(5):
        desk.create(f"Round {number}")
    seen: list[str] = []
    for offset in (0, 2, 4):
        page = desk.meetings.list_meetings(desk.ann, limit=2, offset=offset)
        assert page.total == 5
        seen += [meeting.title for meeting in page.meetings]
    page = desk.meetings.list_meetings(desk.ann, search="round", limit=2, offset=2)
    assert ([meeting.title for meeting in page.meetings], page.total) == (["Round 2", "Round 1"], 5)
    assert desk.meetings.list_meetings(desk.ann, search="round", limit=2, offset=40).total == 5
    assert seen == [f"Round {number}" for number in (4, 3, 2, 1, 0)]
    assert desk.meetings.list_meetings(desk.ann, limit=2, offset=40).total == 5


def test_the_list_of_others_is_theirs(desk: Desk) -> None:
    desk.say(desk.create("Round one"), "billing")
    bob = register(desk.sessions, "bob@example.org").user_id
    for asked in ({}, {"search": "round"}, {"search": "billing"}, {"search": "Ada"}, {"agent_id": desk.ada}):
        assert desk.meetings.list_meetings(bob, **asked).total == 0


def test_a_plan_is_moved_and_calendars_are_told_by_its_number(desk: Desk) -> None:
    meeting_id = desk.create("Round one", at=desk.clock.at + DAY)
    moved_to = desk.clock.at + 2 * DAY
    view = desk.meetings.reschedule_meeting(desk.ann, meeting_id, scheduled_at=moved_to)
    assert (view.scheduled_at, view.plan_number, view.status) == (moved_to, 1, MeetingStatus.SCHEDULED)
    assert desk.meetings.reschedule_meeting(desk.ann, meeting_id, scheduled_at=moved_to).plan_number == 1
    assert desk.planned() == {meeting_id: moved_to}


def test_a_meeting_without_a_time_gets_one(desk: Desk) -> None:
    meeting_id = desk.create("Round one")
    assert desk.planned() == {}
    at = desk.clock.at + DAY
    assert desk.meetings.reschedule_meeting(desk.ann, meeting_id, scheduled_at=at).scheduled_at == at
    assert desk.planned() == {meeting_id: at}


@pytest.mark.parametrize("shift", [-timedelta(hours=1), timedelta(days=400)])
def test_a_plan_is_not_moved_to_the_past_or_far_away(desk: Desk, shift: timedelta) -> None:
    meeting_id = desk.create("Round one")
    with pytest.raises(InvalidInput, match="between now"):
        desk.meetings.reschedule_meeting(desk.ann, meeting_id, scheduled_at=desk.clock.at + shift)


def test_what_was_begun_or_cancelled_is_not_moved(desk: Desk) -> None:
    begun, cancelled = desk.create("Begun"), desk.create("Cancelled")
    desk.calls.open_call(desk.ann, begun, "bridge-1")
    desk.calls.mark_connected(desk.ann, begun, "bridge-1")
    desk.meetings.cancel_meeting(desk.ann, cancelled)
    for meeting_id in (begun, cancelled):
        with pytest.raises(Conflict, match="only a planned one"):
            desk.meetings.reschedule_meeting(desk.ann, meeting_id, scheduled_at=desk.clock.at + DAY)


def test_a_cancelled_plan_keeps_its_reason_and_has_no_time_to_be_reminded_of(desk: Desk) -> None:
    meeting_id = desk.create("Round one", at=desk.clock.at + DAY)
    view = desk.meetings.cancel_meeting(desk.ann, meeting_id, reason="  Ill\u202e <b>today</b> 😀 ")
    assert (view.status_reason, view.plan_number) == ("Ill <b>today</b> 😀", 1)
    assert desk.planned() == {}
    with pytest.raises(Conflict):
        desk.meetings.cancel_meeting(desk.ann, meeting_id)


@pytest.mark.parametrize("reason", ["x" * (REASON_LIMIT + 1), 5, ["Ill."]])
def test_a_reason_that_is_none_is_refused(desk: Desk, reason: object) -> None:
    meeting_id = desk.create("Round one")
    with pytest.raises(InvalidInput, match="Reason"):
        desk.meetings.cancel_meeting(desk.ann, meeting_id, reason=reason)
    assert desk.view(meeting_id).status == MeetingStatus.SCHEDULED


def test_a_stranger_moves_nothing(desk: Desk) -> None:
    meeting_id = desk.create("Round one", at=desk.clock.at + DAY)
    bob = register(desk.sessions, "bob@example.org").user_id
    with pytest.raises(NotFound):
        desk.meetings.reschedule_meeting(bob, meeting_id, scheduled_at=desk.clock.at + 2 * DAY)
    assert desk.view(meeting_id).plan_number == 0


def test_several_are_deleted_and_the_held_one_is_refused_by_name(desk: Desk) -> None:
    gone, held, theirs = desk.create("Gone"), desk.create("Held"), uuid4()
    desk.calls.open_call(desk.ann, held, "bridge-1")
    done = desk.deletions.delete_meetings(desk.ann, [gone, held, theirs, gone])
    assert [receipt.meeting_id for receipt in done.receipts] == [gone]
    assert (done.refusals[0].title, done.refusals[0].sentence) == ("Held", t("refusal.being_held"))
    assert (done.refusals[1].meeting_id, done.refusals[1].title) == (theirs, "")
    assert desk.titles() == ["Held"]


def test_deleting_twice_gives_the_same_receipts(desk: Desk) -> None:
    ids = [desk.create(f"Round {number}") for number in range(3)]
    first = desk.deletions.delete_meetings(desk.ann, ids)
    second = desk.deletions.delete_meetings(desk.ann, ids)
    assert [receipt.id for receipt in first.receipts] == [receipt.id for receipt in second.receipts]
    with desk.sessions.for_user(desk.ann) as session:
        assert session.exec(select(func.count()).select_from(DeletionReceipt)).one() == 3


def test_a_stranger_deletes_nothing_and_learns_no_title(desk: Desk) -> None:
    meeting_id = desk.create("Round one")
    bob = register(desk.sessions, "bob@example.org").user_id
    done = desk.deletions.delete_meetings(bob, [meeting_id])
    assert ([r.title for r in done.refusals], list(done.receipts)) == ([""], [])
    assert desk.titles() == ["Round one"]


def test_a_plan_is_overdue_until_it_is_moved(desk: Desk) -> None:
    meeting_id = desk.create("Round one", at=desk.clock.at + DAY)
    desk.clock.pass_time(days=2)
    assert desk.view(meeting_id).is_overdue(desk.clock.at)
    desk.meetings.reschedule_meeting(desk.ann, meeting_id, scheduled_at=desk.clock.at + DAY)
    assert not desk.view(meeting_id).is_overdue(desk.clock.at)


def test_where_a_meeting_stands_in_time_is_kept_by_the_database(desk: Desk) -> None:
    meeting_id = desk.create("Round one", at=desk.clock.at + DAY)
    with desk.sessions.for_user(desk.ann) as session:
        meeting = session.get_one(Meeting, meeting_id)
        assert meeting.happens_at == meeting.scheduled_at
    began = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
    desk.set(meeting_id, started_at=began)
    assert desk.titles(since=began, until=began + timedelta(seconds=1)) == ["Round one"]
