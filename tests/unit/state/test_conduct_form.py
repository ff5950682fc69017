"""The form of how an agent leads a call: what it sends, and what it shows again after a refusal."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.agents.conduct import Conduct, Stage
from peak_app.errors import InvalidInput
from peak_app.state.conduct_form import ConductRow, StageRow, conduct_sent, conduct_typed

STAGES = [{"name": "Warm-up", "minutes": "5", "goal": ""}, {"name": "Design", "minutes": "20", "goal": "Trade-offs."}]


def form(**fields: object) -> dict[str, Any]:
    return {"turn_taking": "balanced", "stages": "[]", **fields}


def test_what_is_sent_is_what_is_shown() -> None:
    entered = form(turn_taking="patient", ramble="on", ramble_after_s="90", stages=json.dumps(STAGES))

    conduct = conduct_sent(entered)

    assert conduct == Conduct("patient", 90, (Stage("Warm-up", 5), Stage("Design", 20, "Trade-offs.")))
    assert ConductRow.of(conduct) == conduct_typed(entered)


def test_voice_greeting_and_time_are_sent_and_shown_again() -> None:
    more = {"greeting": "Hello.", "limit_minutes": "20", "voice": "cedar", "language": "de"}
    conduct = conduct_sent(form(**more))

    assert conduct == Conduct(greeting="Hello.", limit_minutes=20, voice="cedar", language="de")
    assert ConductRow.of(conduct) == conduct_typed(form(**more))
    with pytest.raises(InvalidInput, match="3 to 180 minutes"):
        conduct_sent(form(limit_minutes="1"))
    assert conduct_typed(form(limit_minutes="1", greeting=["x"])).limit_minutes == "1"


def test_a_form_sent_before_its_fields_were_there_says_nothing_about_it() -> None:
    assert conduct_sent({"name": "Ada", "instructions": "One."}) is None
    assert conduct_sent(None) is None


def test_seconds_count_only_with_the_tick_and_the_tick_only_with_seconds() -> None:
    assert conduct_sent(form(ramble_after_s="90")) == Conduct()
    with pytest.raises(InvalidInput, match="30 to 600 seconds"):
        conduct_sent(form(ramble="on", ramble_after_s=""))


@pytest.mark.parametrize(
    "stages",
    [None, 7, "", "{", "{}", "null", '["Warm-up"]', "[" * 30_000, "[]" + " " * 50_000, '[{"name": "\\ud800"}]', [{}]],
)
def test_stages_that_are_no_list_of_rows_are_refused(stages: object) -> None:
    entered = form(stages=stages)
    with pytest.raises(InvalidInput, match="can't be read"):
        conduct_sent(entered)
    assert conduct_typed(entered).stages == []


def test_what_was_typed_is_shown_again_cut_to_a_size() -> None:
    typed = conduct_typed(
        form(turn_taking="x" * 99, stages=json.dumps([{"name": "n" * 999, "minutes": "soon", "goal": 7}] * 30))
    )

    assert typed.stages[0] == StageRow("n" * 80, "soon", "")
    assert (len(typed.turn_taking), len(typed.stages)) == (20, 16)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.sampled_from(["turn_taking", "ramble", "ramble_after_s", "stages"]), junk) | junk)
def test_anything_at_all_is_read_or_refused(entered: Any) -> None:
    assert isinstance(conduct_typed(entered), ConductRow)
    try:
        conduct = conduct_sent(entered)
    except InvalidInput:
        return
    assert conduct is None or isinstance(conduct, Conduct)
