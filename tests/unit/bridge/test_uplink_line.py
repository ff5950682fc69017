"""An uplink at the end of lines of all sorts: what is heard, when, and where on the clock it is put."""

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.media.opus import OpusError
from bridge.media.uplink import FILL_AFTER_MS, HOLD_MS, LONGEST_CONCEALED_MS, LONGEST_FILL_MS, SHORTEST_HOLD_MS, Uplink
from tests.emulators.opus_sender import Sent
from tests.emulators.packet_line import POLL_MS, Arrival, Output, deliver

DELAY_MS = 30.0
"""What the network takes at its fastest."""


class CountedSound:
    """A codec whose packets say their number and length; each ms of their sound is that number.

    Zero is silence, minus one was made up, minus two came out of a copy.
    """

    def __init__(self, *, has_copies: bool = False) -> None:
        self._has_copies = has_copies

    def decode(self, packet: bytes) -> bytes:
        if len(packet) != 3:
            raise OpusError
        return packet[:2] * (packet[2] * 24)

    def carries_copy(self, packet: bytes) -> bool:
        return self._has_copies and len(packet) == 3

    def recover(self, next_packet: bytes | None, samples: int) -> bytes:
        number = -2 if next_packet and self._has_copies else -1
        return number.to_bytes(2, "little", signed=True) * samples


def sent(
    count: int, *, packet_ms: int = 20, sequence: int = 0, stamp: int = 0, first: int = 1, start_ms: float = 0
) -> list[Sent]:
    """Packets of someone who speaks all the time."""
    return [
        Sent(
            (sequence + n) & 0xFFFF,
            (stamp + n * packet_ms * 48) & 0xFFFFFFFF,
            ((n + first - 1) % 30_000 + 1).to_bytes(2, "little") + bytes([packet_ms]),
            start_ms + (n + 1) * packet_ms,
        )
        for n in range(count)
    ]


def on_time(packets: list[Sent], delay: Callable[[], float] = lambda: 0.0) -> list[Arrival]:
    return [(packet.at_ms + DELAY_MS + delay(), packet) for packet in packets]


def milliseconds(output: Output) -> list[int]:
    """The number heard in each ms."""
    pcm = output.pcm
    return [int.from_bytes(pcm[at : at + 2], "little", signed=True) for at in range(0, len(pcm), 48)]


def numbers(output: Output) -> list[int]:
    """Numbers in order, each once in a row, without silence and what was made up."""
    heard = [number for number in milliseconds(output) if number > 0]
    return [number for at, number in enumerate(heard) if at == 0 or heard[at - 1] != number]


def unheard_ms(output: Output) -> int:
    """Silence, and what was made up."""
    return sum(number <= 0 for number in milliseconds(output))


def misplaced_ms(output: Output, *, packet_ms: int = 20, rate: float = 1.0, first: int = 1) -> float:
    """How far the worst real sound lies from where it was spoken (plus the network's least delay)."""
    worst = 0.0
    for at_ms, data in output.positions():
        number = int.from_bytes(data[:2], "little", signed=True)
        if number > 0:
            worst = max(worst, abs(at_ms - (number - first) * packet_ms * rate - DELAY_MS))
    return worst


def test_what_comes_in_order_is_given_at_once_and_where_it_was_spoken() -> None:
    output = deliver(Uplink(CountedSound()), on_time(sent(500)))
    assert numbers(output) == list(range(1, 501))
    assert [at for at, _ in output.given] == [n * 20 + DELAY_MS for n in range(1, 501)]
    assert misplaced_ms(output) < 0.001


@pytest.mark.parametrize("packet_ms", [10, 20, 40, 60])
@pytest.mark.parametrize("has_copies", [True, False])
def test_a_lost_packet_of_any_length_leaves_no_time_out(packet_ms: int, has_copies: bool) -> None:
    packets = sent(300, packet_ms=packet_ms)
    # Where nothing at all comes for long enough, silence is there already.
    lost = {50, 90, 91, 150} if packet_ms < 60 else {50, 90, 110, 150}
    arrivals = [arrival for n, arrival in enumerate(on_time(packets)) if n not in lost]
    uplink = Uplink(CountedSound(has_copies=has_copies))
    output = deliver(uplink, arrivals)
    assert output.duration_ms == 300 * packet_ms
    assert numbers(output) == [n + 1 for n in range(300) if n not in lost]
    assert misplaced_ms(output, packet_ms=packet_ms) < 1
    assert uplink.lost == 4
    counted = milliseconds(output)
    assert counted.count(-2) == ((3 if packet_ms < 60 else 4) * packet_ms if has_copies else 0)
    assert 0 not in counted


