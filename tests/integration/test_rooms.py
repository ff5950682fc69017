"""Calls held at a room service: what is kept of them, and that neither order, repetition nor silence spoils it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from peak_app.adapters.folder.storage import FolderStore
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.meetings.deletion import DeletionService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.rooms import repository
from peak_app.domain.rooms.models import KEPT_CALL, FileState, KeptCall, KeptFile
from peak_app.domain.rooms.service import EXPECT_FOR, NEVER_BEGUN_AFTER, SLACK, RoomService
from peak_app.errors import NotFound
from peak_app.ports.rooms import FileKind, HeldFile, NotSigned, RoomBell, RoomNews, RoomsUnavailable
from tests.fakes.clock import FakeClock
from tests.fakes.rooms import FakeRooms
from tests.held_calls import HeldCalls

HOUR = timedelta(hours=1)
RECORDING = HeldFile(FileKind.RECORDING, "s1", "../../evil.MP4", "https://files.example.org/1")
TRANSCRIPTION = HeldFile(FileKind.TRANSCRIPTION, "s1", "words.jsonl", "https://files.example.org/2")


@dataclass
class Hotel:
    """The service as the web process and the pipeline have it, over one fake."""

    held: HeldCalls
    rooms: FakeRooms
    clock: FakeClock
    web: RoomService
    worker: RoomService
    media: Path

    @property
    def me(self) -> UUID:
        return self.held.user_id

    def open_live(self) -> UUID:
        meeting_id = self.held.start()
        self.web.open_room(self.me, meeting_id, HOUR)
        return meeting_id

    def end(self, meeting_id: UUID) -> None:
        self.held.calls.end_call(self.me, meeting_id, "ended_by_person")

    def call(self, meeting_id: UUID) -> KeptCall:
        with self.held.sessions.for_user(self.me) as session:
            found = repository.find_call(session, meeting_id)
        assert found is not None
        return found

    def files(self, meeting_id: UUID) -> dict[str, KeptFile]:
        with self.held.sessions.for_user(self.me) as session:
            return {row.filename: row for row in repository.list_files(session, meeting_id)}

    def ring(self, meeting_id: UUID | None, news: RoomNews, *, session: str = "s1", at: datetime | None = None):
        body = uuid4().bytes
        self.rooms.bells[body] = RoomBell(uuid4().hex, f"call.{news}", news, meeting_id, session, at, None)
        return self.web.ring(body, {})


@pytest.fixture
def hotel(held: HeldCalls, sessions: TenantSessions, worker_sessions: TenantSessions, tmp_path: Path) -> Hotel:
    rooms, clock = FakeRooms(), FakeClock()

    def service(own: TenantSessions) -> RoomService:
        return RoomService(
            own, clock, lambda: rooms, calls=held.calls, store=FolderStore(tmp_path), media_home=tmp_path
        )

    return Hotel(held, rooms, clock, service(sessions), service(worker_sessions), tmp_path)


def test_the_service_is_told_once_however_often_someone_in_line_asks(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.web.open_room(hotel.me, meeting_id, HOUR)
    assert hotel.rooms.opened == [(meeting_id, True, HOUR + SLACK)]
    hotel.held.switch_recording_off(meeting_id)
    hotel.web.open_room(hotel.me, meeting_id, HOUR)
    assert [is_recorded for _, is_recorded, _ in hotel.rooms.opened] == [True, False]


def test_a_call_is_known_here_before_a_service_that_fails_may_know_of_it(hotel: Hotel) -> None:
    meeting_id = hotel.held.start()
    hotel.rooms.is_away = True
    with pytest.raises(RoomsUnavailable):
        hotel.web.open_room(hotel.me, meeting_id, HOUR)
    assert hotel.call(meeting_id).is_recorded is None
    receipt_of = DeletionService(hotel.held.sessions, hotel.clock)
    hotel.end(meeting_id)
    assert receipt_of.delete_meeting(hotel.me, meeting_id).row_counts[KEPT_CALL] == 1


def test_nobody_gets_a_pass_to_a_call_of_someone_else(hotel: Hotel, sessions, worker_sessions) -> None:
    meeting_id = hotel.open_live()
    assert hotel.web.make_pass(hotel.me, meeting_id).user_id == f"person-{hotel.me}"
    with pytest.raises(NotFound):
        hotel.web.make_pass(HeldCalls(sessions, worker_sessions).user_id, meeting_id)


def test_files_are_kept_under_names_of_our_own_and_then_nothing_is_waited_for(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.end(meeting_id)
    hotel.rooms.files = {RECORDING: b"film", TRANSCRIPTION: b"{}"}
    assert hotel.worker.look_after(hotel.me, meeting_id) == 2
    assert hotel.rooms.closed == [meeting_id]
    film = hotel.files(meeting_id)[RECORDING.filename]
    assert (film.state, film.size_bytes) == (FileState.KEPT, 4)
    assert (hotel.media / film.media_key).read_bytes() == b"film"
    assert (hotel.media / film.media_key).parent == hotel.media / str(hotel.me) / str(meeting_id)
    assert film.media_key.endswith(".mp4")
    assert hotel.call(meeting_id).due_at is None
    assert not list(hotel.media.rglob(".*"))


def test_what_was_fetched_is_shown_to_its_owner_as_long_as_it_is_here(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.rooms.files = {RECORDING: b"film", TRANSCRIPTION: b"words"}
    hotel.end(meeting_id)
    hotel.worker.look_after(hotel.me, meeting_id)

    shown = hotel.web.list_files(hotel.me, meeting_id)
    assert {(file.kind, file.size_bytes) for file in shown} == {("recording", 4), ("transcription", 5)}
    assert hotel.web.list_files(uuid4(), meeting_id) == []
    (hotel.media / shown[0].media_key).unlink()
    assert [file.id for file in hotel.web.list_files(hotel.me, meeting_id)] == [shown[1].id]


def test_repeating_fetches_and_closes_nothing_twice(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.end(meeting_id)
    hotel.rooms.files = {RECORDING: b"film"}
    assert [hotel.worker.look_after(hotel.me, meeting_id) for _ in range(2)] == [1, 0]
    assert (hotel.rooms.fetched, hotel.rooms.closed) == ([RECORDING.filename], [meeting_id])


def test_what_is_not_there_yet_is_looked_for_ever_more_rarely_and_not_for_ever(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.end(meeting_id)
    waits: list[timedelta] = []
    while True:
        hotel.worker.look_after(hotel.me, meeting_id)
        due_at = hotel.call(meeting_id).due_at
        if due_at is None:
            break
        waits.append(due_at - hotel.clock())
        hotel.clock.at = due_at
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert hotel.clock() > hotel.call(meeting_id).opened_at + EXPECT_FOR
    # A webhook makes it due at once, however late it comes.
    hotel.ring(meeting_id, RoomNews.FILE_READY)
    assert [call.meeting_id for call in hotel.worker.list_due()] == [meeting_id]


def test_a_service_that_is_away_is_asked_again(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.end(meeting_id)
    hotel.rooms.is_away = True
    assert hotel.worker.look_after(hotel.me, meeting_id) == 0
    call = hotel.call(meeting_id)
    assert (call.attempts, call.due_at) == (1, hotel.clock() + timedelta(minutes=1))
    hotel.rooms.is_away = False
    hotel.worker.look_after(hotel.me, meeting_id)
    assert hotel.call(meeting_id).attempts == 0


def test_a_refused_file_is_noted_and_holds_up_no_other(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.end(meeting_id)
    hotel.rooms.files = {RECORDING: None, TRANSCRIPTION: b"{}"}
    assert hotel.worker.look_after(hotel.me, meeting_id) == 1
    assert hotel.files(meeting_id)[RECORDING.filename].state == FileState.FAILED


def test_of_a_call_that_is_not_recorded_nothing_is_fetched(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.held.switch_recording_off(meeting_id)
    hotel.end(meeting_id)
    hotel.rooms.files = {RECORDING: b"film"}
    assert hotel.worker.look_after(hotel.me, meeting_id) == 0
    assert (hotel.rooms.fetched, hotel.rooms.closed) == ([], [meeting_id])


def test_a_call_that_goes_on_is_left_alone(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.worker.look_after(hotel.me, meeting_id)
    assert hotel.rooms.closed == []
    assert hotel.held.status(meeting_id) == MeetingStatus.LIVE


def test_a_call_nobody_came_to_is_ended_there_after_a_day(hotel: Hotel) -> None:
    meeting_id = hotel.held.meetings.create_meeting(
        hotel.me, title="Round one", agent_id=hotel.held.agent_id
    ).meeting_id
    hotel.web.open_room(hotel.me, meeting_id, HOUR)
    hotel.worker.look_after(hotel.me, meeting_id)
    assert hotel.rooms.closed == []
    hotel.clock.at += NEVER_BEGUN_AFTER
    hotel.worker.look_after(hotel.me, meeting_id)
    assert hotel.rooms.closed == [meeting_id]
    assert hotel.held.status(meeting_id) == MeetingStatus.SCHEDULED


@pytest.mark.parametrize("news", [RoomNews.ENDED])
def test_a_call_that_is_over_there_closes_the_meeting_also_without_a_bridge(hotel: Hotel, news: RoomNews) -> None:
    meeting_id = hotel.open_live()
    assert hotel.ring(meeting_id, news, at=hotel.clock()).ended == (hotel.me, meeting_id)
    hotel.worker.look_after(hotel.me, meeting_id)
    assert hotel.held.status(meeting_id) == MeetingStatus.PROCESSING


@pytest.mark.parametrize("is_in_order", [True, False])
def test_the_end_of_an_earlier_stretch_does_not_end_one_that_goes_on(hotel: Hotel, is_in_order: bool) -> None:
    meeting_id, start = hotel.open_live(), hotel.clock()
    bells: list[Callable[[], object]] = [
        lambda: hotel.ring(meeting_id, RoomNews.ENDED, session="s1", at=start + HOUR),
        lambda: hotel.ring(meeting_id, RoomNews.STARTED, session="s2", at=start + 2 * HOUR),
    ]
    hotel.ring(meeting_id, RoomNews.STARTED, session="s1", at=start)
    for bell in bells if is_in_order else reversed(bells):
        bell()
    assert hotel.call(meeting_id).ended_at is None
    hotel.worker.look_after(hotel.me, meeting_id)
    assert hotel.held.status(meeting_id) == MeetingStatus.LIVE


def test_someone_who_leaves_or_comes_back_ends_nothing(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    assert hotel.ring(meeting_id, RoomNews.OTHER).ended is None
    assert hotel.call(meeting_id).ended_at is None


def test_the_same_webhook_counts_once(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.ring(meeting_id, RoomNews.ENDED, at=hotel.clock())
    ((body, _),) = hotel.rooms.bells.items()
    again = hotel.web.ring(body, {})
    assert (again.is_new, again.ended) == (False, None)


def test_a_webhook_about_nothing_of_ours_changes_nothing_and_is_taken(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    for stranger in (uuid4(), None):
        rung = hotel.ring(stranger, RoomNews.ENDED)
        assert (rung.is_new, rung.ended) == (True, None)
    assert hotel.call(meeting_id).ended_at is None


def test_a_forged_webhook_is_refused(hotel: Hotel) -> None:
    with pytest.raises(NotSigned):
        hotel.web.ring(b"forged", {})


def test_what_could_not_be_made_is_noted(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.ring(meeting_id, RoomNews.FILE_FAILED)
    (noted,) = hotel.files(meeting_id).values()
    assert (noted.state, noted.filename) == (FileState.FAILED, "")
    assert noted.reason


def test_one_worker_at_a_time_looks_after_a_call(hotel: Hotel) -> None:
    hotel.open_live()
    hotel.clock.pass_time(minutes=5)
    (call,) = hotel.worker.list_due()
    assert [hotel.worker.claim(call) for _ in range(2)] == [True, False]
    assert hotel.worker.list_due() == []


def test_a_file_that_comes_in_while_its_meeting_is_deleted_does_not_stay(hotel: Hotel) -> None:
    meeting_id = hotel.open_live()
    hotel.end(meeting_id)
    deletions = DeletionService(hotel.held.sessions, hotel.clock)

    def delete_meanwhile(file: HeldFile, place: Path, limit: int) -> int:
        deletions.delete_meeting(hotel.me, meeting_id)
        return place.write_bytes(b"film")

    hotel.rooms.files = {RECORDING: b"film"}
    hotel.rooms.fetch_file = delete_meanwhile
    with pytest.raises(NotFound):
        hotel.worker.look_after(hotel.me, meeting_id)
    assert [path for path in hotel.media.rglob("*") if path.is_file()] == []
