"""The meter a person may watch while they talk."""

from bridge.messages import DeliveryMeter
from bridge.meter import SpeechMeter
from peak_app.domain.meetings.turns import Turn


def test_pace_comes_with_enough_speech_and_fillers_at_once() -> None:
    meter = SpeechMeter()
    assert meter.add(Turn("c1", "candidate", "Um, you know, yes.", 0, 2000)) == DeliveryMeter(None, 2)
    twenty = " ".join(["word"] * 16)
    assert meter.add(Turn("c2", "candidate", twenty, 3000, 11_000)) == DeliveryMeter(120, 2)


def test_a_turn_whose_times_were_lost_does_not_change_the_pace() -> None:
    meter = SpeechMeter()
    meter.add(Turn("c1", "candidate", " ".join(["word"] * 20), 0, 10_000))
    assert meter.add(Turn("c2", "candidate", "um one two three", 12_000, 12_000)) == DeliveryMeter(120, 1)
