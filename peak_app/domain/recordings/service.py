"""Recordings: put together after the call, played from the store, deleted when their time is over."""

import hashlib
import os
import shutil
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from peak_app.db.audit import record
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.workspaces import get_personal_workspace_id
from peak_app.domain.insights.deliveries import Recorded
from peak_app.domain.insights.steps import StepFacts
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.recordings import repository
from peak_app.domain.recordings.folders import live_folder, meeting_folder, meeting_folders, newest_change
from peak_app.domain.recordings.heard_files import HeardFile
from peak_app.domain.recordings.live_files import LiveFiles, live_files
from peak_app.domain.recordings.lock import alone_with_media
from peak_app.domain.recordings.models import Recording
from peak_app.domain.recordings.retention import Retention, checked_days
from peak_app.errors import NotAllowed, NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.storage import MediaStore, MediaUsage

RETAINED_PER_HOUR = 30
"""How often one person may say how long recordings are kept: each time that of all there are is changed."""
_DRAFTS = ".recording.*"
_HASH_BLOCK_BYTES = 1024 * 1024


class RecordingService:
    """Makes, opens and deletes recordings.

    Args:
        media_home: where calls leave their live files.
        retention_days: how long recordings are kept where a workspace has not said so itself.
        settle_s: how long live files must rest before they are read.
    """

    def __init__(
        self,
        sessions: TenantSessions,
        store: MediaStore,
        clock: Clock,
        *,
        media_home: Path,
        retention_days: int,
        settle_s: float = 2.0,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._clock = clock
        self._media_home = media_home
        self._default_days = retention_days
        self._settle_s = settle_s
        self._retained = AttemptLimit(RETAINED_PER_HOUR, timedelta(hours=1))

    def make_recording(self, owner_id: UUID, meeting_id: UUID) -> StepFacts:
        """Make one playable file of what the call left, and remove that once the file is known.

        Repeating it is harmless, also at the same time: one waits for the other. A call without sound gives no
        recording, and one that was not to be recorded leaves nothing at all. Raises: NotFound.
        """
        with alone_with_media(self._sessions, meeting_id):
            return self._make_recording(owner_id, meeting_id)

    def _make_recording(self, owner_id: UUID, meeting_id: UUID) -> StepFacts:
        with self._sessions.for_user(owner_id) as session:
            meeting = meetings.get_meeting(session, meeting_id)
            known = repository.find_recording(session, meeting_id)
        folder = meeting_folder(self._media_home, owner_id, meeting_id)
        live = live_folder(self._media_home, owner_id, meeting_id)
        for draft in folder.glob(_DRAFTS):
            # Whoever began it is dead: nobody else works on this meeting now.
            draft.unlink(missing_ok=True)
        files = self._settled(live)
        if not meeting.is_recorded:
            # Nobody should have written anything. What is there nevertheless goes, or this step fails and is run again.
            return StepFacts({"is_recorded": False, "files_deleted": self._store.delete(f"{owner_id}/{meeting_id}")})
        if known is not None and (not files.has_audio or known.input_hash == files.input_hash):
            # An earlier run came as far as the row, and maybe no further.
            shutil.rmtree(live, ignore_errors=True)
            return StepFacts(_facts(known), is_unchanged=True)
        if not files.has_audio:
            if not any(path.stat().st_size for path in live.glob("*.pcm")):
                # Pictures without a word are no recording, and nothing that is kept without being shown.
                shutil.rmtree(live, ignore_errors=True)
            return StepFacts({"has_audio": False})

        # FFmpeg's libraries are for the process that makes recordings; those that only play them do without.
        from peak_app.domain.recordings.composition import AUDIO_MEDIA_TYPE, MEDIA_TYPE, compose  # noqa: PLC0415

        draft = folder / f".recording.{os.getpid()}.webm"
        try:
            made = compose(files, draft)
            digest = _sha256(draft)
            stored = self._store.put(f"{owner_id}/{meeting_id}/recording.webm", draft)
        finally:
            draft.unlink(missing_ok=True)
        now = self._clock()
        recording = Recording(
            meeting_id=meeting_id,
            owner_id=owner_id,
            media_key=stored.key,
            media_type=MEDIA_TYPE if made.has_video else AUDIO_MEDIA_TYPE,
            size_bytes=stored.size_bytes,
            duration_ms=made.duration_ms,
            has_video=made.has_video,
            sha256=digest,
            input_hash=files.input_hash,
            created_at=now,
        )
        with self._sessions.for_user(owner_id) as session:
            own_days = repository.find_retention_days(session, meeting.workspace_id)
            recording.expires_at = Retention(own_days, self._default_days).expires_at(now)
            values = recording.model_dump(exclude={"meeting_id", "owner_id"})
            repository.upsert_recording(session, owner_id=owner_id, meeting_id=meeting_id, values=values)
        # Only now: until the row is committed, the live files are all there is of the call.
        shutil.rmtree(live, ignore_errors=True)
        return StepFacts(
            {
                **_facts(recording),
                "frames": made.frame_count,
                "camera_gaps": made.gaps,
                "cameras_left_out": made.cameras_left_out,
            }
        )

    def open_recording(self, user_id: UUID, meeting_id: UUID) -> tuple[Recording, MediaStore]:
        """The recording of a meeting this person may see, and where to read it. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            recording = repository.find_recording(session, meeting_id)
        if recording is None:
            raise NotFound(t("refusal.recording_missing"))
        return recording, self._store

    def open_voices(self, user_id: UUID, meeting_id: UUID) -> Recorded | None:
        """Each voice of a recording by itself; None: the meeting has no recording."""
        with self._sessions.for_user(user_id) as session:
            recording = repository.find_recording(session, meeting_id)
        if recording is None:
            return None
        # As above.
        from peak_app.domain.recordings.recorded_voices import RecordedVoices  # noqa: PLC0415

        memory = HeardFile(self._store, self._sessions, recording, media_home=self._media_home)
        return Recorded(RecordedVoices(self._store, recording.media_key), recording.sha256, memory)

    def retention_days_for(self, user_id: UUID) -> int:
        """How many days a recording is kept that this person makes now."""
        return self.get_retention(user_id).days

    def get_retention(self, user_id: UUID) -> Retention:
        """How long the recordings of the person's own workspace are kept."""
        with self._sessions.for_user(user_id) as session:
            workspace_id = get_personal_workspace_id(session, user_id)
            return Retention(repository.find_retention_days(session, workspace_id), self._default_days)

    def set_retention(self, user_id: UUID, days: object) -> Retention:
        """Keep the recordings of the person's own workspace for so long, also those there are; None or empty: default.

        What that makes too old goes with the next nightly run.

        Raises:
            InvalidInput: it is no sensible number of days.
            NotAllowed: only an owner of a workspace may say so.
            TooManyRequests: more than `RETAINED_PER_HOUR`.
        """
        kept = Retention(checked_days(days), self._default_days)
        with self._sessions.for_user(user_id) as session:
            workspace_id = get_personal_workspace_id(session, user_id)
            if repository.find_retention_days(session, workspace_id) == kept.own_days:
                return kept
            if not self._retained.admit(str(user_id), self._clock()):
                raise TooManyRequests(t("refusal.changed_often"))
            if not repository.set_retention_days(session, workspace_id, kept.own_days):
                raise NotAllowed(t("refusal.retention_owner"))
            repository.set_expiry(session, workspace_id, kept.days)
            record(session, user_id, "retention_changed", workspace_id, self._clock())
        return kept

    def delete_expired(self, owner_id: UUID) -> int:
        """Delete this person's recordings that are past their time. Gives how many."""
        with self._sessions.for_user(owner_id) as session:
            expired = repository.list_expired(session, owner_id, self._clock())
        for recording in expired:
            with alone_with_media(self._sessions, recording.meeting_id):
                # First the file: if the row went first and the next line never came, nobody would know of the file.
                # With it goes what came in late, after the recording was made.
                self._delete_files(owner_id, recording.meeting_id)
                with self._sessions.for_user(owner_id) as session:
                    row = repository.find_recording(session, recording.meeting_id)
                    if row is not None:
                        session.delete(row)
        return len(expired)

    def delete_left_overs(self, owner_id: UUID) -> int:
        """Delete what calls left that never became a recording, once it is as old as a recording may get.

        Gives of how many meetings: those whose voices could not be put together, mostly.
        """
        now, deleted = self._clock(), 0
        for meeting_id, folder in meeting_folders(self._media_home, owner_id):
            with self._sessions.for_user(owner_id) as session:
                meeting = session.get(Meeting, meeting_id)
                own_days = repository.find_retention_days(session, meeting.workspace_id) if meeting else None
                is_recorded = repository.find_recording(session, meeting_id) is not None
            if not is_recorded and Retention(own_days, self._default_days).expires_at(newest_change(folder)) <= now:
                self.delete_media(owner_id, meeting_id)
                deleted += 1
        return deleted

    def measure_media(self, owner_id: UUID, meeting_id: UUID) -> MediaUsage:
        """All files of a meeting: its recording, what was heard in it, and what the call left for one."""
        return self._store.measure(f"{owner_id}/{meeting_id}")

    def delete_media(self, owner_id: UUID, meeting_id: UUID) -> None:
        """Delete all files of a meeting. Whoever is just making its recording is waited for."""
        with alone_with_media(self._sessions, meeting_id):
            self._delete_files(owner_id, meeting_id)

    def measure_all(self, owner_id: UUID) -> MediaUsage:
        """All files of a person."""
        return self._store.measure(str(owner_id))

    def delete_all(self, owner_id: UUID) -> None:
        """Delete all files of a person, meeting by meeting, and what belongs to none."""
        for meeting_id, _folder in list(meeting_folders(self._media_home, owner_id)):
            self.delete_media(owner_id, meeting_id)
        self._store.delete(str(owner_id))
        shutil.rmtree(self._media_home / str(owner_id), ignore_errors=True)

    def _delete_files(self, owner_id: UUID, meeting_id: UUID) -> None:
        self._store.delete(f"{owner_id}/{meeting_id}")
        shutil.rmtree(meeting_folder(self._media_home, owner_id, meeting_id), ignore_errors=True)

    def _settled(self, live: Path) -> LiveFiles:
        # The bridge's last bytes and the camera's last chunk come in while the call is being closed.
        rest_s = self._settle_s - (time.time() - live_files(live).newest_change_s)
        if rest_s > 0:
            time.sleep(min(rest_s, self._settle_s))
        return live_files(live)


def _facts(recording: Recording) -> dict[str, str | int | float | bool]:
    return {
        "has_audio": True,
        "has_video": recording.has_video,
        "duration_ms": recording.duration_ms,
        "size_bytes": recording.size_bytes,
        "input": recording.input_hash,
    }


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
