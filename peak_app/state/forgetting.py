"""Dropping what a tab shows of something that is not there any more."""

from collections.abc import Collection

import reflex as rx
from reflex.state import BaseState

from peak_app.state.frame import FrameState
from peak_app.state.guard import all_states
from peak_app.state.session import SessionState

_AROUND = (SessionState, FrameState)
"""Who is signed in, and the frame of the page: nothing of a meeting."""


async def forget_shown(state: rx.State) -> None:
    """Empty every state of the tab, whichever keeps something of what was deleted: the tab may stay open for days."""
    for cls in all_states():
        if cls not in _AROUND:
            (await state.get_state(cls)).reset()


async def list_naming(state: rx.State, *meeting_ids: str) -> list[BaseState]:
    """Those states of the tab, on display or not, that keep something of one of these meetings: they keep its id."""
    kept = [await state.get_state(cls) for cls in all_states() if cls not in _AROUND]
    return [each for each in kept if _names(each, meeting_ids)]


def _names(kept: BaseState, meeting_ids: Collection[str]) -> bool:
    shown = repr(vars(kept))
    return any(meeting_id in shown for meeting_id in meeting_ids)
