"""The parts of a reply's delay."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.receipt import Receipt
from peak_app.domain.meetings.turns import DelayParts


def test_each_part_is_the_time_between_two_marks() -> None:
    receipt = Receipt(1000, 1700, words_at_ms=1710, first_text_ms=1720, first_sound_ms=1735)
    assert receipt.total(1736) == 736
    assert receipt.parts(1736) == DelayParts(700, 10, 10, 15, 1)


def test_a_model_that_hears_has_no_recognition_and_may_speak_before_it_writes() -> None:
    assert Receipt(0, 700, None, 1300, 1250).parts(1260) == DelayParts(700, 0, 550, 0, 10)


def test_what_was_not_seen_is_counted_with_what_follows() -> None:
    assert Receipt(0, 700).parts(1000) == DelayParts(700, 0, 0, 0, 300)


MARK = st.one_of(st.none(), st.integers(0, 10_000))


@given(
    ended=st.integers(0, 10_000),
    over=st.integers(0, 10_000),
    words=MARK,
    text=MARK,
    sound=MARK,
    started=st.integers(0, 10_000),
)
def test_the_parts_always_add_up(
    *, ended: int, over: int, words: int | None, text: int | None, sound: int | None, started: int
) -> None:
    receipt = Receipt(ended, over, words, text, sound)
    parts = receipt.parts(max(started, ended))
    values = (parts.endpointing, parts.recognition, parts.model, parts.synthesis, parts.transport)
    assert sum(values) == receipt.total(max(started, ended))
    assert min(values) >= 0
