"""What a call leaves on disk while it runs: raw voices in segments, the camera in chunks (docs/architecture.md)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from peak_app.domain.insights.fingerprint import file_fingerprint

PCM_RATE_HZ = 24_000
PCM_BYTES_PER_SAMPLE = 2
LONGEST_MS = 24 * 3_600_000
"""A start beyond this is a broken file, not a long call."""

_AUDIO_INDEX = re.compile(r"(\d{1,4})\.json")
_CAMERA_INDEX = re.compile(r"camera\.(\d{1,9})\.json")
_CHUNK = re.compile(r"camera\.(\d{1,9})\.(\d{1,6})\.webm")


class _Start(BaseModel):
    started_ms: int = Field(ge=0, le=LONGEST_MS)


@dataclass(frozen=True, slots=True)
class VoiceSegment:
    """Both voices of one connection, s16le mono at 24 kHz, from `started_ms` of the meeting on. A file may lack."""

    started_ms: int
    candidate: Path
    agent: Path

    @property
    def sample_count(self) -> int:
        return max(_size(self.candidate), _size(self.agent)) // PCM_BYTES_PER_SAMPLE

    @property
    def end_ms(self) -> int:
        return self.started_ms + self.sample_count * 1000 // PCM_RATE_HZ


@dataclass(frozen=True, slots=True)
class CameraSegment:
    """The chunks of one `MediaRecorder`, by index; some may be missing."""

    started_ms: int
    chunks: Sequence[tuple[int, Path]]


@dataclass(frozen=True, slots=True)
class LiveFiles:
    voices: Sequence[VoiceSegment]
    cameras: Sequence[CameraSegment]
    input_hash: str
    newest_change_s: float
    """When anything last changed, in seconds since 1970; 0 when there is nothing."""

    @property
    def has_audio(self) -> bool:
        return any(segment.sample_count for segment in self.voices)


def live_files(folder: Path) -> LiveFiles:
    """What is in the folder; nothing when it does not exist. Files without a readable start are left out."""
    entries = sorted(entry for entry in folder.iterdir() if entry.is_file()) if folder.is_dir() else []
    voices: list[VoiceSegment] = []
    starts: dict[int, int] = {}
    chunks: dict[int, list[tuple[int, Path]]] = {}
    for entry in entries:
        if match := _AUDIO_INDEX.fullmatch(entry.name):
            segment = match[1]
            if (started_ms := _started_ms(entry)) is not None:
                names = (folder / f"candidate.{segment}.pcm", folder / f"agent.{segment}.pcm")
                voices.append(VoiceSegment(started_ms, *names))
        elif match := _CAMERA_INDEX.fullmatch(entry.name):
            if (started_ms := _started_ms(entry)) is not None:
                starts[int(match[1])] = started_ms
        elif match := _CHUNK.fullmatch(entry.name):
            chunks.setdefault(int(match[1]), []).append((int(match[2]), entry))
    cameras = [CameraSegment(starts[number], sorted(chunks[number])) for number in chunks if number in starts]
    stats = [(entry.name, entry.stat()) for entry in entries]
    return LiveFiles(
        voices=sorted(voices, key=lambda segment: segment.started_ms),
        cameras=sorted(cameras, key=lambda segment: segment.started_ms),
        input_hash=file_fingerprint((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats),
        newest_change_s=max((stat.st_mtime for _, stat in stats), default=0.0),
    )


def _started_ms(path: Path) -> int | None:
    try:
        return _Start.model_validate_json(path.read_bytes()).started_ms
    except ValidationError:
        return None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
