from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.fields import optional_text, required_text, uuid_of
from peak_app.errors import InvalidInput, NotFound


@pytest.mark.parametrize("value", ["", "   ", "\x00\x07", "\ud83d", None])
def test_a_required_text_is_not_empty(value: object) -> None:
    with pytest.raises(InvalidInput, match="Name can't be empty"):
        required_text(value, "Name", 10)


def test_a_text_that_is_too_long_says_by_how_much() -> None:
    with pytest.raises(InvalidInput, match=r"at most 10 characters; this has 11"):
        required_text("x" * 11, "Name", 10)


@pytest.mark.parametrize("value", [7, ["a"], {"a": 1}, 1.5, True])
def test_anything_but_text_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="must be text"):
        optional_text(value, "Name", 10)


@given(st.text(max_size=50))
def test_what_comes_out_never_grows_and_has_no_control_characters(value: str) -> None:
    text = optional_text(value, "Name", 50)
    assert len(text) <= len(value)
    assert "\x00" not in text


def test_half_a_character_is_left_out() -> None:
    assert optional_text("Ann\udc00 \ud83d\ude00?", "Name", 50) == "Ann ?"
    assert optional_text("Ann \U0001f600", "Name", 50) == "Ann \U0001f600"


def test_an_id_that_is_none_is_simply_not_found() -> None:
    known = uuid4()
    assert uuid_of(str(known), "Gone.") == known
    for value in ("nonsense", "", None, 4, {"a": 1}):
        with pytest.raises(NotFound, match="Gone"):
            uuid_of(value, "Gone.")
