"""A recording from the call's live files to its deletion, over a real database and folder."""

import hashlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from peak_app.adapters.folder.storage import FolderStore
from peak_app.db.models import AuditEntry
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.recordings.service import RecordingService
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import InvalidInput, NotAllowed, NotFound
from tests.camera_files import camera_stream, tone, write_camera, write_voice
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.held_calls import HeldCalls
from tests.people import register


class Desk:
    """The pipeline's service and the page's over one folder."""

    def __init__(self, held: HeldCalls, home: Path) -> None:
        self.held = held
        self.home = home
        self.clock = FakeClock()
        self.store = FolderStore(home)
        self.pipeline = self.service(held.worker_sessions)
        self.page = self.service(held.sessions)
        self.user_id = held.user_id

    def service(self, sessions: TenantSessions) -> RecordingService:
        return RecordingService(
            sessions, self.store, self.clock, media_home=self.home, retention_days=90, settle_s=0.05
        )

    def live(self, meeting_id: UUID) -> Path:
        return self.home / str(self.user_id) / str(meeting_id) / "live"


@pytest.fixture
def desk(sessions: TenantSessions, worker_sessions: TenantSessions, tmp_path: Path) -> Desk:
    return Desk(HeldCalls(sessions, worker_sessions), tmp_path / "media")


def test_a_recording_is_made_found_and_its_live_files_are_gone(desk: Desk):
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(2, 440), tone(2, 900))
    write_camera(desk.live(meeting_id), 0, 0, camera_stream(2), 3)

    step = desk.pipeline.make_recording(desk.user_id, meeting_id)
    recording, store = desk.page.open_recording(desk.user_id, meeting_id)

    content = b"".join(store.read(recording.media_key, 0, recording.size_bytes))
    assert recording.media_type == "video/webm"
    assert (recording.duration_ms, recording.has_video) == (2_000, True)
    assert len(content) == recording.size_bytes == store.size_bytes(recording.media_key)
    assert hashlib.sha256(content).hexdigest() == recording.sha256
    assert recording.expires_at is not None
    assert (recording.expires_at - desk.clock()).days == 90
    assert step.facts["frames"] == 30
    assert not desk.live(meeting_id).exists()
    assert [path.name for path in desk.live(meeting_id).parent.iterdir()] == ["recording.webm"]


def test_making_it_again_makes_nothing(desk: Desk):
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(1, 440), None)
    desk.pipeline.make_recording(desk.user_id, meeting_id)
    before, _ = desk.page.open_recording(desk.user_id, meeting_id)
    desk.clock.pass_time(hours=1)

    assert desk.pipeline.make_recording(desk.user_id, meeting_id).is_unchanged
    after, _ = desk.page.open_recording(desk.user_id, meeting_id)
    assert after == before


def test_a_run_that_died_before_it_cleaned_up_is_finished_by_the_next(desk: Desk):
    meeting_id = desk.held.hold()
    live = desk.live(meeting_id)
    write_voice(live, 0, 0, tone(1, 440), None)
    copies = {path.name: (path.read_bytes(), path.stat()) for path in live.iterdir()}
    desk.pipeline.make_recording(desk.user_id, meeting_id)
    live.mkdir()
    for name, (content, stat) in copies.items():
        (live / name).write_bytes(content)
        os.utime(live / name, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert desk.pipeline.make_recording(desk.user_id, meeting_id).is_unchanged
    assert not live.exists()


def test_a_call_without_sound_gives_no_recording_and_says_so(desk: Desk):
    meeting_id = desk.held.hold()
    write_camera(desk.live(meeting_id), 0, 0, camera_stream(1), 1)

    step = desk.pipeline.make_recording(desk.user_id, meeting_id)

    assert step.facts == {"has_audio": False}
    assert not desk.live(meeting_id).exists()
    with pytest.raises(NotFound):
        desk.page.open_recording(desk.user_id, meeting_id)


def test_voices_that_can_not_be_placed_are_not_thrown_away(desk: Desk):
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(1, 440), None)
    (desk.live(meeting_id) / "0.json").write_text("{")

    assert desk.pipeline.make_recording(desk.user_id, meeting_id).facts == {"has_audio": False}
    assert (desk.live(meeting_id) / "candidate.0.pcm").exists()


def test_voices_alone_are_an_audio_file(desk: Desk):
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(1, 440), None)

    desk.pipeline.make_recording(desk.user_id, meeting_id)

    recording, _ = desk.page.open_recording(desk.user_id, meeting_id)
    assert (recording.media_type, recording.has_video) == ("audio/webm", False)


def test_when_it_can_not_be_stored_the_live_files_stay(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(1, 440), None)

    def full(_key: str, _source: Path) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(desk.store, "put", full)
        with pytest.raises(OSError, match="space"):
            desk.pipeline.make_recording(desk.user_id, meeting_id)
    left = sorted(path.name for path in desk.live(meeting_id).parent.rglob("*"))

    assert left == ["0.json", "candidate.0.pcm", "live"]
    assert desk.pipeline.make_recording(desk.user_id, meeting_id).facts["has_audio"]