def test_a_packet_with_a_copy_of_the_lost_one_is_not_held_back() -> None:
    arrivals = [arrival for n, arrival in enumerate(on_time(sent(100))) if n != 50]
    output = deliver(Uplink(CountedSound(has_copies=True)), arrivals)
    assert all(
        at - heard.at_ms == pytest.approx(20 if heard.data[:2] != b"\xfe\xff" else 40) for at, heard in output.given
    )


def test_without_a_copy_it_is_held_for_less_than_two_packets() -> None:
    arrivals = [arrival for n, arrival in enumerate(on_time(sent(1000))) if n % 50 != 25]
    output = deliver(Uplink(CountedSound()), arrivals)
    waits = [at - heard.at_ms - len(heard.data) / 48 for at, heard in output.given if heard.data[:2] != b"\xff\xff"]
    assert max(waits) == pytest.approx(SHORTEST_HOLD_MS)
    assert sum(wait > 1 for wait in waits) == 2 * 20


def test_a_link_that_swaps_packets_is_given_the_time_it_needs() -> None:
    draw = random.Random(5)
    packets = sent(3000)
    # Three in a hundred come up to 40 ms after the one that was sent behind them.
    late = {n: 20 + draw.uniform(25, 40) for n in range(10, 3000) if draw.random() < 0.03}
    arrivals = [(at + late.get(n, 0), packet) for n, (at, packet) in enumerate(on_time(packets))]
    output = deliver(Uplink(CountedSound()), arrivals)
    assert numbers(output) == sorted(numbers(output))
    # The first few teach it.
    assert len(numbers(output)) >= 3000 - 6
    assert output.duration_ms == 3000 * 20
    assert misplaced_ms(output) < 1


def test_reordering_of_three_in_a_hundred_changes_nothing() -> None:
    draw = random.Random(1)
    arrivals = [
        (at + (20 + draw.uniform(1, 20) if draw.random() < 0.03 else 0), packet) for at, packet in on_time(sent(3000))
    ]
    output = deliver(Uplink(CountedSound()), arrivals)
    assert milliseconds(output) == [n for n in range(1, 3001) for _ in range(20)]
    assert misplaced_ms(output) < 20


@pytest.mark.parametrize("burst", [2, 5, 10, 30, 90])
@pytest.mark.parametrize("has_copies", [True, False])
def test_a_burst_of_losses_takes_its_own_time_and_no_more(burst: int, has_copies: bool) -> None:
    arrivals = [arrival for n, arrival in enumerate(on_time(sent(300))) if not 100 <= n < 100 + burst]
    uplink = Uplink(CountedSound(has_copies=has_copies))
    output = deliver(uplink, arrivals)
    assert abs(output.duration_ms - 300 * 20) <= 20
    assert numbers(output) == [n for n in range(1, 301) if not 100 < n <= 100 + burst]
    assert misplaced_ms(output) < 1
    counted = milliseconds(output)
    assert counted.count(-1) + counted.count(-2) <= LONGEST_CONCEALED_MS + 20
    if has_copies and burst < 6:
        # The copy belongs right before the packet that has it.
        assert counted[counted.index(101 + burst) - 20] == -2


def test_a_sender_that_pauses_sends_silence_for_the_model() -> None:
    before, after = sent(50), sent(50, sequence=50, stamp=(50 + 60) * 960, first=111, start_ms=110 * 20)
    output = deliver(Uplink(CountedSound()), on_time(before + after))
    assert unheard_ms(output) == 60 * 20
    assert output.duration_ms == 160 * 20
    assert misplaced_ms(output) < 1
    # Its clock of silence runs while nothing comes.
    first = next(at for at, heard in output.given if heard.at_ms == 50 * 20 + DELAY_MS)
    assert first <= 50 * 20 + DELAY_MS + FILL_AFTER_MS + POLL_MS


@pytest.mark.parametrize("pause_ms", [500, 1_800])
def test_a_network_that_stalls_loses_nothing_and_puts_it_where_it_was_spoken(pause_ms: int) -> None:
    packets = sent(400)
    stalled_at = 100 * 20
    arrivals = [
        (max(at, stalled_at + DELAY_MS + pause_ms) if n >= 100 else at, packet)
        for n, (at, packet) in enumerate(on_time(packets))
    ]
    output = deliver(Uplink(CountedSound()), arrivals)
    assert numbers(output) == list(range(1, 401))
    assert misplaced_ms(output) < 20
    assert unheard_ms(output) <= pause_ms


