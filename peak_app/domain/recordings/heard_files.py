"""What was heard in a recording, in a file beside it: whatever deletes the one deletes the other."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.recordings import repository
from peak_app.domain.recordings.folders import meeting_folder
from peak_app.domain.recordings.lock import alone_with_media
from peak_app.domain.recordings.models import Recording
from peak_app.errors import NotFound
from peak_app.ports.ears import Heard
from peak_app.ports.storage import MediaStore

# Of one that was killed while writing, the next one's draft takes the place.
_DRAFT = ".heard.json"


class _Kept(BaseModel):
    """`sha256` is the recording's, `version` names the ears."""

    sha256: str
    version: str
    heard: Heard


class HeardFile:
    """`domain.insights.deliveries.HeardMemory` in the media store: some 100 kB for an hour."""

    def __init__(self, store: MediaStore, sessions: TenantSessions, recording: Recording, *, media_home: Path) -> None:
        self._store = store
        self._sessions = sessions
        self._recording = recording
        self._folder = meeting_folder(media_home, recording.owner_id, recording.meeting_id)
        self._key = f"{recording.owner_id}/{recording.meeting_id}/heard.json"

    def find(self, version: str) -> Heard | None:
        try:
            document = b"".join(self._store.read(self._key, 0, self._store.size_bytes(self._key)))
            kept = _Kept.model_validate_json(document)
        except (NotFound, ValidationError):
            # Never heard, or by an installation that wrote it down in another way.
            return None
        return kept.heard if (kept.sha256, kept.version) == (self._recording.sha256, version) else None

    def keep(self, version: str, heard: Heard) -> None:
        kept = _Kept(sha256=self._recording.sha256, version=version, heard=heard)
        owner_id, meeting_id = self._recording.owner_id, self._recording.meeting_id
        with alone_with_media(self._sessions, meeting_id):
            with self._sessions.for_user(owner_id) as session:
                known = repository.find_recording(session, meeting_id)
            if known is None or known.sha256 != self._recording.sha256:
                # Listening takes minutes: the recording was deleted or replaced meanwhile, and its words go with it.
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = self._folder / _DRAFT
            draft.write_text(kept.model_dump_json(), encoding="utf-8")
            self._store.put(self._key, draft)
