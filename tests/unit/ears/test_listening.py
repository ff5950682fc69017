"""Listening on this machine: pieces, words in time, hesitations by their sound, and what memory allows."""

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.adapters.ears.activity import clean_stretches, joined, speech_stretches
from peak_app.adapters.ears.hums import is_steady_voice, islands_of, kind_of
from peak_app.adapters.ears.listening import LocalEars
from peak_app.adapters.ears.pieces import LONGEST_MS, Piece, pieces_of, words_of
from peak_app.adapters.ears.recogniser import is_loop, is_phantom, without_loops
from peak_app.adapters.ears.sound import EAR_RATE_HZ, Downsampler, levels_of
from peak_app.ports.ears import BothVoices, Stretch
from peak_app.ports.voice import VOICE_RATE_HZ, Pcm16

QUIET_DB, LOUD_DB = -80.0, -20.0


def pcm(samples: np.ndarray) -> Pcm16:
    return Pcm16((samples * 32767).astype("<i2").tobytes())


def tone(hertz: float, seconds: float, rate_hz: int = VOICE_RATE_HZ) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate_hz)) / rate_hz) * 0.3


def loud(*spans: tuple[int, int], length_ms: int) -> np.ndarray:
    """Levels every 10 ms: loud within the spans, quiet elsewhere."""
    levels = np.full(length_ms // 10, QUIET_DB, np.float32)
    for start, end in spans:
        levels[start // 10 : end // 10] = LOUD_DB
    return levels


@pytest.mark.parametrize("block", [240, 1_000, 24_000])
def test_sound_keeps_its_pitch_and_place_at_the_lower_rate_whatever_the_blocks(block: int) -> None:
    block -= block % 3
    sound = tone(440, 1)
    rate = Downsampler()
    made = np.concatenate([rate.push(pcm(sound[at : at + block])) for at in range(0, len(sound), block)])

    expected = tone(440, 1, EAR_RATE_HZ)[: len(made)]
    assert len(made) >= EAR_RATE_HZ - 40
    assert np.abs(made[100:-100] - expected[100:-100]).max() < 0.02


def test_what_the_lower_rate_can_not_hold_is_left_out() -> None:
    rate = Downsampler()
    made = np.concatenate([rate.push(pcm(tone(10_500, 1))), rate.push(pcm(tone(10_500, 1)))])

    assert levels_of(made[200:]).max() < -60


def test_a_microphone_with_an_offset_is_not_loud() -> None:
    assert levels_of(np.full(1_600, 0.5, np.float32)).max() < -100


def test_the_edges_of_speech_are_where_the_level_says() -> None:
    levels = loud((1_050, 2_030), length_ms=4_000)
    probabilities = np.zeros(125, np.float32)
    # The model is late by two frames at the start and lets go one frame after the end.
    probabilities[35:64] = 0.9

    assert speech_stretches(probabilities, levels) == [Stretch(1_050, 2_030)]


def test_a_click_is_no_speech() -> None:
    probabilities = np.zeros(125, np.float32)
    probabilities[40] = 0.9

    assert speech_stretches(probabilities, loud((1_280, 1_310), length_ms=4_000)) == []


def test_in_a_clean_track_everything_loud_is_voice_and_short_gaps_belong_to_it() -> None:
    levels = loud((100, 900), (1_000, 1_500), (3_000, 3_400), length_ms=4_000)

    assert clean_stretches(levels) == [Stretch(100, 1_500), Stretch(3_000, 3_400)]


def test_speech_is_cut_at_pauses_and_where_it_is_softest() -> None:
    levels = loud((0, 40_000), length_ms=40_000)
    levels[1_000] = QUIET_DB
    stretches = [Stretch(0, 11_000), Stretch(11_200, 11_600), Stretch(12_100, 12_300), Stretch(12_350, 12_360)]
    pieces = pieces_of(stretches, levels)

    assert [(piece.start_ms, piece.end_ms) for piece in pieces] == [(0, 11_600), (12_100, 12_360)]
    long = pieces_of([Stretch(0, 20_000)], levels)
    assert [(piece.start_ms, piece.end_ms) for piece in long] == [(0, 10_000), (10_000, 20_000)]


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(10, 30_000)), max_size=12))
def test_pieces_hold_all_speech_in_order_and_none_is_too_long(gaps_and_lengths: list[tuple[int, int]]) -> None:
    stretches: list[Stretch] = []
    at = 0
    for gap, length in gaps_and_lengths:
        stretches.append(Stretch(at + gap, at + gap + length))
        at += gap + length
    pieces = pieces_of(stretches, np.full(at // 10 + 1, LOUD_DB, np.float32))

    assert all(0 < piece.end_ms - piece.start_ms <= LONGEST_MS for piece in pieces)
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(pieces))
    spoken = sum(stretch.duration_ms for stretch in stretches)
    # What is too short for a word may be left out, one such piece between any two pauses.
    assert spoken - 150 * max(1, len(stretches)) <= sum(piece.voiced_ms for piece in pieces) <= spoken


def test_words_are_spread_over_the_voice_of_their_piece_by_their_length() -> None:
    words = words_of("a extraordinary day", Piece([Stretch(1_000, 2_000), Stretch(5_000, 6_000)]))

    assert [word.ends_piece for word in words] == [False, False, True]
    assert (words[0].start_ms, words[-1].end_ms) == (1_000, 6_000)
    assert words[0].end_ms - words[0].start_ms < 400
    assert words[1].start_ms < 2_000
    assert words[1].end_ms > 5_000
    assert words_of("", Piece([Stretch(0, 500)])) == []


def test_a_sound_stands_by_itself_when_quiet_is_around_it() -> None:
    levels = loud((1_000, 1_300), (1_500, 4_000), (4_020, 4_200), length_ms=6_000)

    assert list(islands_of([Stretch(1_000, 4_200)], levels, QUIET_DB)) == [Stretch(1_000, 1_300)]


def test_a_vowel_that_stays_is_steady_and_speech_that_moves_or_hisses_is_not() -> None:
    at = np.arange(EAR_RATE_HZ // 2) / EAR_RATE_HZ
    vowel = sum(np.sin(2 * np.pi * 120 * n * at) / n for n in range(1, 25)) * 0.05
    sweep = np.sin(2 * np.pi * (300 * at + 3_000 * at**2)) * 0.2
    hiss = np.random.default_rng(1).normal(0, 0.1, len(at))

    assert is_steady_voice(vowel.astype(np.float32))
    assert not is_steady_voice(sweep.astype(np.float32))
    assert not is_steady_voice(hiss.astype(np.float32))
    assert not is_steady_voice(np.zeros(100, np.float32))


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Um,", "um"), ("Uh?", "uh"), ("Ah.", "uh"), ("Herrm's", "erm"), ("Er...", "er"), ("Hmm.", "hmm"), ("M.", "hmm")],
)
def test_what_a_recogniser_makes_of_a_hum_tells_its_kind(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize("text", ["", "I.", "You know.", "Her", "A", "Umbrella", "And um."])
def test_a_word_is_no_hum(text: str) -> None:
    assert kind_of(text) is None


def test_spans_closer_than_the_gap_are_one() -> None:
    assert joined([(0, 100), (150, 300), (299, 320), (500, 600)], 100) == [(0, 320), (500, 600)]


class _Noise:
    """A room without anybody, for so many seconds; counts how often it was gone through."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._block = pcm(np.random.default_rng(2).normal(0, 0.0005, VOICE_RATE_HZ))
        self.rounds = 0

    def __iter__(self) -> Iterator[BothVoices]:
        self.rounds += 1
        for _ in range(self._seconds):
            yield BothVoices(self._block, self._block)


def test_a_room_without_anybody_has_no_words() -> None:
    heard = LocalEars().listen(_Noise(20))

    assert abs(heard.length_ms - 20_000) <= 10
    assert (heard.candidate, heard.agent, heard.words, heard.hums) == ([], [], [], [])


def test_nothing_at_all_is_heard_as_nothing() -> None:
    assert LocalEars().listen([]).length_ms == 0


def test_memory_does_not_grow_with_the_sound_of_a_long_meeting() -> None:
    tracemalloc.start()
    try:
        LocalEars().listen(_Noise(600))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # Ten minutes of sound are 19 MB at the rate of the models, and 38 MB as floats.
    assert peak < 10 * 1024 * 1024


@pytest.mark.parametrize(
    "text", ["noisy histori tho tho tho tho tho", "I know, I know. I know, I know I know", "a b c d " * 4]
)
def test_a_model_that_has_lost_its_way_is_noticed(text: str) -> None:
    assert is_loop(text)
    assert len(without_loops(text).split()) < len(text.split())


@pytest.mark.parametrize(
    "text", ["", "No, no, no.", "It was the age of wisdom, it was the age of foolishness", "very very good"]
)
def test_who_repeats_themselves_is_heard(text: str) -> None:
    assert not is_loop(text)
    assert without_loops(text) == text


def test_a_breath_is_not_taken_for_words() -> None:
    assert [is_phantom(text) for text in ("You.", "Thank you!", "", "You know")] == [True, True, True, False]
