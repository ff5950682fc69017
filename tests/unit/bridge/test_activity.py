"""Voice told from level: spoken sentences in rooms of all sorts, and what only sounds for a moment."""

import time

import numpy as np
import pytest
from hibari import Hibari

from bridge.media.activity import REMEMBERED_MS, VoiceActivity

RATE_HZ = 24_000
SENTENCES = (
    "I talked to both of them and we agreed on a plan.",
    "It was quite hard.",
    "No, I think not.",
    "There were three teams involved, and none of them had worked on this before.",
    "Everyone could accept it.",
    "We decided to split the cost.",
    "My biggest strength is probably patience.",
    "In the end it went well for all of us.",
    "Thanks, that makes sense.",
    "He left the company last week.",
)
LEAD_MS = 1_500

Samples = np.ndarray


@pytest.fixture(scope="module")
def spoken() -> list[Samples]:
    voice = Hibari(threads=1)
    return [np.concatenate([np.asarray(chunk) for chunk in voice.stream(text)]) for text in SENTENCES]


def silence(ms: float) -> Samples:
    return np.zeros(round(ms * RATE_HZ / 1000))


def room(samples: int, seed: int = 1) -> Samples:
    """Pink noise of unit power: a quiet office, a fan."""
    draw = np.random.default_rng(seed)
    frequencies = np.fft.rfftfreq(samples, 1 / RATE_HZ)
    spectrum = draw.normal(size=len(frequencies)) + 1j * draw.normal(size=len(frequencies))
    spectrum[1:] /= np.sqrt(frequencies[1:])
    spectrum[frequencies < 30] = 0
    noise = np.fft.irfft(spectrum, samples)
    return noise / noise.std()


def tone(ms: float, amplitude: float, hz: float = 1_000) -> Samples:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(round(ms * RATE_HZ / 1000)) / RATE_HZ)


def pcm(samples: Samples) -> bytes:
    return np.clip(samples * 32_767, -32_768, 32_767).astype("<i2").tobytes()


def hear(activity: VoiceActivity, samples: Samples, at_ms: float = 0, block_ms: float = 20) -> list[float]:
    """When the blocks that hold voice began."""
    data, size = pcm(samples), round(block_ms * 48)
    times = [(start, at_ms + start / 48) for start in range(0, len(data), size)]
    return [at for start, at in times if activity.hear(data[start : start + size], at)]