@pytest.mark.parametrize("ppm", [-200, 200])
def test_ten_minutes_of_drift_between_two_clocks_lose_and_double_nothing(ppm: int) -> None:
    rate = 1 + ppm / 1e6
    draw = random.Random(2)
    # The sender believes to send every 20 ms. Some packets are late by chance, and one in a hundred never comes.
    arrivals = [
        (packet.at_ms * rate + DELAY_MS + draw.expovariate(1 / 3), packet)
        for packet in sent(30_000 - 1)
        if packet.sequence % 100 != 50
    ]
    output = deliver(Uplink(CountedSound()), arrivals)
    assert output.duration_ms == (30_000 - 1) * 20
    assert len(numbers(output)) == len(arrivals)
    assert misplaced_ms(output, rate=rate) < 20
    waits = [at - heard.at_ms - len(heard.data) / 48 for at, heard in output.given]
    third = len(waits) // 3
    assert sum(waits[-third:]) / third == pytest.approx(sum(waits[:third]) / third, abs=2)


def test_duplicates_and_what_is_far_too_late_are_not_heard_again() -> None:
    draw = random.Random(3)
    arrivals = on_time(sent(1000))
    again = [(at + draw.choice([0.0, 1.0, 30.0, 250.0, 1_500.0, 5_000.0]), packet) for at, packet in arrivals[:700:3]]
    output = deliver(Uplink(CountedSound()), arrivals + again)
    assert milliseconds(output) == [n for n in range(1, 1001) for _ in range(20)]


def test_sequence_numbers_and_timestamps_wrap_around() -> None:
    packets = sent(400, sequence=65_400, stamp=2**32 - 200 * 960)
    arrivals = [arrival for n, arrival in enumerate(on_time(packets)) if n not in {135, 136, 199, 200}]
    output = deliver(Uplink(CountedSound()), arrivals)
    assert output.duration_ms == 400 * 20
    assert len(numbers(output)) == 396
    assert misplaced_ms(output) < 1


@pytest.mark.parametrize(("sequence", "stamp"), [(40_000, 7), (40_000, 2**31 + 5), (110, 2**31 + 5), (90, 2**30)])
@pytest.mark.parametrize("pause_ms", [0, 300])
def test_a_sender_that_starts_anew_is_followed_and_placed_anew(sequence: int, stamp: int, pause_ms: int) -> None:
    before = sent(100)
    after = sent(100, sequence=sequence, stamp=stamp, first=101, start_ms=2_000 + pause_ms)
    output = deliver(Uplink(CountedSound()), on_time(before + after))
    assert numbers(output) == list(range(1, 201))
    late = [(at, data) for at, data in output.positions() if int.from_bytes(data[:2], "little", signed=True) > 100]
    for at_ms, data in late:
        number = int.from_bytes(data[:2], "little")
        assert abs(at_ms - (number - 1) * 20 - pause_ms - DELAY_MS) < 1


def test_one_stray_packet_is_no_new_sender() -> None:
    arrivals = on_time(sent(200))
    strays = [(arrivals[n][0] + 5, Sent(draw, draw * 77, b"\1\0\x14", 0)) for n, draw in [(50, 9_000), (100, 50_000)]]
    output = deliver(Uplink(CountedSound()), arrivals + strays)
    assert numbers(output) == list(range(1, 201))
    assert misplaced_ms(output) < 1


def test_packets_that_are_no_sound_take_no_time() -> None:
    # Another codec in the same stream, or padding: it has a number, but the time of the next packet.
    packets = sent(20)
    numbered = [Sent(p.sequence + (n > 10), p.stamp, p.payload, p.at_ms) for n, p in enumerate(packets)]
    empty = Sent(11, packets[11].stamp, b"", packets[10].at_ms + 5)
    for extra in ([], [empty]):
        output = deliver(Uplink(CountedSound()), on_time(numbered + extra))
        assert milliseconds(output) == [n for n in range(1, 21) for _ in range(20)]
        assert all(at - heard.at_ms == pytest.approx(20) for at, heard in output.given)


def test_garbage_is_silence_of_its_length() -> None:
    packets = sent(100, packet_ms=40)
    garbled = [
        Sent(p.sequence, p.stamp, b"garbage" if n in {30, 31} else p.payload, p.at_ms) for n, p in enumerate(packets)
    ]
    output = deliver(Uplink(CountedSound()), on_time(garbled))
    assert output.duration_ms == 4_000
    assert milliseconds(output).count(0) == 80