def test_a_call_that_was_not_to_be_recorded_leaves_nothing(desk: Desk):
    meeting_id = desk.held.hold()
    desk.held.switch_recording_off(meeting_id)

    step = desk.pipeline.make_recording(desk.user_id, meeting_id)

    assert step.facts == {"is_recorded": False, "files_deleted": 0}
    with pytest.raises(NotFound):
        desk.page.open_recording(desk.user_id, meeting_id)


def test_media_that_slipped_in_although_recording_was_off_is_deleted(desk: Desk):
    meeting_id = desk.held.hold()
    desk.held.switch_recording_off(meeting_id)
    for _ in range(2):
        write_voice(desk.live(meeting_id), 0, 0, tone(1, 440), tone(1, 900))
        write_camera(desk.live(meeting_id), 0, 0, camera_stream(1), 2)

        step = desk.pipeline.make_recording(desk.user_id, meeting_id)

        assert step.facts == {"is_recorded": False, "files_deleted": 6}
        assert not desk.live(meeting_id).parent.exists()
    with pytest.raises(NotFound):
        desk.page.open_recording(desk.user_id, meeting_id)


def test_a_recording_of_someone_else_does_not_exist(desk: Desk):
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(1, 440), None)
    desk.pipeline.make_recording(desk.user_id, meeting_id)
    stranger = register(desk.held.sessions, "stranger@example.org").user_id

    with pytest.raises(NotFound):
        desk.page.open_recording(stranger, meeting_id)
    with pytest.raises(NotFound):
        desk.pipeline.make_recording(stranger, meeting_id)


def test_recordings_past_their_time_are_deleted_and_younger_ones_stay(desk: Desk):
    def record() -> UUID:
        meeting_id = desk.held.hold()
        write_voice(desk.live(meeting_id), 0, 0, tone(0.2, 440), None)
        desk.pipeline.make_recording(desk.user_id, meeting_id)
        return meeting_id

    old = record()
    desk.clock.pass_time(days=60)
    young = record()
    recording, store = desk.page.open_recording(desk.user_id, old)
    write_camera(desk.live(old), 0, 0, b"came too late", 1)
    desk.clock.pass_time(days=30)

    assert desk.pipeline.delete_expired(desk.user_id) == 1
    assert desk.pipeline.delete_expired(desk.user_id) == 0
    with pytest.raises(NotFound):
        desk.page.open_recording(desk.user_id, old)
    with pytest.raises(NotFound):
        store.size_bytes(recording.media_key)
    assert not desk.live(old).parent.exists()
    assert desk.page.open_recording(desk.user_id, young)


def test_what_never_became_a_recording_is_kept_as_long_as_one_and_no_longer(desk: Desk):
    """Voices that could not be put together, and what a composition left that was killed."""
    desk.page.set_retention(desk.user_id, "30")
    failed, fresh, recorded = desk.held.hold(), desk.held.hold(), _record(desk)
    for meeting_id in (failed, fresh):
        write_voice(desk.live(meeting_id), 0, 0, tone(0.2, 440), None)
        (desk.live(meeting_id).parent / ".recording.4711.webm").write_bytes(b"half")
    (desk.live(recorded).parent / ".recording.4711.webm").write_bytes(b"half")
    for days, meeting_id in ((31, failed), (29, fresh), (400, recorded)):
        _age(desk, meeting_id, days)
    (desk.home / str(desk.user_id) / "no meeting").mkdir()

    assert desk.pipeline.delete_left_overs(register(desk.held.sessions, "stranger@example.org").user_id) == 0
    assert desk.pipeline.delete_left_overs(desk.user_id) == 1
    assert desk.pipeline.delete_left_overs(desk.user_id) == 0

    assert not desk.live(failed).parent.exists()
    assert desk.live(fresh).exists()
    assert desk.page.open_recording(desk.user_id, recorded)
    desk.clock.pass_time(days=30)
    assert desk.pipeline.delete_expired(desk.user_id) == 1
    assert not desk.live(recorded).parent.exists(), "with the recording goes what was half made"


def test_what_a_killed_composition_left_half_made_goes_with_the_next_one(desk: Desk):
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(0.2, 440), None)
    folder = desk.live(meeting_id).parent
    for name in (".recording.4711.webm", ".recording.webm.4712"):
        (folder / name).write_bytes(b"half")

    desk.pipeline.make_recording(desk.user_id, meeting_id)

    assert [path.name for path in folder.iterdir()] == ["recording.webm"]


def test_two_who_make_the_recording_of_one_meeting_take_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(0.2, 440), None)
    at_work, most = 0, 0
    put = desk.store.put

    def slowly(key: str, source: Path):
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        time.sleep(0.3)
        at_work -= 1
        return put(key, source)

    monkeypatch.setattr(desk.store, "put", slowly)
    with ThreadPoolExecutor(3) as threads:
        made = [threads.submit(desk.pipeline.make_recording, desk.user_id, meeting_id) for _ in range(3)]
        steps = [step.result() for step in made]

    assert most == 1
    assert sorted(step.is_unchanged for step in steps) == [False, True, True]


