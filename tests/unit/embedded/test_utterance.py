"""What sounds finished, and what does not."""

import pytest

from peak_app.embedded.ai_server.realtime.utterance import looks_unfinished


@pytest.mark.parametrize(
    "words",
    [
        "I sold software to hospitals.",
        "Yes.",
        "Could you say that again?",
        "What is that good for?",
        "In the end I signed up.",
        "I think so.",
        "It was hard, though.",
        "That is what I told her.",
        "We doubled it!",
        "He said: “Never again.”",
    ],
)
def test_a_sentence_is_finished(words: str) -> None:
    assert not looks_unfinished(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "...",
        "I sold software to",
        "I sold software to.",
        "I sold software, and.",
        "We waited because.",
        "So.",
        "The reason was the",
        "The reason was the.",
        "It was about our.",
        "Um.",
        "I was, uh,",
        "I worked there for three years,",
        "And then —",
        "And then -",
        "The customer was...",
        "The customer was…",
        "Then I\u2019ve.",
        "It was hard, you know.",
        "We had problems, for example.",
        "The best part of it",
    ],
)
def test_a_thought_is_not(words: str) -> None:
    assert looks_unfinished(words)