def test_a_process_that_stalls_for_two_seconds_finds_all_sound_where_it_was_spoken() -> None:
    # What came meanwhile is all seen at once.
    arrivals = [(max(at, 4_000.0) if at > 2_000 else at, packet) for at, packet in on_time(sent(400))]
    output = deliver(Uplink(CountedSound()), arrivals)
    assert numbers(output) == list(range(1, 401))
    assert misplaced_ms(output) < 20


def test_a_lasting_change_of_the_way_is_followed() -> None:
    # From the middle on everything takes 700 ms longer.
    arrivals = [(at + (700 if n >= 300 else 0), packet) for n, (at, packet) in enumerate(on_time(sent(600)))]
    output = deliver(Uplink(CountedSound()), arrivals)
    assert numbers(output) == list(range(1, 601))
    at_ms, _ = output.positions()[-1]
    assert at_ms == pytest.approx(599 * 20 + DELAY_MS + 700, abs=1)


def test_a_sender_whose_clock_stood_still_goes_on_where_it_is_now() -> None:
    # A machine that slept: its timestamps know nothing of the second that passed.
    before, after = sent(100), sent(200, sequence=100, stamp=100 * 960, first=101, start_ms=2_000 + 1_000)
    output = deliver(Uplink(CountedSound()), on_time(before + after))
    assert numbers(output) == list(range(1, 301))
    at_ms, _ = output.positions()[-1]
    assert at_ms == pytest.approx(299 * 20 + 1_000 + DELAY_MS, abs=1)


def test_silence_is_filled_for_a_while_only() -> None:
    output = deliver(Uplink(CountedSound()), on_time(sent(10)), until_ms=60_000)
    assert 10 * 20 < output.duration_ms <= 10 * 20 + LONGEST_FILL_MS + 100 + FILL_AFTER_MS


@st.composite
def schedules(draw: st.DrawFn) -> tuple[list[Sent], list[Arrival]]:
    """Some seconds of packets over a line that loses, delays and doubles some of them; the first and last arrive."""
    random_ = random.Random(draw(st.integers(0, 2**32)))
    packets = sent(
        draw(st.integers(2, 150)),
        sequence=draw(st.integers(0, 0xFFFF)),
        stamp=draw(st.integers(0, 2**32 - 1)),
        packet_ms=draw(st.sampled_from([10, 20, 40, 60])),
    )
    loss, late, twice = (draw(st.floats(0, 0.3)) for _ in range(3))
    arrivals: list[Arrival] = []
    for n, (at, packet) in enumerate(on_time(packets)):
        is_end = n in (0, len(packets) - 1)
        if random_.random() < loss and not is_end:
            continue
        arrivals.append((at + (random_.uniform(0, 90) if random_.random() < late and not is_end else 0), packet))
        if random_.random() < twice:
            arrivals.append((at + random_.uniform(0, 200), packet))
    return packets, arrivals


@settings(max_examples=150, deadline=None)
@given(schedules(), st.booleans())
def test_whatever_the_line_does_time_stays_whole_and_in_order(
    schedule: tuple[list[Sent], list[Arrival]], has_copies: bool
) -> None:
    packets, arrivals = schedule
    packet_ms = packets[0].payload[2]
    output = deliver(Uplink(CountedSound(has_copies=has_copies)), arrivals)
    first_arrivals = {packet.payload: at for at, packet in sorted(arrivals, key=lambda arrival: -arrival[0])}
    times = sorted(first_arrivals.values())
    # What is filled in behind the last packet, while late ones and doubles still come, is another matter.
    last = first_arrivals[packets[-1].payload]
    output.given = [(at, sound) for at, sound in output.given if at <= last + HOLD_MS]
    heard = numbers(output)
    assert heard == sorted(set(heard))
    extra_ms = output.duration_ms - len(packets) * packet_ms
    if all(later - earlier < FILL_AFTER_MS for earlier, later in pairwise(times)):
        assert abs(extra_ms) <= packet_ms
    else:
        # Where nothing came for long, there is silence as well as the sound that came later.
        assert -packet_ms <= extra_ms <= unheard_ms(output)
    assert misplaced_ms(output, packet_ms=packet_ms) < 100
    for at, sound in output.given:
        first_arrival = first_arrivals.get(sound.data[:2] + bytes([packet_ms]))
        if first_arrival is not None:
            assert at - first_arrival <= HOLD_MS + 0.001
