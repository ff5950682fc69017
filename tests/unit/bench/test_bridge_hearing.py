"""What the bridge's benchmark makes of the packets that arrive, and of what a page noted."""

import math

from bench.bridge.audible import Change, last_audible_ms
from bench.bridge.hearing import LOST_MS, Arrival, delays_ms, heard_between, onsets
from bench.bridge.sounds import Loudness, loudness, tone

QUIET, LOUD = Loudness(20), Loudness(20, 20, 0, 19)


def arrivals(*sounds: Loudness) -> list[Arrival]:
    """One packet every 20 ms, the first at 10 s; their stamps pass the end of the RTP clock."""
    return [
        Arrival(10 + number * 0.02, (2**32 - 960 + number * 960) % 2**32, sound) for number, sound in enumerate(sounds)
    ]


def test_every_millisecond_of_a_tone_is_loud() -> None:
    assert loudness(tone(20)) == LOUD


def test_quiet_is_not_loud() -> None:
    assert loudness(bytes(960)) == QUIET


def test_a_tone_after_a_short_hole_is_the_same_tone() -> None:
    assert onsets(arrivals(QUIET, LOUD, QUIET, LOUD)) == [10.02]


def test_a_tone_after_quiet_is_a_new_one() -> None:
    assert len(onsets(arrivals(LOUD, QUIET, QUIET, QUIET, QUIET, LOUD))) == 2


def test_a_burst_that_never_arrived_counts_more_than_any_that_did() -> None:
    assert delays_ms([1.0, 2.0], [1.25]) == [250, LOST_MS]


def test_silence_inside_a_reply_is_found() -> None:
    heard = heard_between(arrivals(QUIET, LOUD, QUIET, LOUD, QUIET), 10, 11)
    assert heard is not None
    assert (heard.tone_ms, heard.silent_ms) == (40, 20)


def test_a_reply_may_begin_and_end_inside_a_packet() -> None:
    heard = heard_between(arrivals(Loudness(20, 5, 15, 19), LOUD, Loudness(20, 5, 0, 4)), 10, 11)
    assert heard is not None
    assert (heard.tone_ms, heard.silent_ms) == (30, 0)


def test_what_was_heard_before_does_not_count() -> None:
    assert heard_between(arrivals(LOUD, QUIET), 10.01, 11) is None


def test_a_page_is_silent_when_its_stream_is() -> None:
    assert last_audible_ms([{"at": 5, "isLoud": True}, {"at": 9, "isLoud": False}]) == 9


def test_a_page_is_silent_when_it_mutes_itself() -> None:
    changes: list[Change] = [{"at": 5, "isLoud": True}, {"at": 7, "isMuted": True}, {"at": 9, "isLoud": False}]
    assert last_audible_ms(changes) == 7


def test_a_page_that_sounds_again_was_not_silent_before() -> None:
    changes: list[Change] = [
        {"at": 5, "isLoud": True},
        {"at": 7, "isMuted": True},
        {"at": 8, "isMuted": False},
        {"at": 9, "isLoud": False},
    ]
    assert last_audible_ms(changes) == 9


def test_a_page_that_never_falls_silent_has_no_end() -> None:
    assert last_audible_ms([{"at": 5, "isLoud": True}]) == math.inf


def test_a_page_that_never_sounded_has_none_either() -> None:
    assert last_audible_ms([{"at": 5, "isMuted": True}]) is None
