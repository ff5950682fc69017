"""Numbers measured from sound, by their formulas."""

from collections.abc import Sequence

from peak_app.domain.insights.delivery import Delivery
from peak_app.domain.insights.lines import Line
from peak_app.domain.insights.speech import measure_sound
from peak_app.ports.ears import Heard, HeardWord, Hum, Stretch

Spans = Sequence[tuple[int, int]]


def hear(
    candidate: Spans = (), agent: Spans = (), words: Sequence[HeardWord] = (), hums: Sequence[Hum] = ()
) -> Delivery:
    end = max([end for _, end in (*candidate, *agent)], default=0)
    return measure_sound(
        LINES,
        [],
        Heard(end, [Stretch(*span) for span in candidate], [Stretch(*span) for span in agent], words, hums),
    )


def said(text: str, start_ms: int, word_ms: int = 300) -> list[HeardWord]:
    """One piece of speech, its words of equal length."""
    words = text.split()
    return [
        HeardWord(word, start_ms + number * word_ms, start_ms + (number + 1) * word_ms, number == len(words) - 1)
        for number, word in enumerate(words)
    ]


LINES = [
    Line(id="L1", speaker="agent", start_ms=0, end_ms=3_000, text="Why do you want to work here?"),
    Line(id="L2", speaker="candidate", start_ms=4_000, end_ms=20_000, text="Because I like it."),
    Line(id="L3", speaker="candidate", start_ms=21_000, end_ms=21_000, text="And I can type.", is_typed=True),
]


def test_quiet_of_a_second_within_an_answer_is_a_pause_and_no_talk_time() -> None:
    found = hear([(4_000, 6_000), (6_900, 8_000), (9_000, 12_000)], [(0, 3_000)])

    assert [(pause.start_ms, pause.end_ms, pause.line_id) for pause in found.pauses] == [(8_000, 9_000, "L2")]
    assert (found.candidate_talk_ms, found.agent_talk_ms, found.talk_ratio) == (7_000, 3_000, 0.7)


def test_quiet_in_which_the_agent_speaks_is_no_pause() -> None:
    assert hear([(0, 2_000), (6_000, 8_000)], [(3_000, 4_000)]).pauses == []


def test_an_answer_is_delayed_from_the_end_of_the_question_to_the_first_sound() -> None:
    found = hear([(4_200, 4_500), (5_600, 9_000), (11_000, 12_000)], [(0, 3_000), (10_000, 10_500), (10_700, 10_900)])

    assert [(delay.start_ms, delay.delay_ms, delay.line_id) for delay in found.answer_delays] == [
        (3_000, 1_200, "L2"),
        (10_900, 100, "L2"),
    ]
    assert found.answer_delay_p50_ms == 100


def test_a_sound_under_the_agents_speech_is_no_answer_and_one_that_goes_on_came_at_once() -> None:
    found = hear([(500, 900), (2_600, 6_000)], [(0, 3_000)])

    assert [delay.delay_ms for delay in found.answer_delays] == [0]
    assert [(overlap.start_ms, overlap.end_ms, overlap.by) for overlap in found.overlaps] == [
        (500, 900, "candidate"),
        (2_600, 3_000, "candidate"),
    ]
    assert found.overlap_ms == 800


def test_a_touch_of_both_voices_is_no_overlap() -> None:
    assert hear([(2_850, 6_000)], [(0, 3_000)]).overlaps == []


def test_pace_counts_words_but_no_hesitations() -> None:
    words = said("Um, we moved it. Ah, it took uh four months", 4_000, 600)
    found = hear([(4_000, 10_000)], words=words)

    assert found.words_per_minute == 70.0
    assert hear([(4_000, 8_900)], words=words).words_per_minute is None


def test_pace_over_time_has_a_number_only_where_enough_was_said() -> None:
    words = [*said("one two three four five six seven eight nine ten", 4_000, 1_000), *said("and more", 40_000)]
    found = hear([(4_000, 14_000), (40_000, 41_000)], [(61_000, 62_000)], words)

    assert [(point.start_ms, point.end_ms, point.words, point.words_per_minute) for point in found.pace] == [
        (0, 30_000, 10, 60.0),
        (30_000, 60_000, 2, None),
        (60_000, 62_000, 0, None),
    ]


def test_a_hesitation_that_was_heard_and_written_counts_once_with_its_exact_time() -> None:
    found = hear([(4_000, 8_000)], words=said("Um, we moved it", 4_000), hums=[Hum("um", 4_020, 4_290)])

    assert [(moment.kind, moment.start_ms, moment.line_id) for moment in found.filler_moments] == [("um", 4_020, "L2")]
    assert [(filler.word, filler.count, filler.line_ids) for filler in found.fillers] == [("um", 1, ["L2"])]


def test_a_hum_that_the_recogniser_left_out_counts_too() -> None:
    found = hear([(4_000, 12_000)], words=said("Um, we moved it", 4_000), hums=[Hum("uh", 9_000, 9_250)])

    assert [(moment.kind, moment.around) for moment in found.filler_moments] == [
        ("um", "Um, we moved it"),
        ("uh", "Um, we moved it"),
    ]


def test_an_exclamation_is_a_hesitation_only_in_the_middle_or_when_it_hums() -> None:
    first = hear([(4_000, 8_000)], words=said("Ah, I see it now", 4_000))
    middle = hear([(4_000, 8_000)], words=said("I see, ah, it now", 4_000))
    hummed = hear([(4_000, 8_000)], words=said("Ah, I see it now", 4_000), hums=[Hum("uh", 4_010, 4_280)])

    assert (first.filler_count, middle.filler_count, hummed.filler_count) == (0, 1, 1)
    assert [moment.kind for moment in (*middle.filler_moments, *hummed.filler_moments)] == ["uh", "uh"]


def test_words_that_were_not_heard_together_are_not_read_together() -> None:
    words = [*said("it was like", 4_000), *said("really hard", 9_000)]

    assert hear([(4_000, 10_000)], words=words).filler_count == 0


def test_what_does_not_come_from_sound_is_read_from_the_lines() -> None:
    found = hear([(4_000, 10_000)], [(0, 3_000)])

    assert (found.basis, found.question_count, found.typed_answer_count) == ("sound", 1, 1)


def test_a_recording_of_silence_has_no_numbers() -> None:
    found = measure_sound([], [], Heard(60_000, (), (), (), ()))

    assert not found.has_speech
    assert (found.talk_ratio, found.words_per_minute, found.answer_delay_p50_ms) == (None, None, None)
    assert (found.pauses, found.overlaps, found.filler_count) == ([], [], 0)


def test_a_hesitation_recognised_all_by_itself_takes_a_hum() -> None:
    words = [*said("Um?", 4_000), *said("We moved it", 9_000)]

    assert hear([(4_000, 12_000)], words=words).filler_count == 0
    assert hear([(4_000, 12_000)], words=words, hums=[Hum("um", 4_010, 4_290)]).filler_count == 1
