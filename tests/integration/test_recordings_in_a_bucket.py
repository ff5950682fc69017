"""A recording's life where recordings are kept in a bucket: made, listened to, played in parts, exported, deleted."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlmodel import select

from peak_app.config import Settings
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.errors import NotFound
from peak_app.ports.storage import MediaUsage, StorageProblem, StorageUnavailable
from peak_app.wiring import Services
from tests.bucket_server import SECRET, BucketServer
from tests.camera_files import tone, write_voice
from tests.conftest import ScratchDatabase
from tests.held_calls import HeldCalls
from tests.integration.web_stage import running_web


class Desk:
    """The product's own services, pointed at a bucket by settings alone. Each test has a prefix of its own."""

    def __init__(self, database: ScratchDatabase, bucket: BucketServer, held: HeldCalls) -> None:
        self.database, self.bucket, self.held = database, bucket, held
        self.prefix = f"of-{uuid4().hex[:12]}"
        self.settings = self.with_bucket()
        self.worker, self.web = Services(self.settings, "worker"), Services(self.settings, "web")

    def with_bucket(self, **others: object) -> Settings:
        told = self.bucket.fields(self.prefix, **others)
        secret = SecretStr(str(told.pop("s3_secret_access_key")))
        key = SecretStr(str(told.pop("s3_access_key_id")))
        return self.database.settings.model_copy(
            update={**told, "s3_secret_access_key": secret, "s3_access_key_id": key}
        )

    def live(self, meeting_id: UUID) -> Path:
        return self.settings.media_home / str(self.held.user_id) / str(meeting_id) / "live"

    def record(self) -> UUID:
        meeting_id = self.held.hold()
        write_voice(self.live(meeting_id), 0, 0, tone(2, 440), tone(2, 900))
        self.worker.recordings.make_recording(self.held.user_id, meeting_id)
        return meeting_id

    def names(self) -> list[str]:
        return self.bucket.names(self.prefix)


@pytest.fixture
def desk(
    database: ScratchDatabase, bucket: BucketServer, sessions: TenantSessions, worker_sessions: TenantSessions
) -> Desk:
    return Desk(database, bucket, HeldCalls(sessions, worker_sessions))


def test_a_recording_goes_to_the_bucket_whole_and_leaves_the_disk(desk: Desk) -> None:
    meeting_id = desk.record()
    recording, store = desk.web.recordings.open_recording(desk.held.user_id, meeting_id)

    assert desk.names() == [f"{desk.prefix}/{desk.held.user_id}/{meeting_id}/recording.webm"]
    assert [path for path in desk.live(meeting_id).parent.rglob("*") if path.is_file()] == []
    content = b"".join(store.read(recording.media_key, 0, recording.size_bytes))
    assert hashlib.sha256(content).hexdigest() == recording.sha256
    with pytest.raises(NotFound):
        desk.web.recordings.open_recording(uuid4(), meeting_id)


def test_its_voices_are_listened_to_from_the_bucket(desk: Desk) -> None:
    meeting_id = desk.record()
    recorded = desk.worker.recordings.open_voices(desk.held.user_id, meeting_id)

    assert recorded is not None
    heard_ms = sum(len(voices.candidate.data) for voices in recorded.voices) / 48
    assert 1_900 <= heard_ms <= 2_200


def test_deleting_the_meeting_or_everything_leaves_nothing_in_the_bucket(desk: Desk) -> None:
    first, second = desk.record(), desk.record()
    assert desk.worker.recordings.measure_media(desk.held.user_id, first).file_count == 1
    desk.worker.recordings.delete_media(desk.held.user_id, first)
    assert [name.split("/")[2] for name in desk.names()] == [str(second)]
    desk.worker.recordings.delete_all(desk.held.user_id)
    assert desk.names() == []
    assert desk.worker.recordings.measure_all(desk.held.user_id) == MediaUsage(0, 0)


def test_a_bucket_that_is_away_costs_nothing_of_the_call(desk: Desk, unused_tcp_port: int) -> None:
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(1, 440), tone(1, 900))
    before = sorted(path.name for path in desk.live(meeting_id).iterdir())
    away = Services(desk.with_bucket(s3_endpoint=f"http://127.0.0.1:{unused_tcp_port}"), "worker")

    with pytest.raises(StorageUnavailable) as refused:
        away.recordings.make_recording(desk.held.user_id, meeting_id)
    assert (refused.value.problem, refused.value.retryable) == (StorageProblem.UNREACHABLE, True)
    assert SECRET not in str(refused.value)
    assert sorted(path.name for path in desk.live(meeting_id).iterdir()) == before

    desk.worker.recordings.make_recording(desk.held.user_id, meeting_id)
    assert len(desk.names()) == 1


def test_what_was_kept_before_there_was_a_bucket_is_played_and_deleted_as_before(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    write_voice(desk.live(meeting_id), 0, 0, tone(1, 440), None)
    Services(desk.database.settings, "worker").recordings.make_recording(desk.held.user_id, meeting_id)

    recording, store = desk.web.recordings.open_recording(desk.held.user_id, meeting_id)
    assert desk.names() == []
    assert store.size_bytes(recording.media_key) == recording.size_bytes
    desk.worker.recordings.delete_media(desk.held.user_id, meeting_id)
    with pytest.raises(NotFound):
        store.size_bytes(recording.media_key)


def test_the_player_gets_parts_the_archive_all_and_strangers_nothing(desk: Desk, tmp_path: Path) -> None:
    meeting_id = desk.record()
    told = {
        "PEAK_BRIDGE_URL": "http://127.0.0.1:9",
        "PEAK_OPS_URL": "http://127.0.0.1:9",
        "PEAK_S3_BUCKET": str(desk.settings.s3_bucket),
        "PEAK_S3_ENDPOINT": str(desk.settings.s3_endpoint),
        "PEAK_S3_PREFIX": desk.prefix,
        "PEAK_S3_ACCESS_KEY_ID": desk.settings.s3_access_key_id.get_secret_value(),
        "PEAK_S3_SECRET_ACCESS_KEY": SECRET,
    }
    with desk.web.sessions.for_user(desk.held.user_id) as session:
        email = session.exec(select(Account.email).where(Account.id == desk.held.user_id)).one()
    address = f"/media/{meeting_id}/recording.webm"
    with running_web(desk.database.settings, desk.database.web_url, tmp_path, told) as web:
        owner, stranger = web.browser(), web.browser()
        owner.sign_in(email)
        stranger.sign_in("stranger@example.org")
        whole = owner.http.get(address)
        part = owner.http.get(address, headers={"range": "bytes=100-199"})
        behind = owner.http.get(address, headers={"range": "bytes=99999999-"})
        refused = stranger.http.get(address)
        archive = owner.http.post("/api/account/archive")
        said = web.log.read_text()
    assert (whole.status_code, part.status_code, behind.status_code, refused.status_code) == (200, 206, 416, 404)
    assert part.content == whole.content[100:200]
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        (name,) = (name for name in files.namelist() if name.endswith("recording.webm"))
        assert files.read(name) == whole.content
    assert SECRET not in said
    assert "Traceback" not in said


def test_a_bucket_without_its_keys_is_refused_at_the_start(settings_for_tests: Callable[..., Settings]) -> None:
    with pytest.raises(ValueError, match="PEAK_S3_ACCESS_KEY_ID and PEAK_S3_SECRET_ACCESS_KEY"):
        settings_for_tests(s3_bucket="recordings")
