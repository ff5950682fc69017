"""Packets in, sound in order out, on a clock that only the test moves."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.media.opus import FRAME_BYTES, OpusError
from bridge.media.uplink import SHORTEST_HOLD_MS, Heard, Uplink


class NumberedSound:
    """A codec whose packets are numbers; its sound is 20 ms of that number, and 255 where it was made up."""

    def decode(self, packet: bytes) -> bytes:
        if packet == b"bad":
            raise OpusError
        return packet[:1] * FRAME_BYTES

    def carries_copy(self, packet: bytes) -> bool:
        return packet.endswith(b"copy")

    def recover(self, next_packet: bytes | None, samples: int) -> bytes:
        return (b"\xfe" if next_packet else b"\xff") * samples * 2


def numbers(heard: list[Heard]) -> list[int]:
    """The number of every 20 ms of sound; 0 is silence."""
    data = b"".join(sound.data for sound in heard)
    return [data[at] for at in range(0, len(data), FRAME_BYTES)]


def feed(uplink: Uplink, sequence: int, now_ms: float, *, stamp: int | None = None, first: int = 0) -> list[Heard]:
    number = (sequence - first) & 0xFFFF
    return uplink.receive(
        sequence & 0xFFFF, (number * 960 if stamp is None else stamp) & 0xFFFFFFFF, bytes([number % 200 + 1]), now_ms
    )


def test_packets_in_order_are_heard_at_once() -> None:
    uplink = Uplink(NumberedSound())
    heard = [feed(uplink, n, 1000 + 20 * n) for n in range(4)]
    assert [numbers(sounds) for sounds in heard] == [[1], [2], [3], [4]]
    assert [sounds[0].at_ms for sounds in heard] == [980, 1000, 1020, 1040]


def test_swapped_packets_are_put_in_order() -> None:
    uplink = Uplink(NumberedSound())
    assert numbers(feed(uplink, 0, 0)) == [1]
    assert feed(uplink, 2, 20) == []
    assert numbers(feed(uplink, 1, 25)) == [2, 3]
    assert uplink.deadline_ms is None


def test_a_lost_packet_is_replaced_after_a_short_wait() -> None:
    uplink = Uplink(NumberedSound())
    feed(uplink, 0, 0)
    feed(uplink, 3, 60)
    assert uplink.deadline_ms == 60 + SHORTEST_HOLD_MS
    assert uplink.expire(60 + SHORTEST_HOLD_MS - 1) == []
    # The first is made up, the second comes out of the copy in the packet that follows.
    assert numbers(uplink.expire(60 + SHORTEST_HOLD_MS)) == [255, 254, 4]
    assert uplink.lost == 2
    assert feed(uplink, 1, 200) == []
    assert numbers(feed(uplink, 4, 210)) == [5]


def test_duplicates_are_heard_once() -> None:
    uplink = Uplink(NumberedSound())
    assert numbers(feed(uplink, 0, 0)) == [1]
    assert feed(uplink, 0, 1) == []


def test_numbers_wrap_around() -> None:
    uplink = Uplink(NumberedSound())
    heard = [sound for n in range(65_533, 65_540) for sound in feed(uplink, n, n * 20.0, first=65_533)]
    assert numbers(heard) == [1, 2, 3, 4, 5, 6, 7]


def test_a_pause_of_the_sender_is_filled_with_silence() -> None:
    uplink = Uplink(NumberedSound())
    feed(uplink, 0, 0, stamp=0)
    assert numbers(feed(uplink, 1, 420, stamp=960 * 21)) == [0] * 20 + [2]


def test_a_sender_that_says_nothing_is_silent_up_to_a_while_ago() -> None:
    uplink = Uplink(NumberedSound())
    assert uplink.fill(0) == []
    feed(uplink, 0, 0)
    assert uplink.fill(100) == []
    filled = numbers(uplink.fill(500))
    # It fades out, and is silent.
    assert filled == [255] * 6 + [0] * 16
    assert uplink.fill(505) == []
    # Its clock went on meanwhile: what is filled already is not filled again.
    heard = numbers(feed(uplink, 1, 520, stamp=960 * 25))
    assert heard == [0, 0, 2]
    total = sum(len(numbers(uplink.fill(now))) for now in range(700, 20_000, 100))
    assert total <= 2_000 // 20 + 10


def test_a_restarted_sender_is_followed() -> None:
    uplink = Uplink(NumberedSound())
    feed(uplink, 0, 0)
    # One packet from elsewhere may be a stray.
    assert feed(uplink, 30_000, 20, first=29_990) == []
    assert numbers(feed(uplink, 30_001, 40, first=29_990)) == [11, 12]
    assert numbers(feed(uplink, 30_002, 60, first=29_990)) == [13]


def test_a_packet_that_is_no_sound_is_silence() -> None:
    uplink = Uplink(NumberedSound())
    feed(uplink, 0, 0)
    assert numbers(uplink.receive(1, 960, b"bad", 20)) == [0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 0.2), st.floats(0, 0.2))
def test_over_a_bad_line_nothing_is_heard_twice_or_out_of_order(seed: int, loss: float, swap: float) -> None:
    draw = random.Random(seed)
    sent = [n for n in range(120) if n == 0 or draw.random() >= loss]
    for at in range(1, len(sent) - 1):
        if draw.random() < swap:
            sent[at], sent[at + 1] = sent[at + 1], sent[at]
    uplink = Uplink(NumberedSound())
    heard: list[Heard] = []
    now = 0.0
    for n in sent:
        now = max(now + 0.1, n * 20.0 + draw.random() * 5)
        heard += uplink.expire(now)
        heard += feed(uplink, n, now)
    heard += uplink.expire(now + 1000)
    real = [number for number in numbers(heard) if 0 < number < 250]
    assert real == sorted(set(real))
    # As much sound as time, whatever was lost on the way.
    assert abs(len(numbers(heard)) - (max(sent) + 1)) <= 1
