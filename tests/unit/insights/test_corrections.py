"""Which lines a correction changes."""

from dataclasses import dataclass

from peak_app.domain.insights.lines import Line, corrected


@dataclass(frozen=True)
class Words:
    original_text: str
    text: str


HEARD = [
    Line(id="L1", speaker="agent", start_ms=0, end_ms=900, text="Why?", unheard_text="And how?"),
    Line(id="L2", speaker="candidate", start_ms=1_000, end_ms=2_000, text="Because of the queue."),
]


def test_a_corrected_line_keeps_what_was_heard_and_everything_else():
    first, second = corrected(HEARD, {"L1": Words("Why?", "Why not?")})
    assert first == HEARD[0].model_copy(update={"text": "Why not?", "original_text": "Why?"})
    assert second is HEARD[1]


def test_a_correction_of_other_words_is_left_out():
    assert corrected(HEARD, {"L2": Words("Something else.", "Because of the cache.")}) == HEARD


def test_a_correction_that_was_taken_back_changes_nothing():
    assert corrected(HEARD, {"L2": Words("Because of the queue.", "Because of the queue.")}) == HEARD


def test_who_says_that_a_doubtful_line_was_heard_right_confirms_it():
    doubtful = HEARD[1].model_copy(update={"confidence": 0.3})
    (confirmed,) = corrected([doubtful], {"L2": Words("Because of the queue.", "Because of the queue.")})
    assert confirmed == doubtful.model_copy(update={"is_confirmed": True})
    assert (doubtful.is_doubtful, confirmed.is_doubtful, confirmed.certainty) == (True, False, 1.0)


def test_a_correction_of_a_line_that_is_not_there_changes_nothing():
    assert corrected(HEARD, {"L9": Words("Because of the queue.", "Because of the cache.")}) == HEARD
