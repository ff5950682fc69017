"""What an answer shows by its words."""

import pytest

from peak_app.embedded.ai_server.coach.answer import (
    has_number,
    has_reason,
    has_result,
    hides_own_part,
    lacks,
    telling_clause,
)


@pytest.mark.parametrize("text", ["It was 40 percent.", "We saved half of it.", "Two weeks", "It doubled."])
def test_a_number_is_seen(text: str) -> None:
    assert has_number(text)


@pytest.mark.parametrize(
    "text", ["No one knew.", "One of my friends helped.", "One day it broke.", "That one was good."]
)
def test_a_pronoun_is_no_number(text: str) -> None:
    assert not has_number(text)


def test_results_and_reasons_are_seen() -> None:
    assert has_result("In the end it worked.")
    assert has_reason("I did it because it was slow.")
    assert not has_result("I talked to people.")
    assert not has_reason("I talked to people.")


def test_all_we_and_no_i_hides_the_own_part() -> None:
    assert hides_own_part("We built it and we tested it and our users liked it.")
    assert not hides_own_part("We built it, and I tested it, and I fixed it.")
    assert not hides_own_part("The team built it.")


def test_lacks_come_in_the_order_they_are_asked_for() -> None:
    assert lacks("We did it and we liked it.") == ["too_short", "no_i", "no_result", "no_number", "no_reason"]


def test_the_last_thing_done_is_quoted() -> None:
    text = "I looked at the logs for a while. Then I rewrote the slow query, and we were happy."
    assert telling_clause(text, "no_result") == "I rewrote the slow query"
    assert (
        telling_clause("We moved twelve services to the cloud, and I was proud.", "no_i")
        == "We moved twelve services to the cloud"
    )


@pytest.mark.parametrize("text", ["I think so.", "I was there for a year.", "It was nice and good.", "Maybe."])
def test_nothing_is_quoted_when_nothing_was_told(text: str) -> None:
    assert telling_clause(text, "no_result") is None
