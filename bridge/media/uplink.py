"""From RTP packets to sound in order, without a playout buffer: the model needs order, not smoothness.

A packet in order is decoded at once. A gap holds what follows for at most `HOLD_MS`; then the copy inside the next
packet (FEC), or concealment, stands in. When the sender pauses (DTX, a silent source) silence takes its place, because
the model's clock of silence only runs on sound.
"""

from dataclasses import dataclass

from bridge.media.opus import FRAME_MS, FRAME_SAMPLES, Decoder, OpusError

HOLD_MS = 60.0
FILL_AFTER_MS = 120.0
"""Silence of the network after which silence is fed to the model."""
LONGEST_FILL_MS = 2_000
"""Longest pause that is filled; a turn has ended long before."""
_RTP_PER_MS = 48
_TICKS_PER_SAMPLE = 2
"""RTP runs at 48 kHz, the sound at 24."""
_JUMP = 200
"""Sequence numbers further ahead than this belong to a restarted sender."""
_MOST_LOST = 10
"""Packets in a row that are made up; beyond it a gap stays a gap."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Sound and when it began, in ms on the local clock."""

    data: bytes
    at_ms: float


@dataclass(frozen=True, slots=True)
class _Packet:
    stamp: int
    payload: bytes
    arrived_ms: float


class MediaClock:
    """Maps the sender's RTP time to the local clock by the fastest packets, slowly following the drift between both."""

    _DRIFT_MS_PER_PACKET = 0.002

    def __init__(self) -> None:
        self._offset_ms: float | None = None

    def local_ms(self, media_ms: float, arrived_ms: float) -> float:
        offset = arrived_ms - media_ms
        if self._offset_ms is None or abs(offset - self._offset_ms) > 500:
            self._offset_ms = offset
        else:
            self._offset_ms = min(self._offset_ms + self._DRIFT_MS_PER_PACKET, offset)
        return media_ms + self._offset_ms


class Uplink:
    """One sender. All times are ms on the local monotonic clock, given by the caller."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._clock = MediaClock()
        self._next_sequence: int | None = None
        self._next_stamp = 0
        self._media_ticks = 0
        """RTP ticks since the first packet, unwrapped."""
        self._held: dict[int, _Packet] = {}
        self._last_arrival: float | None = None
        self._filled_until: float | None = None
        self._sound_end_ms = 0.0
        self.lost = 0
        """Packets that never came."""

    @property
    def deadline_ms(self) -> float | None:
        """When `expire` must be called next because something is held back."""
        return min(packet.arrived_ms for packet in self._held.values()) + HOLD_MS if self._held else None

    def receive(self, sequence: int, stamp: int, payload: bytes, now_ms: float) -> list[Heard]:
        """Take one packet; gives all sound that is in order now."""
        self._last_arrival = now_ms
        if self._next_sequence is None:
            self._restart(sequence, stamp)
        assert self._next_sequence is not None
        ahead = (sequence - self._next_sequence) & 0xFFFF
        if ahead == 0:
            heard = self._play(stamp, payload, now_ms)
            return heard + self._drain(now_ms)
        if ahead < _JUMP:
            self._held[sequence] = _Packet(stamp, payload, now_ms)
            return []
        if ahead >= 0x10000 - _JUMP:
            return []  # a duplicate, or too late to be of use
        self._held.clear()
        self._restart(sequence, stamp)
        return self._play(stamp, payload, now_ms)

    def expire(self, now_ms: float) -> list[Heard]:
        """Give up waiting for what is overdue."""
        heard: list[Heard] = []
        while (deadline := self.deadline_ms) is not None and now_ms >= deadline:
            heard += self._skip_gap(now_ms)
            heard += self._drain(now_ms)
        return heard

    def fill(self, now_ms: float) -> list[Heard]:
        """Silence for a sender that sends nothing, up to `FILL_AFTER_MS` ago."""
        if self._last_arrival is None or self._held or now_ms - self._last_arrival < FILL_AFTER_MS:
            return []
        if self._sound_end_ms - self._last_arrival > LONGEST_FILL_MS:
            return []
        missing = int((now_ms - FILL_AFTER_MS / 2 - self._sound_end_ms) // FRAME_MS)
        if missing <= 0:
            return []
        start = self._sound_end_ms
        self._sound_end_ms += missing * FRAME_MS
        self._next_stamp = (self._next_stamp + missing * FRAME_MS * _RTP_PER_MS) & 0xFFFFFFFF
        self._media_ticks += missing * FRAME_MS * _RTP_PER_MS
        return [Heard(bytes(missing * FRAME_SAMPLES * 2), start)]

    def _restart(self, sequence: int, stamp: int) -> None:
        self._next_sequence = sequence
        self._next_stamp = stamp

    def _play(self, stamp: int, payload: bytes, now_ms: float) -> list[Heard]:
        assert self._next_sequence is not None
        self._next_sequence = (self._next_sequence + 1) & 0xFFFF
        heard: list[Heard] = []
        gap = (stamp - self._next_stamp) & 0xFFFFFFFF
        if gap < 0x80000000:
            gap_ms = gap // _RTP_PER_MS
            self._media_ticks += gap
            if FRAME_MS <= gap_ms <= LONGEST_FILL_MS:
                # The sender paused and came back: DTX.
                silence = bytes(gap_ms // FRAME_MS * FRAME_SAMPLES * 2)
                heard.append(Heard(silence, self._local(now_ms, len(silence))))
        try:
            sound = self._decoder.decode(payload)
        except OpusError:
            sound = bytes(FRAME_SAMPLES * 2)
        ticks = len(sound) // 2 * _TICKS_PER_SAMPLE
        # Sound that was given up and filled in already comes all the same, but media time does not run twice.
        is_late = gap >= 0x80000000
        if not is_late:
            self._media_ticks += ticks
            self._next_stamp = (stamp + ticks) & 0xFFFFFFFF
        heard.append(Heard(sound, self._local(now_ms, 0 if is_late else len(sound))))
        return heard

    def _local(self, now_ms: float, size: int) -> float:
        """When sound of this size that ends at the present media time began."""
        end = self._clock.local_ms(self._media_ticks / _RTP_PER_MS, now_ms)
        self._sound_end_ms = end
        return end - size / 2 * _TICKS_PER_SAMPLE / _RTP_PER_MS

    def _drain(self, now_ms: float) -> list[Heard]:
        heard: list[Heard] = []
        while self._next_sequence in self._held:
            packet = self._held.pop(self._next_sequence)
            heard += self._play(packet.stamp, packet.payload, now_ms)
        return heard

    def _skip_gap(self, now_ms: float) -> list[Heard]:
        assert self._next_sequence is not None
        first = self._next_sequence
        following = min(self._held, key=lambda sequence: (sequence - first) & 0xFFFF)
        missing = (following - first) & 0xFFFF
        self.lost += missing
        heard: list[Heard] = []
        for index in range(min(missing, _MOST_LOST)):
            is_last = index == min(missing, _MOST_LOST) - 1
            try:
                sound = self._decoder.recover(self._held[following].payload if is_last else None, FRAME_SAMPLES)
            except OpusError:
                sound = bytes(FRAME_SAMPLES * 2)
            self._media_ticks += FRAME_SAMPLES * _TICKS_PER_SAMPLE
            self._next_stamp = (self._next_stamp + FRAME_SAMPLES * _TICKS_PER_SAMPLE) & 0xFFFFFFFF
            heard.append(Heard(sound, self._local(now_ms, len(sound))))
        self._next_sequence = following
        return heard
