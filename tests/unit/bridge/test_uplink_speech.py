"""Speech through libopus and a lossy line: what is put in the place of lost sound, against what was said."""

import numpy as np
import pytest
from hibari import Hibari

from bridge.media.opus import FRAME_BYTES, FRAME_SAMPLES, new_decoder
from bridge.media.uplink import SHORTEST_HOLD_MS, Uplink
from tests.emulators.opus_sender import OpusSender, Sent
from tests.emulators.packet_line import Output, deliver

Samples = np.ndarray


@pytest.fixture(scope="module")
def speech() -> bytes:
    voice = Hibari(threads=1)
    text = "At my last job I was responsible for the payment service, which handled two million requests a day."
    more = "There were three teams involved, and none of them had worked on this before."
    pieces = [np.asarray(chunk) for part in (text, more) for chunk in voice.stream(part)]
    return (np.concatenate(pieces) * 60_000).clip(-32_768, 32_767).astype("<i2").tobytes()


def decoded(packets: list[Sent]) -> Samples:
    """What is heard over a line without loss."""
    decoder = new_decoder()
    return samples(b"".join(decoder.decode(packet.payload) for packet in packets))


def samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(float)


def without(packets: list[Sent], lost: set[int]) -> Output:
    """What is heard of a line that loses these packets."""
    return deliver(Uplink(new_decoder()), [(packet.at_ms, packet) for n, packet in enumerate(packets) if n not in lost])


def likeness(heard: Samples, said: Samples, lost: set[int], packet_ms: int = 20) -> list[float]:
    """Correlation of each stand-in with what was lost, where that was loud enough to be anything."""
    size = 24 * packet_ms
    found: list[float] = []
    for n in sorted(lost):
        stand_in, original = heard[n * size : (n + 1) * size], said[n * size : (n + 1) * size]
        if original.std() > 300:
            found.append(float(stand_in @ original / np.sqrt((stand_in @ stand_in) * (original @ original) + 1)))
    return found


def test_what_a_copy_gives_back_is_the_lost_sound_and_concealment_only_fills_in(speech: bytes) -> None:
    found: dict[bool, list[float]] = {}
    for has_copies in (True, False):
        packets = OpusSender(has_copies=has_copies).send(speech)
        lost = set(range(9, len(packets) - 1, 9))
        output = without(packets, lost)
        assert len(output.pcm) == len(packets) * FRAME_BYTES
        found[has_copies] = likeness(samples(output.pcm), decoded(packets), lost)
    assert np.median(found[True]) > 0.9
    assert np.mean(found[True]) > np.mean(found[False]) + 0.2


def test_copies_let_nothing_wait(speech: bytes) -> None:
    packets = OpusSender(has_copies=True).send(speech)
    decoder = new_decoder()
    lost = {n for n in range(9, len(packets) - 1, 9) if decoder.carries_copy(packets[n + 1].payload)}
    output = without(packets, lost)
    assert len(lost) > len(packets) / 9 / 2
    arrivals = {packet.at_ms for packet in packets}
    assert all(at in arrivals for at, _ in output.given)


@pytest.mark.parametrize(("packet_ms", "least"), [(10, 0.85), (20, 0.85), (40, 0.5), (60, 0.2)])
def test_packets_of_every_length_come_back_out_of_copies(speech: bytes, packet_ms: int, least: float) -> None:
    # A long packet is made of frames of 20 ms, and copies only the last one of the packet before.
    found: dict[bool, list[float]] = {}
    for has_copies in (True, False):
        packets = OpusSender(has_copies=has_copies, packet_ms=packet_ms).send(speech)
        lost = set(range(4, len(packets) - 1, 5))
        output = without(packets, lost)
        assert output.duration_ms == len(packets) * packet_ms
        found[has_copies] = likeness(samples(output.pcm), decoded(packets), lost, packet_ms)
    assert np.median(found[True]) > least
    assert np.mean(found[True]) > np.mean(found[False])


