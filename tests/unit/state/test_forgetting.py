"""Which states of a tab keep something of a meeting."""

import pytest
import reflex as rx
from reflex.state import State

from peak_app.state.asking import AskState
from peak_app.state.asking_rows import ClaimRow, MessageRow, QuoteRow
from peak_app.state.delivery import DeliveryState
from peak_app.state.forgetting import list_naming
from peak_app.state.lineage import LineageState
from peak_app.state.scorecard import ScorecardState

MEETING_ID = "0199c0de-0000-7000-8000-000000000001"


@pytest.fixture
def tab() -> State:
    return State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize("cls", [DeliveryState, LineageState, ScorecardState])
async def test_a_state_that_shows_one_meeting_names_it_where_the_browser_does_not_see_it(
    tab: State, cls: type[rx.State]
) -> None:
    state = await tab.get_state(cls)
    state._meeting_id_text = MEETING_ID

    assert await list_naming(tab, MEETING_ID) == [state]


async def test_a_quote_names_the_meeting_it_leads_to(tab: State) -> None:
    state = await tab.get_state(AskState)
    quote = QuoteRow("L2", "billing service", "Round one", f"/meetings/{MEETING_ID}?line=L2", 0, "")
    state.messages = [MessageRow("1", False, "It was billing.", "", [ClaimRow("It was billing.", [quote])])]

    assert await list_naming(tab, MEETING_ID) == [state]


async def test_a_tab_that_keeps_nothing_of_it_has_no_such_state(tab: State) -> None:
    (await tab.get_state(DeliveryState))._meeting_id_text = MEETING_ID[:-1] + "2"

    assert await list_naming(tab, MEETING_ID) == []
