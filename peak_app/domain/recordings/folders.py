"""Where a meeting's files are: what bridge and camera leave, what the pipeline reads, what the store keeps."""

from pathlib import Path
from uuid import UUID


def meeting_folder(media: Path, owner_id: UUID, meeting_id: UUID) -> Path:
    """Everything of one meeting. `media` is `Settings.media_home`."""
    return media / str(owner_id) / str(meeting_id)


def live_folder(media: Path, owner_id: UUID, meeting_id: UUID) -> Path:
    """What is there while the call runs, until its recording is made (docs/architecture.md)."""
    return meeting_folder(media, owner_id, meeting_id) / "live"