def test_concealment_has_the_energy_of_what_is_around_it_and_does_not_click(speech: bytes) -> None:
    packets = OpusSender().send(speech)
    lost = set(range(9, len(packets) - 1, 9))
    heard, said = samples(without(packets, lost).pcm), decoded(packets)
    levels: list[float] = []
    for n in lost:
        start, end = n * FRAME_SAMPLES, (n + 1) * FRAME_SAMPLES
        around = said[start - FRAME_SAMPLES : end + FRAME_SAMPLES]
        if around.std() > 300:
            levels.append(20 * np.log10((heard[start:end].std() + 1) / around.std()))
    assert -6 < np.median(levels) < 3
    assert max(levels) < 6
    # A click is a jump of the curve: none is larger than those that speech itself makes.
    borders = sorted(edge for n in lost for edge in (n * FRAME_SAMPLES, (n + 1) * FRAME_SAMPLES))
    jumps = np.abs(np.diff(heard, 2))
    assert max(jumps[edge - 3 : edge + 2].max() for edge in borders) <= np.abs(np.diff(said, 2)).max()


@pytest.mark.parametrize("burst", [2, 5, 10, 30])
@pytest.mark.parametrize("has_copies", [True, False])
def test_a_burst_fades_and_the_speech_goes_on_as_it_was_said(speech: bytes, burst: int, has_copies: bool) -> None:
    packets = OpusSender(has_copies=has_copies).send(speech)
    first = next(n for n in range(40, 100) if decoded(packets[:n])[-FRAME_SAMPLES:].std() > 2_000)
    lost = set(range(first, first + burst))
    output = without(packets, lost)
    heard, said = samples(output.pcm), decoded(packets)
    assert len(heard) == len(said)
    assert (heard[: first * FRAME_SAMPLES] == said[: first * FRAME_SAMPLES]).all()
    gap = heard[first * FRAME_SAMPLES : (first + burst) * FRAME_SAMPLES].reshape(burst, FRAME_SAMPLES)
    if burst > 5:
        assert gap[5:-1].std() < gap[0].std() / 2
    # The decoder finds back within a few frames.
    after = (first + burst + 10) * FRAME_SAMPLES
    rest, original = heard[after:], said[after:]
    assert rest @ original / np.sqrt((rest @ rest) * (original @ original)) > 0.99


def test_pauses_of_a_sender_with_dtx_have_their_length(speech: bytes) -> None:
    speech = speech[: 5_000 * 48]
    quiet = bytes(3_000 * 48)
    sender = OpusSender(has_dtx=True)
    packets = sender.send(speech[: 2_000 * 48] + quiet + speech[2_000 * 48 :])
    # What was not sent left a hole in the timestamps only.
    assert len(packets) < (len(speech) / 48 + 3_000) / 20 - 100
    output = deliver(Uplink(new_decoder()), [(packet.at_ms, packet) for packet in packets])
    assert output.duration_ms == pytest.approx(len(speech) / 48 + 3_000, abs=40)
    for at, heard in output.given:
        assert -1 <= at - heard.at_ms - len(heard.data) / 48 <= 3_000
    middle = samples(output.pcm)[3_000 * 24 : 4_500 * 24]
    assert np.abs(middle).max() < 200


def test_a_hundredth_lost_is_delivered_whole_and_not_later(speech: bytes) -> None:
    draw = np.random.default_rng(4)
    packets = OpusSender().send(speech * 8)
    lost = {int(n) for n in np.flatnonzero(draw.random(len(packets)) < 0.01)} - {0, len(packets) - 1}
    whole, output = without(packets, set()), without(packets, lost)
    assert len(output.pcm) / len(whole.pcm) >= 0.995
    waits = sorted(at - heard.at_ms - len(heard.data) / 48 for at, heard in output.given)
    assert waits[len(waits) // 2] == pytest.approx(0, abs=0.001)
    assert waits[int(len(waits) * 0.95)] == pytest.approx(0, abs=0.001)
    # Only the stand-ins themselves, and what was behind them.
    assert waits[-1] <= SHORTEST_HOLD_MS + 40


def test_garbage_and_noise_in_place_of_packets_are_survived(speech: bytes) -> None:
    draw = np.random.default_rng(5)
    packets = OpusSender().send(speech)
    garbled = [
        Sent(p.sequence, p.stamp, draw.bytes(int(draw.integers(1, 1200))), p.at_ms) if 100 <= n < 150 else p
        for n, p in enumerate(packets)
    ]
    output = deliver(Uplink(new_decoder()), [(packet.at_ms, packet) for packet in garbled])
    said, heard = decoded(packets)[-3_000 * 24 :], samples(output.pcm)[-3_000 * 24 :]
    assert heard @ said / np.sqrt((heard @ heard) * (said @ said)) > 0.99
