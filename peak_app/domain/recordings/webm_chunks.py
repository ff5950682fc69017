"""The sound part of a WebM stream that arrived in chunks, of which some are missing or damaged.

`MediaRecorder` cuts its stream anywhere, also within a frame, so that chunks make sense only in a row. After a gap the
stream is taken up again at the next cluster, and there at the next key frame. Element ids: RFC 8794 and RFC 9559.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_EBML, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_TIMESTAMP, _SIMPLE_BLOCK, _BLOCK_GROUP = 0xE7, 0xA3, 0xA0
# Seek head, cues, tags, chapters, attachments, void, checksum, previous size, position: of no use in a stream.
_SKIPPED = frozenset({0x114D9B74, 0x1C53BB6B, 0x1254C367, 0x1043A770, 0x1941A469, 0xEC, 0xBF, 0xAB, 0xA7})

_CLUSTER_BYTES = _CLUSTER.to_bytes(4, "big")
_UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
ELEMENT_LIMIT = 8 * 1024 * 1024
"""No frame of a camera is this large: a size above means that the reader lost its way."""
_KEY_FRAME = 0x80


class _Incomplete(Exception):
    """The buffer ends within an element."""


class _Damaged(Exception):
    """What follows is no element."""


@dataclass(frozen=True, slots=True)
class _Element:
    kind: int
    start: int
    content: int
    end: int
    """First byte after it; of a container of which the children are read one by one, its first child."""


def _number(data: bytes | bytearray, at: int, longest: int, *, keeps_marker: bool) -> tuple[int, int, bool]:
    """A variable-length integer: value, first byte after it, and whether all its bits are 1 (size not known)."""
    if at >= len(data):
        raise _Incomplete
    first = data[at]
    length = 9 - first.bit_length()
    if first == 0 or length > longest:
        raise _Damaged
    if at + length > len(data):
        raise _Incomplete
    raw = int.from_bytes(data[at : at + length], "big")
    mask = (1 << 7 * length) - 1
    return (raw if keeps_marker else raw & mask), at + length, raw & mask == mask


def _element(data: bytes | bytearray, at: int) -> _Element:
    kind, size_at, _ = _number(data, at, 4, keeps_marker=True)
    size, content, is_open = _number(data, size_at, 8, keeps_marker=False)
    if kind in (_SEGMENT, _CLUSTER):
        return _Element(kind, at, content, content)
    if kind not in (_EBML, _INFO, _TRACKS, _TIMESTAMP, _SIMPLE_BLOCK, _BLOCK_GROUP) and kind not in _SKIPPED:
        raise _Damaged
    if is_open or size > ELEMENT_LIMIT:
        raise _Damaged
    if content + size > len(data):
        raise _Incomplete
    return _Element(kind, at, content, content + size)


def _is_key_frame(data: bytes | bytearray, block: _Element) -> bool:
    # A simple block begins with its track's number, two bytes of time and the flags.
    try:
        _, after_track, _ = _number(data, block.content, 8, keeps_marker=False)
    except (_Incomplete, _Damaged):
        return False
    return after_track + 2 < block.end and bool(data[after_track + 2] & _KEY_FRAME)


@dataclass(slots=True)
class ChunkReader:
    """Feeds on chunks and gives the bytes of a sound WebM stream. `gaps` counts where something was left out."""

    gaps: int = 0
    _buffer: bytearray = field(default_factory=bytearray)
    _held: bytes = b""
    """The newest frame: it is sure only when something sensible follows, for damage may lie within it."""
    _has_header: bool = False
    _has_tracks: bool = False
    _is_lost: bool = False
    _awaits_key: bool = False
    _is_cluster_open: bool = False

    @property
    def pending_bytes(self) -> int:
        """What waits for the next chunk."""
        return len(self._buffer)

    def lose(self) -> None:
        """What comes next does not follow on what came before."""
        self._buffer.clear()
        self._get_lost()

    def feed(self, chunk: bytes) -> bytes:
        """The next bytes of the stream that are sure; the rest waits for the chunk to come."""
        self._buffer += chunk
        out = bytearray()
        at = 0
        while at < len(self._buffer):
            if self._is_lost:
                at, is_found = self._find_cluster(at)
                if not is_found:
                    break
                self._is_lost = False
            try:
                element = _element(self._buffer, at)
                self._take(element, out)
            except _Incomplete:
                break
            except _Damaged:
                self._held = b""
                self._get_lost()
                at += 1
                continue
            at = element.end
        del self._buffer[:at]
        return bytes(out)

    def finish(self) -> bytes:
        """The end of the stream: what was still held back."""
        held, self._held = self._held, b""
        return held

    def _take(self, element: _Element, out: bytearray) -> None:
        raw = bytes(self._buffer[element.start : element.end])
        if not self._has_header:
            if element.kind != _EBML:
                raise _Damaged
            self._has_header = True
            out += raw
            return
        match element.kind:
            case _ if element.kind == _SEGMENT:
                out += _SEGMENT.to_bytes(4, "big") + _UNKNOWN_SIZE
            case _ if element.kind in (_INFO, _TRACKS) and not self._is_cluster_open:
                self._has_tracks = self._has_tracks or element.kind == _TRACKS
                out += raw
            case _ if element.kind == _CLUSTER and self._has_tracks:
                self._is_cluster_open = True
            case _ if element.kind == _TIMESTAMP and self._is_cluster_open:
                # Written here, not with the cluster, so that a cluster cut off before its time leaves no trace.
                out += self.finish() + _CLUSTER_BYTES + _UNKNOWN_SIZE + raw
            case _ if element.kind in (_SIMPLE_BLOCK, _BLOCK_GROUP) and self._is_cluster_open:
                is_key = element.kind == _SIMPLE_BLOCK and _is_key_frame(self._buffer, element)
                self._awaits_key = self._awaits_key and not is_key
                if not self._awaits_key:
                    out += self._held
                    self._held = raw
            case _ if element.kind in _SKIPPED:
                pass
            case _:
                raise _Damaged

    def _get_lost(self) -> None:
        if not self._is_lost:
            self.gaps += 1
        self._is_lost = True
        self._awaits_key = True

    def _find_cluster(self, at: int) -> tuple[int, bool]:
        """Where the next cluster begins, or from where on to look once there is more."""
        if not self._has_tracks:
            # Without the stream's head nothing of it can be played.
            return len(self._buffer), False
        while (found := self._buffer.find(_CLUSTER_BYTES, at)) >= 0:
            try:
                _, content, _ = _number(self._buffer, found + 4, 8, keeps_marker=False)
                if content >= len(self._buffer):
                    return found, False
                if self._buffer[content] in (_TIMESTAMP, 0xBF, 0xEC):
                    return found, True
            except _Incomplete:
                return found, False
            except _Damaged:
                pass
            at = found + 1
        return max(at, len(self._buffer) - 3), False


def sound_stream(chunks: Iterable[tuple[int, Path]], reader: ChunkReader) -> Iterator[bytes]:
    """The stream of chunks given by index in rising order; missing indexes and unreadable parts are left out."""
    following = 0
    for index, path in chunks:
        if index != following:
            reader.lose()
        following = index + 1
        if piece := reader.feed(path.read_bytes()):
            yield piece
    if piece := reader.finish():
        yield piece
