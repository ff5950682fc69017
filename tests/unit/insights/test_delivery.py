import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.insights.delivery import Delivery, measure, percentile
from peak_app.domain.insights.lines import Line


def conversation(*turns: tuple[str, int, int, str], typed: tuple[int, ...] = ()) -> list[Line]:
    return [
        Line(id=f"L{n}", speaker=speaker, start_ms=start, end_ms=end, text=text, is_typed=n in typed)  # pyright: ignore[reportArgumentType]
        for n, (speaker, start, end, text) in enumerate(turns, start=1)
    ]


def test_a_meeting_without_lines_says_that_nobody_spoke():
    assert measure([], []) == Delivery(has_speech=False)
    assert measure([], []).words_per_minute is None


def test_talk_time_counts_overlapping_lines_of_one_speaker_once():
    lines = conversation(("candidate", 0, 4_000, "a"), ("candidate", 3_000, 6_000, "b"), ("agent", 6_000, 10_000, "c"))

    delivery = measure(lines, [])

    assert (delivery.candidate_talk_ms, delivery.agent_talk_ms) == (6_000, 4_000)
    assert delivery.talk_ratio == 0.6
    assert delivery.overlap_ms == 0


def test_time_in_which_both_speak_is_overlap():
    delivery = measure(conversation(("agent", 0, 5_000, "x"), ("candidate", 4_000, 9_000, "y")), [])

    assert delivery.overlap_ms == 1_000


def test_pace_is_spoken_words_per_minute_of_talk_time():
    lines = conversation(("candidate", 0, 30_000, "word " * 65))

    assert measure(lines, []).words_per_minute == 130.0


def test_words_of_which_nobody_knows_how_long_they_took_do_not_make_the_pace_faster():
    lines = conversation(("candidate", 0, 30_000, "word " * 65), ("candidate", 40_000, 40_000, "word " * 65))

    assert measure(lines, []).words_per_minute == 130.0


def test_pace_is_not_given_for_a_few_seconds_of_speech():
    assert measure(conversation(("candidate", 0, 4_999, "very short")), []).words_per_minute is None


def test_typed_answers_are_words_but_neither_talk_nor_pace_nor_delay():
    lines = conversation(("agent", 0, 2_000, "Why?"), ("candidate", 9_000, 9_000, "um because um"), typed=(2,))

    delivery = measure(lines, [])

    assert delivery.candidate_words == 3
    assert delivery.typed_answer_count == 1
    assert delivery.candidate_talk_ms == 0
    assert delivery.answer_delays == []
    assert delivery.filler_count == 0


def test_what_is_typed_takes_no_share_of_the_talk():
    lines = conversation(
        ("agent", 0, 4_000, "Why?"),
        ("candidate", 5_000, 11_000, "because of the um load"),
        ("agent", 12_000, 14_000, "And then?"),
        ("candidate", 15_000, 75_000, "um " * 500),
    )
    spoken, typed = measure(lines[:3], []), measure([*lines[:3], lines[3].model_copy(update={"is_typed": True})], [])

    assert typed.typed_answer_count == 1
    assert typed.candidate_words == spoken.candidate_words + 500
    changed = {"typed_answer_count", "candidate_words"}
    assert typed.model_dump(exclude=changed) == spoken.model_dump(exclude=changed)


def test_answers_the_agent_cut_off_are_counted_with_their_lines():
    lines = conversation(
        ("agent", 0, 1_000, "Why?"), ("candidate", 1_500, 4_000, "Well, I"), ("candidate", 6_000, 9_000, "think")
    )
    cut = [lines[0], lines[1].model_copy(update={"was_cut_off": True}), lines[2]]

    assert measure(cut, []).cut_off_line_ids == ["L2"]
    assert measure(lines, []).cut_off_line_ids == []


def test_of_results_from_before_cut_offs_were_watched_nothing_is_claimed():
    old = measure(conversation(("agent", 0, 1_000, "Why?")), []).model_dump(exclude={"cut_off_line_ids"})

    assert Delivery.model_validate(old).cut_off_line_ids is None


def test_an_answer_is_all_the_candidate_says_between_two_lines_of_the_agent():
    lines = conversation(
        ("agent", 0, 1_000, "One?"),
        ("candidate", 2_000, 5_000, "first part"),
        ("candidate", 6_000, 9_000, "second part"),
        ("agent", 10_000, 11_000, "Two?"),
        ("candidate", 11_500, 14_000, "short"),
    )

    delivery = measure(lines, [])

    assert delivery.longest_answer is not None
    assert delivery.longest_answer.line_ids == ["L2", "L3"]
    assert delivery.longest_answer.duration_ms == 6_000
    assert [(delay.line_id, delay.delay_ms) for delay in delivery.answer_delays] == [("L2", 1_000), ("L5", 500)]
    assert delivery.question_count == 2


def test_an_answer_that_starts_before_the_question_ends_has_no_delay():
    delivery = measure(conversation(("agent", 0, 3_000, "Well?"), ("candidate", 2_000, 4_000, "Yes")), [])

    assert [delay.delay_ms for delay in delivery.answer_delays] == [0]


def test_who_speaks_first_answers_nobody():
    assert measure(conversation(("candidate", 0, 1_000, "Hello")), []).answer_delays == []


def test_fillers_are_whole_words_and_phrases_of_the_candidate_only():
    lines = conversation(
        ("agent", 0, 1_000, "Um, you know?"),
        ("candidate", 1_000, 60_000, "Um, the album, you know, was UM good, I mean."),
    )

    fillers = {filler.word: (filler.count, filler.line_ids) for filler in measure(lines, []).fillers}

    assert fillers == {"um": (2, ["L2", "L2"]), "you know": (1, ["L2"]), "i mean": (1, ["L2"])}


def test_reply_delays_are_ranked_not_averaged():
    delays = [100] * 18 + [5_000, 9_000]

    delivery = measure(conversation(("agent", 0, 1_000, "Hi")), delays)

    assert (delivery.reply_delay_p50_ms, delivery.reply_delay_p95_ms) == (100, 5_000)


@pytest.mark.parametrize(("percent", "expected"), [(50, 20), (95, 40), (100, 40), (1, 10)])
def test_a_percentile_is_one_of_the_values(percent: float, expected: int):
    assert percentile([40, 10, 30, 20], percent) == expected


turns = st.lists(
    st.tuples(
        st.sampled_from(["candidate", "agent"]),
        st.integers(0, 100_000),
        st.integers(0, 60_000),
        st.text(alphabet="um you know?. ", min_size=1),
    ),
    max_size=20,
)


@given(turns)
def test_numbers_hold_together_for_any_conversation(given_turns: list[tuple[str, int, int, str]]):
    lines = conversation(*((who, start, start + length, text) for who, start, length, text in given_turns))
    lines.sort(key=lambda line: line.start_ms)

    delivery = measure(lines, [])

    assert delivery.has_speech == bool(lines)
    assert 0 <= delivery.overlap_ms <= min(delivery.candidate_talk_ms, delivery.agent_talk_ms)
    assert delivery.talk_ratio is None or 0 <= delivery.talk_ratio <= 1
    assert delivery.filler_count == sum(len(filler.line_ids) for filler in delivery.fillers)
    assert all(delay.delay_ms >= 0 for delay in delivery.answer_delays)
    assert Delivery.model_validate_json(delivery.model_dump_json()) == delivery
