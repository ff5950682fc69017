"""What people are told, once: reminders of plans, and news of results."""

import threading
from datetime import timedelta
from uuid import UUID

import dagster as dg
import pytest
from sqlmodel import col, select

from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.deletion import DeletionService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.notifications import service as module
from peak_app.domain.notifications.models import Kind, Notification
from peak_app.domain.notifications.service import NotificationService
from pipelines.defs.notifications.sensors import reminders, send_due
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.people import register
from tests.scripted_services import ScriptedServices

ORIGIN = "https://peak.example.org"


class Desk:
    """Ann in Berlin, who plans; and the pipeline, which reminds her."""

    def __init__(self, sessions: TenantSessions, worker_sessions: TenantSessions, email: str) -> None:
        self.sessions, self.worker_sessions, self.clock = sessions, worker_sessions, FakeClock()
        self.email = email
        self.user_id = register(sessions, email).user_id
        with sessions.for_user(self.user_id) as session:
            session.get_one(Account, self.user_id).time_zone = "Europe/Berlin"
        self.web = NotificationService(sessions, self.clock, ORIGIN)
        self.worker = NotificationService(worker_sessions, self.clock, ORIGIN)
        self.meetings = MeetingService(sessions, self.clock)
        self.finishing = MeetingService(worker_sessions, self.clock, self.worker.tell_of_results)
        self.calls = CallService(worker_sessions, self.clock)
        self.agent_id = (
            AgentService(sessions, self.clock).create_agent(self.user_id, name="Ada", instructions="Ask.").agent_id
        )

    def plan(self, title: str = "Round one", *, is_demo: bool = False, **ahead: float) -> UUID:
        return self.meetings.create_meeting(
            self.user_id,
            title=title,
            agent_id=self.agent_id,
            scheduled_at=self.clock.at + timedelta(**ahead),
            is_demo=is_demo,
        ).meeting_id

    def choose(self, *leads: int, in_app: bool = True, by_mail: bool = True) -> None:
        self.web.choose(self.user_id, Kind.REMINDER, in_app=in_app, by_mail=by_mail, leads=leads)

    def pass_and_send(self, **duration: float) -> int:
        self.clock.pass_time(**duration)
        return send_due(self.worker)

    def mails(self) -> list[Mail]:
        with self.sessions.mailroom() as session:
            return list(session.exec(select(Mail).where(Mail.to_email == self.email).order_by(col(Mail.created_at))))

    def told(self) -> list[tuple[str, bool]]:
        """Kind of each notification of the app, newest first, and whether it was read."""
        return [(told.kind.value, told.is_read) for told in self.web.list_newest(self.user_id).newest]

    def finish(self, *, is_good: bool = True, is_demo: bool = False) -> UUID:
        meeting_id = self.meetings.create_meeting(
            self.user_id, title="Round one", agent_id=self.agent_id, is_demo=is_demo
        ).meeting_id
        self.calls.open_call(self.user_id, meeting_id, "bridge-1")
        self.calls.mark_connected(self.user_id, meeting_id, "bridge-1")
        self.calls.end_call(self.user_id, meeting_id, "ended_by_person")
        if is_good:
            self.finishing.complete_meeting(self.user_id, meeting_id)
        else:
            self.finishing.fail_meeting(self.user_id, meeting_id, reason="The disk is full.")
        return meeting_id


@pytest.fixture
def desk(sessions: TenantSessions, worker_sessions: TenantSessions) -> Desk:
    return Desk(sessions, worker_sessions, "ann@example.org")


def test_an_hour_before_a_meeting_one_is_reminded_in_the_app_and_by_mail(desk: Desk) -> None:
    meeting_id = desk.plan(hours=3)
    assert desk.pass_and_send(minutes=119) == 0
    assert desk.pass_and_send(minutes=1) == 1
    [mail] = desk.mails()
    assert mail.subject == "Round one begins on 10 Mar 2026 at 13:00"
    assert "13:00 (Europe/Berlin)" in mail.text
    assert f"{ORIGIN}/meetings/{meeting_id}" in mail.text
    found = desk.web.list_newest(desk.user_id)
    assert (found.unread, found.newest[0].meeting_id, found.newest[0].title) == (1, meeting_id, "Round one")


def test_each_time_one_chose_reminds_once(desk: Desk) -> None:
    desk.choose(10, 60, 1440)
    desk.plan(hours=25)
    sent = [desk.pass_and_send(minutes=10) for _ in range(26 * 6)]
    assert sum(sent) == 3
    assert len(desk.mails()) == 3
    assert all(kind == "reminder" for kind, _ in desk.told())


