"""From RTP packets to sound in order, without a playout buffer: the model needs order, not smoothness.

A packet in order is decoded at once. When one is missing, the copy of it inside the next packet (FEC) stands in at
once; without a copy, what follows is held for as long as packets of this link have been late, at most `HOLD_MS`, then
concealment stands in. When the sender pauses (DTX, a silent source) silence takes its place, because the model's clock
of silence only runs on sound.
"""

from collections import deque
from dataclasses import dataclass

from bridge.media.opus import FRAME_MS, FRAME_SAMPLES, Decoder, OpusError

HOLD_MS = 60.0
SHORTEST_HOLD_MS = 25.0
"""On a link that has not been seen to swap packets: they are late by less than the next one's time, or lost."""
_HOLD_SPARE_MS = 5.0
"""Held longer than the latest packet of this link would have needed."""
_HOLD_FALL_MS = 1.0
"""With each packet that is given up the hold gets shorter again: most of them are lost, not late."""
FILL_AFTER_MS = 120.0
"""Silence of the network after which silence is fed to the model."""
LONGEST_FILL_MS = 2_000
"""Longest pause that is filled; a turn has ended long before."""
LONGEST_CONCEALED_MS = 120
"""Sound in a row that is made up; by then it has faded, and a gap is silence."""
_RTP_PER_MS = 48
_TICKS_PER_SAMPLE = 2
"""RTP runs at 48 kHz, the sound at 24."""
_JUMP = 200
"""Sequence numbers further away than this belong to a restarted sender."""
_JUMP_TICKS = 10_000 * _RTP_PER_MS
"""As do timestamps."""
_SMALLEST_GAP_TICKS = 10 * _RTP_PER_MS
_MOST_GIVEN_UP = 64
"""Packets that are remembered to see whether they were late or lost."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Sound and when it began, in ms on the local clock."""

    data: bytes
    at_ms: float


@dataclass(frozen=True, slots=True)
class _Packet:
    sequence: int
    stamp: int
    payload: bytes
    arrived_ms: float


class MediaClock:
    """Maps the sender's RTP time to the local clock: by its fastest packets, following drift and lasting jumps.

    A packet can come late, never early, so the least offset is the true one. It may rise with the drift between two
    crystals; a packet that is much later is only believed when those behind it stay so: after a stall of this process
    or of the network they do not.
    """

    _DRIFT = 0.0005
    """Crystals of sound cards differ by less than 0.02 %."""
    _LATE_MS = 500.0
    _LASTING_MS = 300.0

    def __init__(self) -> None:
        self._offset_ms: float | None = None
        self._media_ms = 0.0
        self._late_since_ms: float | None = None
        self._late_offset_ms = 0.0

    def note(self, media_ms: float, arrived_ms: float) -> None:
        """Sound that ends at this media time came now."""
        offset = arrived_ms - media_ms
        if self._offset_ms is None:
            self._offset_ms, self._media_ms = offset, media_ms
            return
        most = self._offset_ms + max(0.0, media_ms - self._media_ms) * self._DRIFT
        self._media_ms = max(self._media_ms, media_ms)
        if offset - most <= self._LATE_MS:
            self._late_since_ms = None
            self._offset_ms = min(most, offset)
        elif self._late_since_ms is None:
            self._late_since_ms, self._late_offset_ms = arrived_ms, offset
        else:
            self._late_offset_ms = min(self._late_offset_ms, offset)
            if arrived_ms - self._late_since_ms >= self._LASTING_MS:
                self._late_since_ms, self._offset_ms = None, self._late_offset_ms

    def local_ms(self, media_ms: float) -> float:
        return media_ms + (self._offset_ms or 0.0)


