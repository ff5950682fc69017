from datetime import UTC, datetime
from uuid import uuid4

from peak_app.domain.insights.lines import Line, lines_of, text_lines
from peak_app.domain.meetings.models import Utterance

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def utterance(speaker: str, text: str, start_ms: int, end_ms: int, **more: object) -> Utterance:
    fields = {"item_id": f"item-{start_ms}-{text[:8]}", "is_final": True, "created_at": AT, **more}
    return Utterance(
        meeting_id=uuid4(), owner_id=uuid4(), speaker=speaker, text=text, start_ms=start_ms, end_ms=end_ms, **fields
    )


def test_lines_are_numbered_in_the_order_of_the_meeting():
    lines = lines_of([utterance("candidate", "Hello.", 900, 1200), utterance("agent", "Welcome!", 0, 800)])

    assert [(line.id, line.speaker, line.text) for line in lines] == [
        ("L1", "agent", "Welcome!"),
        ("L2", "candidate", "Hello."),
    ]


def test_utterances_that_are_empty_or_not_final_give_no_line():
    lines = lines_of(
        [
            utterance("candidate", "   ", 0, 100),
            utterance("candidate", "half a sen", 100, 200, is_final=False),
            utterance("agent", "", 200, 300, unheard_text="Nobody heard any of this."),
            utterance("candidate", "Whole.", 300, 400),
        ]
    )

    assert [(line.id, line.text) for line in lines] == [("L1", "Whole.")]


def test_overlapping_turns_keep_their_times():
    lines = lines_of([utterance("agent", "And then", 0, 5_000), utterance("candidate", "Yes?", 3_000, 3_500)])

    assert [(line.start_ms, line.end_ms) for line in lines] == [(0, 5_000), (3_000, 3_500)]


def test_turns_that_begin_together_are_told_apart_by_their_end_then_by_arrival():
    lines = lines_of([utterance("agent", "long", 0, 900), utterance("candidate", "short", 0, 100)])

    assert [line.text for line in lines] == ["short", "long"]


def test_a_turn_that_lost_its_end_has_no_duration():
    (line,) = lines_of([utterance("candidate", "cut off", 4_000, 0)])

    assert (line.start_ms, line.end_ms, line.duration_ms) == (4_000, 4_000, 0)


def test_line_breaks_and_runs_of_space_become_one_space():
    (line,) = lines_of([utterance("candidate", "one\n two\t three", 0, 100)])

    assert line.text == "one two three"
    assert line.word_count == 3


def test_a_model_is_shown_only_what_was_heard():
    (line,) = lines_of([utterance("agent", "So tell me", 0, 900, unheard_text="about your last project.")])

    (shown,) = text_lines([line])

    assert line.unheard_text == "about your last project."
    assert "last project" not in shown.model_dump_json()


def test_a_line_is_as_certain_as_the_recogniser_unless_somebody_wrote_it_by_hand():
    heard, silent, typed = lines_of(
        [
            utterance("candidate", "It was hard.", 0, 900, confidence=0.4),
            utterance("candidate", "It was easy.", 1_000, 1_900),
            utterance("candidate", "It was fine.", 2_000, 2_000, is_typed=True),
        ]
    )
    fixed = heard.model_copy(update={"text": "It was far.", "original_text": heard.text})

    assert [line.certainty for line in (heard, silent, typed, fixed)] == [0.4, None, 1.0, 1.0]
    assert [line.is_doubtful for line in (heard, silent, typed, fixed)] == [True, False, False, False]


def test_a_line_that_was_kept_before_anybody_asked_how_sure_it_is_still_reads():
    (line,) = lines_of([utterance("candidate", "It was hard.", 0, 900, confidence=0.9)])
    kept = line.model_dump(mode="json")
    assert kept.pop("confidence") == 0.9

    assert Line.model_validate(kept) == line.model_copy(update={"confidence": None})