def test_recordings_of_different_meetings_do_not_wait_for_each_other(desk: Desk):
    one, other = desk.held.hold(), desk.held.hold()
    write_voice(desk.live(other), 0, 0, tone(0.2, 440), None)

    with desk.held.worker_sessions.alone(f"media:{one}"):
        assert desk.pipeline.make_recording(desk.user_id, other).facts["has_audio"]


def test_who_dies_while_making_a_recording_holds_nobody_up(desk: Desk, database: ScratchDatabase):
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(0.2, 440), None)
    script = (
        "import sys, time\n"
        "from peak_app.db.engine import engine\n"
        "from peak_app.db.tenancy import TenantSessions\n"
        "with TenantSessions(engine(sys.argv[1])).alone(sys.argv[2]):\n"
        "    print('in', flush=True)\n"
        "    time.sleep(60)\n"
    )
    arguments = [sys.executable, "-c", script, database.worker_url, f"media:{meeting_id}"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"in\n"
        with ThreadPoolExecutor(1) as threads:
            made = threads.submit(desk.pipeline.make_recording, desk.user_id, meeting_id)
            time.sleep(0.5)
            assert not made.done()
            other.kill()
            assert made.result(10).facts["has_audio"]


def test_nobody_deletes_what_is_someone_elses(desk: Desk):
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(0.2, 440), None)
    desk.pipeline.make_recording(desk.user_id, meeting_id)
    stranger = register(desk.held.sessions, "stranger@example.org").user_id
    desk.clock.pass_time(days=365)

    assert desk.pipeline.delete_expired(stranger) == 0
    assert desk.page.open_recording(desk.user_id, meeting_id)


def _record(desk: Desk) -> UUID:
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(0.2, 440), None)
    desk.pipeline.make_recording(desk.user_id, meeting_id)
    return meeting_id


def _age(desk: Desk, meeting_id: UUID, days: int) -> None:
    at = (desk.clock() - timedelta(days=days)).timestamp()
    folder = desk.live(meeting_id).parent
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (at, at))


def _kept_days(desk: Desk, meeting_id: UUID) -> int:
    recording, _ = desk.page.open_recording(desk.user_id, meeting_id)
    assert recording.expires_at is not None
    return (recording.expires_at - recording.created_at).days


def test_a_person_says_how_long_their_recordings_are_kept(desk: Desk):
    assert desk.page.retention_days_for(desk.user_id) == 90

    kept = desk.page.set_retention(desk.user_id, " 30 ")

    assert (kept.own_days, kept.days, kept.default_days) == (30, 30, 90)
    assert desk.page.retention_days_for(desk.user_id) == desk.pipeline.retention_days_for(desk.user_id) == 30
    assert _kept_days(desk, _record(desk)) == 30


def test_what_they_say_counts_for_the_recordings_there_are(desk: Desk):
    old = _record(desk)
    desk.clock.pass_time(days=40)
    young = _record(desk)

    desk.page.set_retention(desk.user_id, "30")

    assert (_kept_days(desk, old), _kept_days(desk, young)) == (30, 30)
    assert desk.pipeline.delete_expired(desk.user_id) == 1
    with pytest.raises(NotFound):
        desk.page.open_recording(desk.user_id, old)

    assert desk.page.set_retention(desk.user_id, "").days == 90
    assert _kept_days(desk, young) == 90


def test_a_change_is_noted_and_no_change_is_not(desk: Desk):
    for days in ("30", "30", "", None):
        desk.page.set_retention(desk.user_id, days)

    with desk.held.sessions.for_user(desk.user_id) as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.action == "retention_changed")).all()
    assert [entry.subject_id for entry in noted] == [str(desk.held.person.workspace_id)] * 2


def test_days_that_make_no_sense_change_nothing(desk: Desk):
    desk.page.set_retention(desk.user_id, "30")
    for days in ("0", "3651", "soon", 7, ["30"]):
        with pytest.raises(InvalidInput):
            desk.page.set_retention(desk.user_id, days)
    assert desk.page.retention_days_for(desk.user_id) == 30


def test_recordings_of_others_are_kept_as_long_as_they_say(desk: Desk):
    meeting_id = _record(desk)
    stranger = register(desk.held.sessions, "stranger@example.org").user_id

    desk.page.set_retention(stranger, "1")

    assert (desk.page.retention_days_for(stranger), desk.page.retention_days_for(desk.user_id)) == (1, 90)
    assert _kept_days(desk, meeting_id) == 90


@pytest.mark.parametrize("role", ["member", "coach"])
def test_only_an_owner_of_the_workspace_may_say_so(desk: Desk, database: ScratchDatabase, role: str):
    meeting_id = _record(desk)
    with database.server.superuser(DATABASE) as connection:
        connection.execute("update membership set role = %s where account_id = %s", (role, desk.user_id))

    with pytest.raises(NotAllowed):
        desk.page.set_retention(desk.user_id, "30")

    assert desk.page.retention_days_for(desk.user_id) == 90
    assert _kept_days(desk, meeting_id) == 90
    with desk.held.sessions.for_user(desk.user_id) as session:
        assert session.exec(select(AuditEntry)).all() == []
