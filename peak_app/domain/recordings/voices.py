"""Both voices of a meeting on its own clock, a second at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from peak_app.domain.recordings.live_files import PCM_BYTES_PER_SAMPLE, PCM_RATE_HZ, VoiceSegment

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class VoiceBlock:
    """Up to one second of both voices, mono at 24 kHz, of equal length; `start` is the first sample's number."""

    start: int
    candidate: Samples
    agent: Samples

    @property
    def mix(self) -> Samples:
        return _clipped(self.candidate.astype(np.int32) + self.agent)


def sample_count(segments: Sequence[VoiceSegment]) -> int:
    """Samples from the start of the meeting to the end of the last segment."""
    return max((_first(segment) + segment.sample_count for segment in segments), default=0)


def voice_blocks(segments: Sequence[VoiceSegment]) -> Iterator[VoiceBlock]:
    """The whole meeting in order; silence where no segment is, the sum where segments overlap."""
    total = sample_count(segments)
    for start in range(0, total, PCM_RATE_HZ):
        length = min(PCM_RATE_HZ, total - start)
        candidate, agent = np.zeros(length, np.int32), np.zeros(length, np.int32)
        for segment in segments:
            _add(candidate, segment.candidate, start - _first(segment))
            _add(agent, segment.agent, start - _first(segment))
        yield VoiceBlock(start, _clipped(candidate), _clipped(agent))


def _first(segment: VoiceSegment) -> int:
    return segment.started_ms * PCM_RATE_HZ // 1000


def _add(block: NDArray[np.int32], path: Path, offset: int) -> None:
    """Add to the block what the file has from its sample `offset` on; negative: the file begins within or after."""
    begin = max(0, -offset)
    if begin >= len(block) or not path.is_file():
        return
    with path.open("rb") as file:
        file.seek(max(0, offset) * PCM_BYTES_PER_SAMPLE)
        data = file.read((len(block) - begin) * PCM_BYTES_PER_SAMPLE)
    # A crash may cut the last sample in two.
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
    block[begin : begin + len(samples)] += samples


def _clipped(samples: NDArray[np.int32]) -> Samples:
    return np.clip(samples, -32768, 32767).astype(np.int16)
