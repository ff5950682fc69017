"""`peak seed` against a real PostgreSQL."""

import itertools
from datetime import UTC, datetime

from sqlmodel import select

from peak_app.cli.demo import EMAIL, TALKS
from peak_app.cli.seed import seed, turns_of
from peak_app.db.models import OutboxEvent
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts import repository as accounts
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.status import MeetingStatus

AT = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


def test_it_fills_the_account_once_with_marked_data(sessions: TenantSessions, worker_sessions: TenantSessions):
    assert seed(sessions, worker_sessions, at=AT) is True
    assert seed(sessions, worker_sessions, at=AT) is False
    with sessions.for_email(EMAIL) as session:
        account = accounts.find_account_by_email(session, EMAIL)
    assert account is not None
    page = MeetingService(sessions, lambda: AT).list_meetings(account.id)
    assert page.total == len(TALKS) + 1
    assert all(meeting.is_demo and meeting.title.startswith("Demo: ") for meeting in page.meetings)
    held = [meeting for meeting in page.meetings if meeting.status is MeetingStatus.PROCESSING]
    assert len(held) == len(TALKS)
    assert all(meeting.connected_ms > 60_000 for meeting in held)
    # The pipeline makes the results, as for any call.
    with worker_sessions.without_tenant() as session:
        assert len(session.exec(select(OutboxEvent)).all()) == len(TALKS)


def test_the_demonstration_account_does_not_become_the_operator(
    sessions: TenantSessions, worker_sessions: TenantSessions
):
    seed(sessions, worker_sessions, at=AT)
    with sessions.for_email(EMAIL) as session:
        account = accounts.find_account_by_email(session, EMAIL)
        assert account is not None
        assert not accounts.is_operator(session, account.id)


def test_turns_follow_each_other_without_overlap():
    for talk in TALKS:
        turns = turns_of(talk)
        assert all(a.end_ms < b.start_ms for a, b in itertools.pairwise(turns))
        assert [turn.speaker for turn in turns[:2]] == ["agent", "candidate"]
