"""What is measured of labelled meetings, against their labels. `python -m bench.delivery` prints the figures."""

import wave
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.signal import resample_poly

from peak_app.adapters.ears.listening import LocalEars
from peak_app.domain.insights.delivery import Delivery
from peak_app.domain.insights.speech import measure_sound
from peak_app.ports.ears import BothVoices
from peak_app.ports.voice import VOICE_RATE_HZ, Pcm16
from tests.ai_process import human_speech
from tests.labelled_speech.judging import (
    Verdict,
    table,
    talk_spans,
    true_delays,
    true_overlaps,
    true_pace,
    true_pauses,
)
from tests.labelled_speech.script import LabelledMeeting, speak_meetings

PARTS = ("tune", "held-out")
RECALL, PRECISION = 0.7, 0.9
PACE = 0.05
TIME_MS = 150


READ_ALOUD = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of "
    "foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it "
    "was the season of Darkness, it was the spring of hope, it was the winter of despair, we had everything "
    "before us, we had nothing before us, we were all going direct to Heaven, we were all going direct the "
    "other way - in short, the period was so far like the present period, that some of its noisiest "
    "authorities insisted on its being received, for good or for evil, in the superlative degree of comparison "
    "only."
)


@dataclass(frozen=True)
class Measured:
    meeting: LabelledMeeting
    delivery: Delivery


@pytest.fixture(scope="module", params=PARTS)
def part(request: pytest.FixtureRequest) -> list[Measured]:
    ears = LocalEars()
    return [
        Measured(meeting, measure_sound([], [], ears.listen(meeting.voices())))
        for meeting in speak_meetings(request.param)
    ]


def test_most_fillers_are_found_and_hardly_any_is_made_up(part: list[Measured]) -> None:
    verdict = Verdict()
    for measured in part:
        verdict.add(measured.meeting, measured.delivery)

    assert verdict.labelled.total() >= 20
    assert verdict.recall >= RECALL, table(verdict)
    assert verdict.precision >= PRECISION, table(verdict)


def test_pace_is_that_of_the_script(part: list[Measured]) -> None:
    for measured in part:
        assert measured.delivery.words_per_minute == pytest.approx(true_pace(measured.meeting), rel=PACE)


def test_every_pause_is_found_and_as_long_as_it_was(part: list[Measured]) -> None:
    for measured in part:
        expected = true_pauses(measured.meeting)
        found = measured.delivery.pauses
        assert len(found) == len(expected)
        for pause, (start_ms, end_ms) in zip(found, expected, strict=True):
            assert (pause.start_ms, pause.end_ms) == pytest.approx((start_ms, end_ms), abs=TIME_MS)
            assert pause.end_ms - pause.start_ms == pytest.approx(end_ms - start_ms, abs=TIME_MS)


def test_delays_before_answers_are_those_of_the_script(part: list[Measured]) -> None:
    for measured in part:
        delays_ms = [delay.delay_ms for delay in measured.delivery.answer_delays]
        assert delays_ms == pytest.approx(true_delays(measured.meeting), abs=TIME_MS)


def test_overlaps_are_found_with_who_came_in(part: list[Measured]) -> None:
    for measured in part:
        found = measured.delivery.overlaps
        assert [overlap.by for overlap in found] == ["agent"] * len(true_overlaps(measured.meeting))
        for overlap, span in zip(found, true_overlaps(measured.meeting), strict=True):
            assert (overlap.start_ms, overlap.end_ms) == pytest.approx(span, abs=TIME_MS)


def test_the_share_of_talk_is_that_of_the_script(part: list[Measured]) -> None:
    for measured in part:
        own, agent = (
            sum(end - start for start, end in talk_spans(measured.meeting, who)) for who in ("candidate", "agent")
        )
        assert measured.delivery.talk_ratio == pytest.approx(own / (own + agent), abs=0.02)


def test_of_a_person_who_reads_no_hesitation_is_made_up_and_every_word_counts() -> None:
    with wave.open(str(human_speech())) as reading:
        assert reading.getframerate() == 2 * VOICE_RATE_HZ
        samples = np.frombuffer(reading.readframes(reading.getnframes()), "<i2").astype(float)
    sound = np.clip(resample_poly(samples, 1, 2), -32768, 32767).astype("<i2")
    silence = Pcm16(bytes(2 * VOICE_RATE_HZ))
    voices = [
        BothVoices(Pcm16(sound[start : start + VOICE_RATE_HZ].tobytes()), silence)
        for start in range(0, len(sound), VOICE_RATE_HZ)
    ]

    delivery = measure_sound([], [], LocalEars().listen(voices))

    assert delivery.filler_moments == []
    words = sum(any(letter.isalpha() for letter in word) for word in READ_ALOUD.split())
    assert sum(point.words for point in delivery.pace) == pytest.approx(words, rel=PACE)
    assert delivery.talk_ratio == 1.0
