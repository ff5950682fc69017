"""Where a meeting's files are: what bridge and camera leave, what the pipeline reads, what the store keeps."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID


def meeting_folder(media: Path, owner_id: UUID, meeting_id: UUID) -> Path:
    """Everything of one meeting. `media` is `Settings.media_home`."""
    return media / str(owner_id) / str(meeting_id)


def live_folder(media: Path, owner_id: UUID, meeting_id: UUID) -> Path:
    """What is there while the call runs, until its recording is made (docs/architecture.md)."""
    return meeting_folder(media, owner_id, meeting_id) / "live"


def meeting_folders(media: Path, owner_id: UUID) -> Iterator[tuple[UUID, Path]]:
    """The folders of all meetings of a person, with the meetings' ids."""
    own = media / str(owner_id)
    for folder in sorted(own.iterdir()) if own.is_dir() else ():
        try:
            yield UUID(folder.name), folder
        except ValueError:
            # Nothing of ours.
            continue


def newest_change(folder: Path) -> datetime:
    """When anything in the folder was last written."""
    return datetime.fromtimestamp(max(path.stat().st_mtime for path in (folder, *folder.rglob("*"))), UTC)
