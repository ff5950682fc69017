"""What costs rows, disk or requests elsewhere can be done so often by one person, and then there is a sentence."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from peak_app.adapters.folder.storage import FolderStore
from peak_app.api.camera import CHUNKS_PER_MINUTE
from peak_app.api.media import READS_PER_MINUTE
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.calendars.service import RENEWED_PER_HOUR, CalendarService
from peak_app.domain.meetings.service import SEARCHED_PER_MINUTE, MeetingService
from peak_app.domain.notifications.models import Kind
from peak_app.domain.notifications.service import CHOSEN_PER_HOUR, NotificationService
from peak_app.domain.recordings.service import RETAINED_PER_HOUR, RecordingService
from peak_app.errors import TooManyRequests
from peak_app.i18n.catalogue import t
from tests.fakes.clock import FakeClock
from tests.integration.web_stage import WebStage
from tests.people import register

ORIGIN = "https://peak.example.org"


@pytest.fixture
def ann(sessions: TenantSessions) -> UUID:
    return register(sessions, "ann@example.org").user_id


@pytest.fixture
def bob(sessions: TenantSessions, ann: UUID) -> UUID:
    return register(sessions, "bob@example.org").user_id


def holds(limit: int, do: Callable[[UUID, int], object], ann: UUID, bob: UUID) -> bool:
    """Whether Ann may do it so often, not once more, and Bob all the same."""
    for number in range(limit):
        do(ann, number)
    with pytest.raises(TooManyRequests):
        do(ann, limit)
    do(bob, 0)
    return True


def test_feeds_are_renewed_and_switched_off_so_often(sessions: TenantSessions, ann: UUID, bob: UUID) -> None:
    calendars = CalendarService(sessions, lambda purpose: purpose.encode(), FakeClock(), ORIGIN)
    both = (calendars.renew_feed, calendars.switch_off)
    assert holds(RENEWED_PER_HOUR, lambda who, number: both[number % 2](who), ann, bob)


def test_how_to_be_told_is_chosen_so_often(sessions: TenantSessions, ann: UUID, bob: UUID) -> None:
    told = NotificationService(sessions, FakeClock(), ORIGIN)

    def choose(who: UUID, number: int) -> object:
        return told.choose(who, Kind.RESULTS, in_app=bool(number % 2), by_mail=False)

    assert holds(CHOSEN_PER_HOUR, choose, ann, bob)


def test_how_long_recordings_are_kept_is_changed_so_often(
    sessions: TenantSessions, ann: UUID, bob: UUID, tmp_path: Path
) -> None:
    recordings = RecordingService(sessions, FolderStore(tmp_path), FakeClock(), media_home=tmp_path, retention_days=90)
    assert holds(RETAINED_PER_HOUR, lambda who, number: recordings.set_retention(who, str(30 + number)), ann, bob)
    # What is so already is no change.
    last = 30 + RETAINED_PER_HOUR - 1
    assert recordings.set_retention(ann, str(last)).days == last


def test_meetings_are_searched_so_often_and_listed_without_end(sessions: TenantSessions, ann: UUID, bob: UUID) -> None:
    meetings = MeetingService(sessions, FakeClock())
    assert holds(SEARCHED_PER_MINUTE, lambda who, _: meetings.list_meetings(who, search="marjoram"), ann, bob)
    assert meetings.list_meetings(ann).total == 0


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("GET", "/media/{meeting_id}/recording.webm", READS_PER_MINUTE),
        ("PUT", "/api/calls/{meeting_id}/camera/1/0?at_ms=0", CHUNKS_PER_MINUTE),
    ],
)
def test_recordings_are_read_and_films_sent_so_often(web: WebStage, method: str, path: str, limit: int) -> None:
    ann, bob = web.browser(), web.browser()
    ann.sign_in("ann@example.org")
    bob.sign_in("bob@example.org")
    path = path.format(meeting_id=uuid4())
    answers = [ann.http.request(method, path, content=b"x") for _ in range(limit + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert (answers[-1].status_code, answers[-1].json()) == (429, {"error": t("refusal.too_fast")})
    assert bob.http.request(method, path, content=b"x").status_code == 404