class Uplink:
    """One sender. All times are ms on the local monotonic clock, given by the caller.

    Args:
        longest_fill_ms: the longest pause that is filled with silence.
    """

    def __init__(self, decoder: Decoder, *, longest_fill_ms: float = LONGEST_FILL_MS) -> None:
        self._decoder = decoder
        self._longest_fill_ms = longest_fill_ms
        self._clock = MediaClock()
        self._next_sequence: int | None = None
        self._next_ticks = 0
        """RTP time of the sound that comes next, unwrapped."""
        self._packet_samples = FRAME_SAMPLES
        """Of the last packet; what a lost one is taken for."""
        self._concealed_samples = 0
        self._held: dict[int, _Packet] = {}
        self._hold_ms = SHORTEST_HOLD_MS
        self._given_up: deque[tuple[int, float]] = deque(maxlen=_MOST_GIVEN_UP)
        """Sequence numbers, and since when they were missed."""
        self._stranger: _Packet | None = None
        self._last_arrival: float | None = None
        self._sound_end_ms = 0.0
        self.lost = 0
        """Packets that did not come in time."""

    @property
    def deadline_ms(self) -> float | None:
        """When `expire` must be called next because something is held back."""
        return self._held_since + self._hold_ms if self._held else None

    def receive(self, sequence: int, stamp: int, payload: bytes, now_ms: float) -> list[Heard]:
        """Take one packet; gives all sound that is in order now. A packet without payload only counts."""
        packet = _Packet(sequence, stamp, payload, now_ms)
        if self._next_sequence is None:
            self._begin(packet)
        if self._is_strange(packet):
            return self._meet(packet)
        self._stranger = None
        if self._ahead(sequence) < _JUMP:
            self._last_arrival = now_ms
            self._held.setdefault(sequence, packet)
        else:
            self._learn_from_late(packet)
        return self._release(now_ms)

    def expire(self, now_ms: float) -> list[Heard]:
        """Give up waiting for what is overdue."""
        return self._release(now_ms)

    def fill(self, now_ms: float) -> list[Heard]:
        """Silence for a sender that sends nothing, up to `FILL_AFTER_MS` ago."""
        if self._last_arrival is None or self._held or now_ms - self._last_arrival < FILL_AFTER_MS:
            return []
        if self._sound_end_ms - self._last_arrival > self._longest_fill_ms:
            return []
        missing = int((now_ms - FILL_AFTER_MS / 2 - self._sound_end_ms) // FRAME_MS)
        if missing <= 0:
            return []
        missing = min(missing, LONGEST_FILL_MS // FRAME_MS)
        # Speech that breaks off fades out first.
        faded = min(missing, self._concealable(FRAME_SAMPLES))
        sound = [self._recover(None, FRAME_SAMPLES) for _ in range(faded)]
        sound.append(bytes((missing - faded) * FRAME_SAMPLES * 2))
        heard = Heard(b"".join(sound), self._sound_end_ms)
        self._next_ticks += missing * FRAME_MS * _RTP_PER_MS
        self._sound_end_ms += missing * FRAME_MS
        return [heard]

    # the order of packets

    def _ahead(self, sequence: int) -> int:
        assert self._next_sequence is not None
        return (sequence - self._next_sequence) & 0xFFFF

    @property
    def _held_since(self) -> float:
        return min(packet.arrived_ms for packet in self._held.values())

    def _ticks(self, packet: _Packet) -> int:
        """RTP time of a packet, unwrapped around what comes next."""
        return self._next_ticks + ((packet.stamp - self._next_ticks + 0x80000000) & 0xFFFFFFFF) - 0x80000000

    def _is_strange(self, packet: _Packet) -> bool:
        is_far = _JUMP <= self._ahead(packet.sequence) < 0x10000 - _JUMP
        return is_far or abs(self._ticks(packet) - self._next_ticks) > _JUMP_TICKS

    def _meet(self, packet: _Packet) -> list[Heard]:
        """A packet from somewhere else: two in a row are a restarted sender, one alone a stray or forged one."""
        first, self._stranger = self._stranger, packet
        if first is None or packet.sequence != (first.sequence + 1) & 0xFFFF:
            return []
        self._stranger = None
        heard: list[Heard] = []
        while self._held:
            heard += self._skip_gap()
            heard += self._play_next()
        self._begin(first)
        self._last_arrival = packet.arrived_ms
        self._held = {first.sequence: first, packet.sequence: packet}
        return heard + self._release(packet.arrived_ms)

    def _begin(self, packet: _Packet) -> None:
        self._next_sequence = packet.sequence
        self._next_ticks = packet.stamp
        self._clock = MediaClock()
        self._given_up.clear()

    def _release(self, now_ms: float) -> list[Heard]:
        """Sound of what is held, as far as it is in order, or need not be waited for."""
        heard: list[Heard] = []
        while self._held:
            if self._next_sequence not in self._held:
                if not self._is_worth_no_wait() and now_ms < self._held_since + self._hold_ms:
                    break
                heard += self._skip_gap()
            heard += self._play_next()
        return heard

    def _is_worth_no_wait(self) -> bool:
        """Whether nothing better can come: the missing packets were no sound, or the only one is there as a copy."""
        following = self._following
        is_no_sound = self._ticks(following) == self._next_ticks
        return is_no_sound or (self._ahead(following.sequence) == 1 and self._decoder.carries_copy(following.payload))

    @property
    def _following(self) -> _Packet:
        """The first packet behind the gap."""
        return self._held[min(self._held, key=self._ahead)]

    def _learn_from_late(self, packet: _Packet) -> None:
        """What comes after it was given up shows how long this link makes packets late."""
        for entry in self._given_up:
            sequence, missed_ms = entry
            if sequence == packet.sequence:
                self._given_up.remove(entry)
                late_ms = packet.arrived_ms - missed_ms
                if late_ms < HOLD_MS:
                    self._hold_ms = min(HOLD_MS, max(self._hold_ms, late_ms + _HOLD_SPARE_MS))
                return

    # from packets to sound

    def _play_next(self) -> list[Heard]:
        assert self._next_sequence is not None
        packet = self._held.pop(self._next_sequence)
        self._next_sequence = (packet.sequence + 1) & 0xFFFF
        if not packet.payload:
            return []
        ticks = self._ticks(packet)
        try:
            sound = self._decoder.decode(packet.payload)
        except OpusError:
            sound = bytes(self._packet_samples * 2)
        if sound:
            self._packet_samples = len(sound) // 2
        self._concealed_samples = 0
        length = len(sound) // 2 * _TICKS_PER_SAMPLE
        self._clock.note((ticks + length) / _RTP_PER_MS, packet.arrived_ms)
        # The sender paused and came back: DTX.
        heard = self._silence_until(ticks)
        if sound:
            heard.append(Heard(sound, self._clock.local_ms(ticks / _RTP_PER_MS)))
        # What was filled in already and comes all the same, late, is heard at its own time, and does not count twice.
        self._advance(ticks + length)
        return heard

    def _skip_gap(self) -> list[Heard]:
        """Stand-ins for what is missing, up to the next packet that is there."""
        assert self._next_sequence is not None
        following = self._following
        missing = self._ahead(following.sequence)
        if missing == 0:
            return []
        self.lost += missing
        for number in range(max(0, missing - _MOST_GIVEN_UP), missing):
            self._given_up.append(((self._next_sequence + number) & 0xFFFF, self._held_since))
        self._hold_ms = max(SHORTEST_HOLD_MS, self._hold_ms - _HOLD_FALL_MS)
        self._next_sequence = following.sequence
        length = self._packet_samples * _TICKS_PER_SAMPLE
        end = self._ticks(following)
        count = min(missing, (end - self._next_ticks) // length)
        if count <= 0:
            return []
        heard = [self._stand_in(None) for _ in range(min(count - 1, self._concealable(self._packet_samples)))]
        heard += self._silence_until(end - length)
        heard.append(self._stand_in(following.payload))
        return heard

    def _stand_in(self, next_payload: bytes | None) -> Heard:
        heard = Heard(
            self._recover(next_payload, self._packet_samples), self._clock.local_ms(self._next_ticks / _RTP_PER_MS)
        )
        self._advance(self._next_ticks + self._packet_samples * _TICKS_PER_SAMPLE)
        return heard

    def _concealable(self, samples: int) -> int:
        """How many more of that length may be made up in a row."""
        most = LONGEST_CONCEALED_MS * FRAME_SAMPLES // FRAME_MS
        return max(0, most - self._concealed_samples) // samples

    def _recover(self, next_payload: bytes | None, samples: int) -> bytes:
        self._concealed_samples += samples
        try:
            return self._decoder.recover(next_payload, samples)
        except OpusError:
            return bytes(samples * 2)

    def _silence_until(self, ticks: int) -> list[Heard]:
        """Silence for a gap up to this RTP time; none for one too long to be of use, or too short to be one."""
        start, gap = self._next_ticks, ticks - self._next_ticks
        self._advance(ticks)
        if not _SMALLEST_GAP_TICKS <= gap <= LONGEST_FILL_MS * _RTP_PER_MS:
            return []
        return [Heard(bytes(gap // _TICKS_PER_SAMPLE * 2), self._clock.local_ms(start / _RTP_PER_MS))]

    def _advance(self, ticks: int) -> None:
        if ticks > self._next_ticks:
            self._next_ticks = ticks
            self._sound_end_ms = self._clock.local_ms(ticks / _RTP_PER_MS)
