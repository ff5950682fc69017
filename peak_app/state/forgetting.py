"""Dropping what a tab shows of something that is not there any more."""

import reflex as rx

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
