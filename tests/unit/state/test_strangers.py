"""Every handler can be called by anyone with anything: whoever is not signed in gets nowhere and sees nothing."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import reflex as rx
from reflex.state import State

from peak_app.domain.accounts.errors import SignedOut
from peak_app.state.account import AccountState
from peak_app.state.agent import AgentState
from peak_app.state.agents import AgentsState, NewAgentState
from peak_app.state.asking import AskState
from peak_app.state.billing import BillingState
from peak_app.state.bulk_deletion import BulkDeletionState
from peak_app.state.calendar_feed import CalendarFeedState
from peak_app.state.call import CallState
from peak_app.state.compare import CompareState
from peak_app.state.dashboard import DashboardState
from peak_app.state.deletion import DeletionState
from peak_app.state.delivery import DeliveryState
from peak_app.state.departure import DepartureState
from peak_app.state.drill import DrillState
from peak_app.state.frame import FrameState
from peak_app.state.gallery import GalleryState
from peak_app.state.identities import IdentitiesState
from peak_app.state.lineage import LineageState
from peak_app.state.meeting import MeetingState
from peak_app.state.meetings import MeetingsState, NewMeetingState
from peak_app.state.model_usage import MeetingUsageState, UsageOverviewState
from peak_app.state.notifications import NotificationChoicesState, NotificationsState
from peak_app.state.operations import OperationsState
from peak_app.state.outflows import MeetingOutflowsState, OutflowsState
from peak_app.state.palette import PaletteState
from peak_app.state.passkeys import PasskeysState
from peak_app.state.plan import PlanState
from peak_app.state.progress import ProgressState
from peak_app.state.recorder import RecorderState
from peak_app.state.retention import RetentionState
from peak_app.state.scorecard import ScorecardState
from peak_app.state.versions import VersionsState

STATES = (
    AccountState,
    AgentState,
    AgentsState,
    AskState,
    BillingState,
    BulkDeletionState,
    CalendarFeedState,
    CallState,
    CompareState,
    DashboardState,
    DeletionState,
    DeliveryState,
    DepartureState,
    DrillState,
    FrameState,
    GalleryState,
    IdentitiesState,
    LineageState,
    MeetingOutflowsState,
    MeetingUsageState,
    MeetingState,
    MeetingsState,
    NewAgentState,
    NewMeetingState,
    NotificationChoicesState,
    NotificationsState,
    OperationsState,
    PlanState,
    OutflowsState,
    PaletteState,
    PasskeysState,
    ProgressState,
    RecorderState,
    RetentionState,
    ScorecardState,
    UsageOverviewState,
    VersionsState,
)
# These only change what the page itself shows, and read nothing of anyone.
HARMLESS = {
    "AgentState.ask_delete",
    "AskState.ask_clear",
    "GalleryState.choose_kind",
    "GalleryState.load",
    "GalleryState.preview",
    "GalleryState.set_shown",
    "MeetingState.show_line",
    "MeetingState.show_tab",
    "MeetingsState.unfold",
    "NewAgentState.open_template",
    "NewAgentState.set_open",
    "NewMeetingState.choose",
    "PaletteState.close",
}
JUNK: tuple[Any, ...] = (None, "", "x" * 5_000, -1, 7.5, {"title": ["a"]}, [1], "../../etc/passwd", "\0")


def _handlers() -> Iterator[tuple[type[rx.State], str]]:
    for cls in STATES:
        for name in cls.event_handlers:
            # Reflex' own `setvar` finds no setters: they are off.
            if name in vars(cls) and name != "setvar":
                yield cls, name


HANDLERS = list(_handlers())


async def _fresh(cls: type[rx.State]) -> Any:
    root = State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    return await root.get_state(cls)


def test_all_handlers_of_the_pages_are_looked_at() -> None:
    assert len(HANDLERS) > 35


@pytest.mark.parametrize(("cls", "name"), HANDLERS, ids=[f"{cls.__name__}.{name}" for cls, name in HANDLERS])
async def test_a_stranger_gets_nowhere(cls: type[rx.State], name: str) -> None:
    if f"{cls.__name__}.{name}" in ("NewMeetingState.set_open", "AskState.ask"):
        return await _special(cls, name)
    function = cls.event_handlers[name].fn
    count = len(inspect.signature(function).parameters) - 1
    for junk in JUNK if count else JUNK[:1]:
        state = await _fresh(cls)
        if f"{cls.__name__}.{name}" in HARMLESS:
            await function(state, *[junk] * count)
        else:
            with pytest.raises(SignedOut):
                await function(state, *[junk] * count)
    return None


async def _special(cls: type[rx.State], name: str) -> None:
    """Opening the dialog lists agents, closing it does not; asking runs in the background, with its own lock."""
    state = await _fresh(cls)
    if name == "set_open":
        await cls.event_handlers[name].fn(state, False)
        with pytest.raises(SignedOut):
            await cls.event_handlers[name].fn(state, True)
        return
    assert cls.event_handlers[name].is_background
    source = inspect.getsource(inspect.unwrap(cls.event_handlers[name].fn))
    assert source.index("signed_in(self)") < source.index("services()")


@pytest.mark.parametrize("cls", STATES, ids=[cls.__name__ for cls in STATES])
def test_methods_without_underscore_are_declared_handlers(cls: type[rx.State]) -> None:
    """A forgotten underscore would open a method to everyone."""
    public = {name for name, value in vars(cls).items() if inspect.isfunction(value) and not name.startswith("_")}
    assert public <= set(cls.event_handlers)
    for name in public:
        assert inspect.iscoroutinefunction(inspect.unwrap(cls.event_handlers[name].fn)), name
