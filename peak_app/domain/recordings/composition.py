"""One playable WebM of a call: camera as it came, both voices mixed, and each voice on a track of its own.

Loads FFmpeg's libraries: imported where a recording is made, not where one is only played.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from peak_app.domain.recordings.live_files import PCM_RATE_HZ, CameraSegment, LiveFiles
from peak_app.domain.recordings.recorded_voices import AGENT_TRACK, CANDIDATE_TRACK
from peak_app.domain.recordings.voices import Samples, VoiceBlock, voice_blocks
from peak_app.domain.recordings.webm_chunks import ChunkReader, sound_stream

MEDIA_TYPE: Final = "video/webm"
AUDIO_MEDIA_TYPE: Final = "audio/webm"

_MILLISECOND = Fraction(1, 1000)
_PLAYABLE_CODECS = frozenset({"vp8", "vp9", "av1"})
_TAIL_MS = 2_000
"""How long the picture may go on after the last sound."""
DEFAULT_TRACK: Final = "Both voices"
_BIT_RATES = {DEFAULT_TRACK: 48_000, CANDIDATE_TRACK: 32_000, AGENT_TRACK: 32_000}


@dataclass(frozen=True, slots=True)
class Composed:
    """What became of the files. `gaps` counts damaged or missing pieces of the camera that were left out."""

    duration_ms: int
    frame_count: int
    gaps: int
    cameras_left_out: int

    @property
    def has_video(self) -> bool:
        return self.frame_count > 0


class _Pipe:
    """A readable file of pieces, as FFmpeg asks for it."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, size: int) -> bytes:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


class _Camera:
    """One camera segment, opened: its packets on the meeting's clock, in ms."""

    def __init__(self, segment: CameraSegment) -> None:
        self._segment = segment
        self._reader = ChunkReader()
        self._container: InputContainer | None = None
        self.stream: VideoStream | None = None
        try:
            pipe = _Pipe(sound_stream(segment.chunks, self._reader))
            self._container = av.open(pipe, mode="r", format="matroska")
            streams = self._container.streams.video
            self.stream = next((stream for stream in streams if stream.codec.name in _PLAYABLE_CODECS), None)
        except (FFmpegError, ValueError):
            # Nothing of this segment can be read: the voices are what matters.
            self.stream = None

    @property
    def gaps(self) -> int:
        return self._reader.gaps

    def packets(self) -> Iterator[Packet]:
        if self._container is None or self.stream is None:
            return
        first: int | None = None
        try:
            for packet in self._container.demux(self.stream):
                if packet.pts is None or packet.time_base is None or packet.size == 0:
                    continue
                if first is None:
                    if not packet.is_keyframe:
                        continue
                    first = packet.pts
                at_ms = self._segment.started_ms + round((packet.pts - first) * packet.time_base * 1000)
                packet.time_base = _MILLISECOND
                packet.pts = packet.dts = at_ms
                yield packet
        except FFmpegError:
            # The stream breaks off here; what came before stays.
            return

    def close(self) -> None:
        if self._container is not None:
            self._container.close()


class _Voice:
    """One audio track being encoded."""

    def __init__(self, container: OutputContainer, title: str) -> None:
        options = {"application": "voip", "compression_level": "5", "b": str(_BIT_RATES[title])}
        self._stream: AudioStream = container.add_stream("libopus", rate=PCM_RATE_HZ, layout="mono", options=options)
        self._stream.metadata["title"] = title
        if title == DEFAULT_TRACK:
            self._stream.disposition = Disposition.default.value  # pyright: ignore[reportAttributeAccessIssue]  # an int

    def encode(self, samples: Samples, start: int) -> list[Packet]:
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = PCM_RATE_HZ, start, Fraction(1, PCM_RATE_HZ)
        return self._stream.encode(frame)

    def flush(self) -> list[Packet]:
        return self._stream.encode(None)


def compose(files: LiveFiles, target: Path) -> Composed:
    """Write the recording to `target`, in a stream: memory does not grow with the length of the call.

    Raises:
        av.FFmpegError, OSError: it can't be written.
    """
    cameras = [_Camera(segment) for segment in files.cameras]
    try:
        usable = [camera for camera in cameras if camera.stream is not None]
        template = usable[0].stream if usable else None
        same = [camera for camera in usable if template and camera.stream and _is_same(camera.stream, template)]
        # The index goes to the front: a player knows length and positions from the first bytes on.
        options = {"cues_to_front": "1"}
        with av.open(str(target), mode="w", format="webm", container_options=options) as container:
            video = container.add_stream_from_template(template) if template is not None else None
            tracks = [_Voice(container, title) for title in _BIT_RATES]
            duration_ms, frames = _write(container, tracks, voice_blocks(files.voices), video, same)
        return Composed(
            duration_ms=duration_ms,
            frame_count=frames,
            gaps=sum(camera.gaps for camera in cameras),
            cameras_left_out=len(cameras) - len(same),
        )
    finally:
        for camera in cameras:
            camera.close()


def _is_same(stream: VideoStream, template: VideoStream) -> bool:
    # VP8 and VP9 carry the size of the picture in each key frame, so only the codec has to agree.
    return stream.codec.name == template.codec.name


def _write(
    container: OutputContainer,
    tracks: Sequence[_Voice],
    blocks: Iterator[VoiceBlock],
    video: VideoStream | None,
    cameras: Sequence[_Camera],
) -> tuple[int, int]:
    """Interleave voices and pictures second by second; gives the length in ms and the number of pictures."""
    both, candidate, agent = tracks
    pictures = _in_order(cameras)
    waiting = next(pictures, None)
    end, frames = 0, 0

    def show_until(limit_ms: int) -> None:
        nonlocal waiting, frames
        while video is not None and waiting is not None and (waiting.pts or 0) < limit_ms:
            waiting.stream = video
            container.mux(waiting)
            frames += 1
            waiting = next(pictures, None)

    for block in blocks:
        end = block.start + len(block.mix)
        for voice, samples in ((both, block.mix), (candidate, block.candidate), (agent, block.agent)):
            container.mux(voice.encode(samples, block.start))
        show_until(end * 1000 // PCM_RATE_HZ)
    for voice in tracks:
        container.mux(voice.flush())
    show_until(end * 1000 // PCM_RATE_HZ + _TAIL_MS)
    return end * 1000 // PCM_RATE_HZ, frames


def _in_order(cameras: Sequence[_Camera]) -> Iterator[Packet]:
    """Packets of all segments with rising times; what lies before the end of an earlier segment is left out."""
    last_ms = -1
    for camera in cameras:
        is_joined = False
        for packet in camera.packets():
            at_ms = packet.pts or 0
            if not is_joined and (at_ms <= last_ms or not packet.is_keyframe):
                continue
            # Within a segment every frame builds on the one before: two of the same moment are both kept.
            is_joined, last_ms = True, max(at_ms, last_ms + 1)
            packet.pts = packet.dts = last_ms
            yield packet