def test_after_a_long_silence_only_the_nearest_reminder_is_sent(desk: Desk) -> None:
    desk.choose(10, 60, 1440)
    desk.plan(days=3)
    assert desk.pass_and_send(days=2, hours=23, minutes=55) == 1
    assert desk.pass_and_send(minutes=1) == 0
    assert len(desk.mails()) == 1


def test_a_meeting_that_was_to_begin_is_not_reminded_of(desk: Desk) -> None:
    desk.plan(hours=3)
    assert desk.pass_and_send(hours=3) == 0
    assert desk.told() == []


def test_nobody_is_reminded_of_what_begins_sooner_than_they_wish_to_be(desk: Desk) -> None:
    desk.plan(minutes=30)
    assert [desk.pass_and_send(minutes=5) for _ in range(7)] == [0] * 7


def test_a_moved_meeting_is_reminded_of_at_its_new_time(desk: Desk) -> None:
    meeting_id = desk.plan(hours=3)
    desk.meetings.reschedule_meeting(desk.user_id, meeting_id, scheduled_at=desk.clock.at + timedelta(hours=6))
    assert desk.pass_and_send(hours=2) == 0
    assert desk.pass_and_send(hours=3) == 1
    assert "16:00" in desk.mails()[0].subject


def test_a_meeting_moved_after_its_reminder_gets_another(desk: Desk) -> None:
    meeting_id = desk.plan(hours=3)
    assert desk.pass_and_send(hours=2) == 1
    desk.meetings.reschedule_meeting(desk.user_id, meeting_id, scheduled_at=desk.clock.at + timedelta(hours=5))
    assert [desk.pass_and_send(hours=1) for _ in range(4)] == [0, 0, 0, 1]


def test_a_cancelled_or_begun_meeting_is_not_reminded_of(desk: Desk) -> None:
    cancelled, begun = desk.plan(hours=3), desk.plan(hours=3)
    desk.meetings.cancel_meeting(desk.user_id, cancelled)
    desk.calls.open_call(desk.user_id, begun, "bridge-1")
    desk.calls.mark_connected(desk.user_id, begun, "bridge-1")
    assert desk.pass_and_send(hours=2) == 0
    assert desk.mails() == []


def test_a_deleted_meeting_takes_its_notifications_with_it(desk: Desk) -> None:
    meeting_id = desk.plan(hours=3)
    desk.pass_and_send(hours=2)
    receipt = DeletionService(desk.sessions, desk.clock).delete_meeting(desk.user_id, meeting_id)
    assert (receipt.row_counts["notification"], receipt.row_counts["planned_time"]) == (1, 1)
    assert desk.told() == []


