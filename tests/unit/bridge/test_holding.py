"""Words that hold the turn."""

import pytest

from bridge.holding import asks_to_think


@pytest.mark.parametrize(
    "text",
    [
        "Let me think.",
        "Hmm, let me just think about that for a second.",
        "Give me a moment, please.",
        "Okay, I need a minute.",
        "Could I have a second?",
        "Hang on a second.",
        "One moment please.",
    ],
)
def test_these_ask_for_time(text: str) -> None:
    assert asks_to_think(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I think we should have used a queue.",
        "My manager said let me think about it and then he came back a week later with a whole new plan for us.",
        "It took me a moment to find the bug.",
        "Yes.",
    ],
)
def test_these_are_answers(text: str) -> None:
    assert not asks_to_think(text)
