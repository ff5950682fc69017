"""How many events one person may send, through however many tabs."""

from typing import cast
from uuid import UUID

import pytest
import reflex as rx
from reflex.event import Event
from reflex.istate.data import RouterData
from reflex.state import State

from peak_app.domain.accounts.identity import SessionReference, SignedIn
from peak_app.state import guard
from peak_app.state.guard import EVENT_BURST, EVENT_BURST_OF_ACCOUNT, Guard
from peak_app.state.session import SessionState
from peak_app.state.tabs import tabs

ANN, BOB = UUID(int=1), UUID(int=2)


def find(reference: SessionReference) -> SignedIn:
    return SignedIn(reference.session_id, reference.user_id, "a@example.org", "", "UTC", is_operator=False)


class Tabs:
    """Sends events through the guard, each tab by a socket of its own."""

    def __init__(self) -> None:
        self.guard = Guard()
        self.root = State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]

    async def send(self, who: UUID, tab: int, *, is_pushed: bool = False) -> bool:
        """Whether the event is let through."""
        token, reference = f"{who.int}-{tab}", SessionReference(who, UUID(int=who.int + 10))
        data = {
            "pathname": "/dashboard",
            "query": {},
            "token": token,
            "sid": token,
            "headers": {"authorization": reference.to_header()},
        }
        self.root.router = RouterData.from_router_data(data)
        name = f"{SessionState.get_full_name()}.clear_notice"
        event = Event(name=name, payload={}, router_data={} if is_pushed else data)
        try:
            return await self.guard.preprocess(cast("rx.App", None), self.root, event) is None
        finally:
            tabs().forget(token)


@pytest.fixture
def browsers(monkeypatch: pytest.MonkeyPatch) -> Tabs:
    monkeypatch.setattr(guard, "_find", find)
    return Tabs()


async def test_a_tab_has_its_share_and_a_person_has_one_for_all_tabs(browsers: Tabs) -> None:
    sent = round(EVENT_BURST_OF_ACCOUNT * 2)
    per_tab = round(EVENT_BURST / 2)
    answers = [await browsers.send(ANN, number // per_tab) for number in range(sent)]
    assert all(answers[:per_tab])
    assert EVENT_BURST_OF_ACCOUNT <= sum(answers) < sent
    assert not answers[-1]
    assert await browsers.send(BOB, 0)
    # What we push ourselves is nobody's flood.
    assert await browsers.send(ANN, 0, is_pushed=True)
