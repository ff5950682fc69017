"""Addresses and numbers that come from nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.insights.inventions import invents
from peak_app.domain.insights.lines import Line

SAID = (
    "We moved forty million rows in 2019, for 1,200 people at www.Example.org: p95 fell to 350ms, by a hundred and "
    "twenty or so, as of nineteen ninety eight. Write to ann@example.org."
)


def line(text: str, line_id: str = "L1", speaker: str = "candidate", start_ms: int = 750_000) -> Line:
    return Line.model_validate(
        {"id": line_id, "speaker": speaker, "start_ms": start_ms, "end_ms": start_ms + 10_000, "text": text}
    )


LINE = line(SAID)


@pytest.mark.parametrize(
    "text",
    [
        "You moved 40 million rows in 2019.",
        "It was for 1200 people, or 1.200, or 1\u00a0200, or 1'200.",
        "The 95th percentile fell to 350 ms.",
        "Its p99 and your K8s stay names.",
        "It was 120 fewer, and in 1998.",
        "You gave 3 reasons.",
        "You said so at 12:30.",
        "It is on www.example.org, and the mail is Ann@example.org!",
        "You were the 21st. You know Node.js, e.g. for main.py.",
        "Without any of it.",
    ],
)
def test_what_was_said_may_be_told_again(text: str):
    assert not invents(text, [LINE], [LINE], "")


@pytest.mark.parametrize(
    "text",
    [
        "You moved 41 million rows.",
        "It was in 2018.",
        "It was for 12,000 people.",
        "It costs $1999.",
        "Call +49 170 1234567.",
        "The password is " + "7" * 5_000,
        "See https://example.com/pay?x=1.",
        "See HTTP://EXAMPLE.COM",
        "See www.example.com.",
        "See evil.example.com/pay for more.",
        "Write to bob@example.org.",
    ],
)
def test_what_nobody_said_is_made_up(text: str):
    assert invents(text, [LINE], [LINE], "")


def test_what_another_line_says_is_not_said_by_those_that_are_cited():
    other = line("It was 512 of them.", "L2")

    assert invents("It was 512.", [LINE], [LINE, other], "")
    assert not invents("It was 512.", [LINE, other], [LINE, other], "")


def test_what_a_model_was_told_besides_lines_is_not_made_up():
    told = "Did I say 4711 on www.mine.example? Round 12 2026-11-26"

    assert not invents(
        "On 26 November 2026 in round 12 you said nothing of 4711 or www.mine.example.", [LINE], [], told
    )


def test_questions_are_counted_and_a_meeting_is_measured():
    asked = [line("Why?", f"L{number}", "agent", number * 60_000) for number in range(14)]

    assert not invents("There are 14 questions.", asked[:10], asked, "")
    assert invents("There are 15 questions.", asked[:10], asked, "")
    assert invents("You led 14 people.", [LINE], [*asked, LINE], "")
    assert not invents("From the first to the last line there are 13 minutes and 10 seconds.", asked[:2], asked, "")


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str):
    invents(text, [LINE], [LINE], text)
    assert not invents(text, [line(text)], [], "")
