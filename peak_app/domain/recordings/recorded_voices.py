"""Each voice of a finished recording by itself, a second at a time.

Loads FFmpeg's libraries: imported where a recording is listened to, not where one is only played.
"""

import io
from collections.abc import Iterator
from typing import Any, Final

import av
import numpy as np
from av.container import InputContainer

from peak_app.domain.recordings.live_files import PCM_RATE_HZ
from peak_app.ports.ears import BothVoices
from peak_app.ports.storage import MediaStore
from peak_app.ports.voice import Pcm16

CANDIDATE_TRACK: Final = "Candidate"
AGENT_TRACK: Final = "Agent"
_READ_AHEAD_BYTES = 256 * 1024


class RecordedVoices:
    """Iterated, it reads the recording from its start each time. Memory does not grow with the length.

    Iterating raises `NotFound` when the recording was deleted meanwhile, `av.FFmpegError` when it can't be read.
    """

    def __init__(self, store: MediaStore, key: str) -> None:
        self._store = store
        self._key = key

    def __iter__(self) -> Iterator[BothVoices]:
        file = io.BufferedReader(_StoredFile(self._store, self._key), _READ_AHEAD_BYTES)
        with av.open(file, mode="r", format="matroska") as container:
            yield from _voices(container)


class _StoredFile(io.RawIOBase):
    """A file of the media store, as FFmpeg asks for it."""

    def __init__(self, store: MediaStore, key: str) -> None:
        self._store = store
        self._key = key
        self._size = store.size_bytes(key)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(0, self._size - self._at))
        if wanted == 0:
            return 0
        data = b"".join(self._store.read(self._key, self._at, wanted))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class _Track:
    """Sound of one voice that was decoded and not given yet."""

    def __init__(self) -> None:
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=PCM_RATE_HZ)
        self._parts: list[np.ndarray] = []
        self.length = 0

    def add(self, frame: av.AudioFrame | None) -> None:
        for made in self._resampler.resample(frame):
            part = made.to_ndarray().reshape(-1)
            self._parts.append(part)
            self.length += len(part)

    def take(self, length: int) -> Pcm16:
        """The next samples, and silence where there are none."""
        line = np.concatenate([np.zeros(0, np.int16), *self._parts])
        taken, rest = line[:length], line[length:]
        self._parts, self.length = [rest], len(rest)
        return Pcm16(np.pad(taken, (0, length - len(taken))).astype("<i2").tobytes())


def _voices(container: InputContainer) -> Iterator[BothVoices]:
    streams = {stream.metadata.get("title", ""): stream for stream in container.streams.audio}
    tracks = {title: _Track() for title in (CANDIDATE_TRACK, AGENT_TRACK)}
    wanted = [stream for title, stream in streams.items() if title in tracks]
    candidate, agent = tracks[CANDIDATE_TRACK], tracks[AGENT_TRACK]
    for packet in container.demux(wanted) if wanted else ():
        track = tracks[packet.stream.metadata["title"]]
        for frame in packet.decode():
            if isinstance(frame, av.AudioFrame):
                track.add(frame)
        while min(candidate.length, agent.length) >= PCM_RATE_HZ:
            yield BothVoices(candidate.take(PCM_RATE_HZ), agent.take(PCM_RATE_HZ))
    for track in tracks.values():
        track.add(None)
    while (left := max(candidate.length, agent.length)) > 0:
        length = min(left, PCM_RATE_HZ)
        yield BothVoices(candidate.take(length), agent.take(length))