def test_two_workers_at_once_send_one_reminder(desk: Desk) -> None:
    for _ in range(8):
        desk.plan(hours=3)
    desk.clock.pass_time(hours=2)
    sent: list[int] = []
    workers = [threading.Thread(target=lambda: sent.append(send_due(desk.worker))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    send_due(desk.worker)
    assert (len(desk.mails()), len(desk.told())) == (8, 8)


def test_a_worker_that_dies_while_sending_sends_it_later_and_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.plan(hours=3)

    def die(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(module, "reminder_message", die)
        with pytest.raises(dg.Failure, match="1 reminders could not be sent, the first: ConnectionError"):
            desk.pass_and_send(hours=2)
    assert desk.told() == []
    assert (send_due(desk.worker), send_due(desk.worker)) == (1, 0)
    assert (len(desk.mails()), len(desk.told())) == (1, 1)


def test_one_reminder_that_can_not_be_sent_holds_up_no_other(
    desk: Desk, worker_sessions: TenantSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = Desk(desk.sessions, worker_sessions, "bob@example.org")
    desk.plan(hours=2)
    bob.plan(hours=3)
    desk.clock.pass_time(hours=1)
    remind = desk.worker.remind

    def remind_others(owner_id: UUID, meeting_id: UUID) -> bool:
        if owner_id == desk.user_id:
            raise ConnectionError
        return remind(owner_id, meeting_id)

    monkeypatch.setattr(desk.worker, "remind", remind_others)
    with pytest.raises(dg.Failure):
        desk.pass_and_send(minutes=61)
    assert (len(bob.mails()), len(desk.mails())) == (1, 0)


def test_a_time_zone_that_is_not_known_any_more_costs_nobody_a_reminder(
    desk: Desk, worker_sessions: TenantSessions
) -> None:
    bob = Desk(desk.sessions, worker_sessions, "bob@example.org")
    with desk.sessions.for_user(desk.user_id) as session:
        session.get_one(Account, desk.user_id).time_zone = "Nowhere/Land"
    desk.plan(hours=3)
    bob.plan(hours=3)
    assert desk.pass_and_send(hours=2) == 2
    assert "12:00 (UTC)" in desk.mails()[0].text
    assert "13:00 (Europe/Berlin)" in bob.mails()[0].text
    assert [told.title for told in bob.web.list_newest(bob.user_id).newest] == ["Round one"]


def test_where_one_is_told_is_ones_own_choice(desk: Desk) -> None:
    desk.choose(60, in_app=False)
    desk.plan(hours=3)
    desk.pass_and_send(hours=2)
    assert (len(desk.mails()), desk.told()) == (1, [])
    desk.choose(60, by_mail=False)
    desk.plan(hours=3)
    desk.pass_and_send(hours=2)
    assert (len(desk.mails()), len(desk.told())) == (1, 1)
    desk.choose(in_app=False, by_mail=False)
    desk.plan(hours=3)
    assert desk.pass_and_send(hours=2) == 0


def test_another_choice_counts_for_what_is_planned_already(desk: Desk) -> None:
    desk.plan(hours=3)
    desk.choose(10)
    assert desk.pass_and_send(hours=2) == 0
    assert desk.pass_and_send(minutes=50) == 1


def test_made_up_meetings_remind_nobody(desk: Desk) -> None:
    desk.plan(hours=3, is_demo=True)
    desk.finish(is_demo=True)
    assert desk.pass_and_send(hours=2) == 0
    assert desk.told() == []


def test_news_of_results_come_once_for_each_outcome(desk: Desk) -> None:
    meeting_id = desk.finish(is_good=False)
    desk.finishing.fail_meeting(desk.user_id, meeting_id, reason="Again.")
    assert [told.is_good for told in desk.web.list_newest(desk.user_id).newest] == [False]
    desk.clock.pass_time(minutes=1)
    desk.finishing.complete_meeting(desk.user_id, meeting_id)
    assert [told.is_good for told in desk.web.list_newest(desk.user_id).newest] == [True, False]
    assert desk.mails() == []


def test_news_of_results_come_by_mail_to_whoever_wants_it(desk: Desk) -> None:
    desk.web.choose(desk.user_id, Kind.RESULTS, in_app=False, by_mail=True)
    desk.finish()
    desk.finish(is_good=False)
    assert [mail.subject for mail in desk.mails()] == [
        "The results of Round one are ready",
        "The results of Round one could not be made",
    ]
    assert desk.told() == []


def test_what_was_read_stays_read(desk: Desk) -> None:
    desk.finish()
    desk.clock.pass_time(minutes=1)
    desk.finish()
    newest = desk.web.list_newest(desk.user_id).newest
    desk.web.mark_read(desk.user_id, [newest[1].notification_id])
    assert desk.told() == [("results", False), ("results", True)]
    desk.web.mark_read(desk.user_id)
    assert desk.web.list_newest(desk.user_id).unread == 0


def test_a_stranger_reads_nothing_away(desk: Desk) -> None:
    desk.finish()
    bob = register(desk.sessions, "bob@example.org").user_id
    assert desk.web.list_newest(bob).newest == []
    desk.web.mark_read(bob, [told.notification_id for told in desk.web.list_newest(desk.user_id).newest])
    desk.web.mark_read(bob)
    assert desk.web.list_newest(desk.user_id).unread == 1


def test_no_mail_has_a_word_of_what_was_said(desk: Desk) -> None:
    desk.web.choose(desk.user_id, Kind.RESULTS, in_app=True, by_mail=True)
    desk.finish(is_good=False)
    assert "disk" not in desk.mails()[0].text
    with desk.sessions.for_user(desk.user_id) as session:
        assert "disk" not in str(session.exec(select(Notification)).one().model_dump())


def test_the_pipeline_reminds_at_every_tick(database: ScratchDatabase, desk: Desk) -> None:
    peak = ScriptedServices(database.settings, "worker")
    with dg.DagsterInstance.ephemeral() as instance:
        result = reminders(dg.build_sensor_context(instance=instance, resources={"peak": peak}))
    assert isinstance(result, dg.SkipReason)
    assert result.skip_message == "0 reminders were sent."