def loudness(speech: Samples) -> float:
    """Root mean square while there is speech."""
    energy = (speech[: len(speech) // 480 * 480].reshape(-1, 480) ** 2).mean(1)
    return float(np.sqrt(energy[energy > energy.max() / 1000].mean()))


def end_of_speech_ms(speech: Samples) -> float:
    """End of the last 5 ms above a room 20 dB softer."""
    energy = (speech[: len(speech) // 120 * 120].reshape(-1, 120) ** 2).mean(1)
    return (int(np.flatnonzero(energy > (loudness(speech) / 10) ** 2)[-1]) + 1) * 5


@pytest.mark.parametrize("gain", [0.1, 0.3, 1.0])
def test_speech_ends_when_it_ends_in_a_room_at_20_db(spoken: list[Samples], gain: float) -> None:
    errors: list[float] = []
    for number, speech in enumerate(spoken):
        sound = np.concatenate([silence(LEAD_MS), speech, silence(LEAD_MS)])
        sound = (sound + room(len(sound), number) * loudness(speech) / 10) * gain
        activity = VoiceActivity()
        hear(activity, sound)
        end = activity.last_voice_ms(1e9)
        assert end is not None
        errors.append(abs(end - LEAD_MS - end_of_speech_ms(speech)))
        assert activity.last_voice_ms(LEAD_MS) is None
        assert 0.5 * end_of_speech_ms(speech) < activity.voiced_ms(0) <= end_of_speech_ms(speech)
    # The first sentence creaks out as softly as the room: its end is a matter of taste.
    assert max(errors[1:]) <= 40
    assert errors[0] <= 80


def test_speech_is_heard_where_the_browser_sends_zeros_for_silence(spoken: list[Samples]) -> None:
    for speech in spoken:
        activity = VoiceActivity()
        hear(activity, np.concatenate([silence(LEAD_MS), speech, silence(LEAD_MS)]))
        end = activity.last_voice_ms(1e9)
        assert end is not None
        # What a room would cover counts as well, down to the softest breath of the last word.
        assert -20 <= end - LEAD_MS - end_of_speech_ms(speech) <= 130


def test_a_room_alone_is_no_voice() -> None:
    for level in (0.0003, 0.003, 0.03):
        activity = VoiceActivity()
        assert hear(activity, room(RATE_HZ * 30) * level)[100:] == []
        assert activity.last_voice_ms(1e9) is None or level == 0.03


def test_a_fan_that_is_switched_on_becomes_the_room(spoken: list[Samples]) -> None:
    activity = VoiceActivity()
    fan = room(RATE_HZ * 13) * loudness(spoken[1]) / 10
    fan[: RATE_HZ * 4] /= 100
    hear(activity, fan)
    assert activity.voiced_ms(0) < 3_000
    assert activity.voiced_ms(8_000) == 0
    hear(activity, spoken[1] + room(len(spoken[1])) * loudness(spoken[1]) / 10, 13_000)
    assert activity.voiced_ms(13_000) > 400


def test_digital_silence_is_no_voice_and_leaves_the_room_as_it_was() -> None:
    activity = VoiceActivity()
    noise = room(RATE_HZ * 5) * 0.005
    hear(activity, noise)
    hear(activity, silence(20_000), 5_000)
    hear(activity, noise, 25_000)
    assert activity.voiced_ms(0) == 0


@pytest.mark.parametrize("amplitude", [0.02, 0.3])
def test_a_tone_counts_from_its_beginning_to_its_end(amplitude: float) -> None:
    activity = VoiceActivity()
    hear(activity, np.concatenate([silence(1_010), tone(5_000, amplitude), silence(1_000)]))
    assert activity.voiced_ms(0) == pytest.approx(5_000, abs=40)
    assert activity.last_voice_ms(1e9) == pytest.approx(6_010, abs=20)
    assert activity.last_voice_ms(3_000) == 3_000


def test_keys_do_not_count_however_many() -> None:
    activity = VoiceActivity()
    sound = room(RATE_HZ * 20) * 0.001
    draw = np.random.default_rng(2)
    for stroke in range(60):
        start = RATE_HZ + stroke * 7_333
        sound[start : start + 58 * 24] += draw.normal(0, 0.1, 58 * 24)
    hear(activity, sound)
    assert activity.voiced_ms(0) == 0


def test_a_cough_is_less_voice_than_an_interruption() -> None:
    activity = VoiceActivity()
    sound = room(RATE_HZ * 10) * 0.001
    draw = np.random.default_rng(3)
    for cough in range(3):
        start = RATE_HZ * (2 + 2 * cough)
        sound[start : start + 6_000] += draw.normal(0, 0.1, 6_000) * np.exp(-np.arange(6_000) / 3_000)
    hear(activity, sound)
    for cough in range(3):
        since = 1_900 + 2_000 * cough
        assert 150 < activity.voiced_ms(since) - activity.voiced_ms(since + 1_000) < 400


def test_the_first_of_it_counts_once_it_is_known_to_be_voice() -> None:
    activity = VoiceActivity()
    voiced = hear(activity, np.concatenate([silence(1_000), tone(200, 0.2)]))
    assert voiced[0] == 1_080
    assert activity.voiced_ms(0) == pytest.approx(200, abs=1)
    assert activity.voiced_ms(1_100) == pytest.approx(100, abs=1)


@pytest.mark.parametrize("block_ms", [5, 10, 40, 60, 120, 1_000])
def test_blocks_may_have_any_length(spoken: list[Samples], block_ms: float) -> None:
    sound = np.concatenate([silence(LEAD_MS), spoken[0], silence(LEAD_MS)])
    sound += room(len(sound)) * loudness(spoken[0]) / 10
    activity, usual = VoiceActivity(), VoiceActivity()
    hear(activity, sound, block_ms=block_ms)
    hear(usual, sound)
    assert activity.last_voice_ms(1e9) == pytest.approx(usual.last_voice_ms(1e9), abs=40)
    assert activity.voiced_ms(0) == pytest.approx(usual.voiced_ms(0), rel=0.15)


def test_empty_and_odd_input_is_taken() -> None:
    activity = VoiceActivity()
    for data in (b"", b"\1", b"\1\2\3", b"\1\2" * 7, pcm(tone(20, 0.5)) + b"\1"):
        assert activity.hear(data, 0) is False
    assert activity.voiced_ms(0) == 0


def test_sound_that_comes_twice_counts_once() -> None:
    activity = VoiceActivity()
    hear(activity, np.concatenate([silence(1_000), tone(500, 0.2)]))
    hear(activity, tone(500, 0.2), 1_000)
    assert activity.voiced_ms(0) <= 500


def test_jitter_of_the_clock_makes_neither_gaps_nor_more_of_it() -> None:
    activity = VoiceActivity()
    hear(activity, silence(1_000))
    for n, late in enumerate([0, 3, -3, 4, 0, -2] * 10):
        activity.hear(pcm(tone(20, 0.2)), 1_000 + n * 20 + late)
    assert activity.voiced_ms(0) == pytest.approx(1_200, abs=10)


def test_after_a_gap_voice_is_not_what_was_never_heard() -> None:
    activity = VoiceActivity()
    hear(activity, np.concatenate([silence(1_000), tone(500, 0.2)]))
    hear(activity, tone(500, 0.2), 9_000)
    assert activity.voiced_ms(0) == pytest.approx(1_000, abs=1)
    assert activity.last_voice_ms(8_000) == pytest.approx(1_500, abs=1)


def test_a_clock_that_jumps_back_forgets_what_has_not_been() -> None:
    activity = VoiceActivity()
    hear(activity, np.concatenate([silence(1_000), tone(500, 0.2)]), 50_000)
    hear(activity, np.concatenate([silence(1_000), tone(300, 0.2)]), 0)
    assert activity.voiced_ms(0) == pytest.approx(300, abs=1)
    assert activity.last_voice_ms(1e9) == pytest.approx(1_300, abs=1)


def test_about_a_minute_is_remembered() -> None:
    activity = VoiceActivity()
    hear(activity, np.concatenate([silence(1_000), tone(500, 0.2)]))
    for at in range(1_500, 2_500 + round(REMEMBERED_MS), 1_000):
        hear(activity, silence(1_000), at)
    assert activity.last_voice_ms(1e9) is None
    # However odd the times are, what is kept stays small.
    for n in range(20_000):
        activity.hear(pcm(tone(100, 0.2)), n % 7 * 1e6)
        activity.hear(pcm(tone(100, 0.2)), 1e9 + n * 20.5)
    assert len(activity._voice) <= 2_000


def test_it_is_cheap_enough_for_every_frame() -> None:
    activity = VoiceActivity()
    data = pcm(tone(20, 0.2) + room(480) * 0.01)
    best = float("inf")
    for start in range(0, 10_000, 500):
        began = time.perf_counter()
        for n in range(start, start + 500):
            activity.hear(data, n * 20)
        best = min(best, time.perf_counter() - began)
    assert best / 500 < 40e-6
