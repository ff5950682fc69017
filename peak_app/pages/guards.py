"""What runs before every page of someone who is signed in."""

from typing import Any

from peak_app.state.frame import FrameState
from peak_app.state.notifications import NotificationsState
from peak_app.state.session import SessionState


def for_members(*loads: Any) -> list[Any]:
    """`on_load` of a page: sign in first, then the frame, then the page's own data."""
    return [SessionState.require_login, FrameState.load, NotificationsState.load, *loads]
