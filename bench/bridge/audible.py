"""When a page was last heard: its stream may sound while the page keeps it silent. Pure; ms since the epoch."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict


class Change(TypedDict):
    """As the page notes it: `isLoud` of its stream, or `isMuted` of itself."""

    at: float
    isLoud: NotRequired[bool]
    isMuted: NotRequired[bool]


def last_audible_ms(changes: Sequence[Change]) -> float | None:
    """The end of the last sound; infinity while it still sounds, None when there never was any."""
    is_loud = is_muted = False
    last: float | None = None
    for change in sorted(changes, key=lambda entry: entry["at"]):
        if is_loud and not is_muted:
            last = change["at"]
        is_loud = change.get("isLoud", is_loud)
        is_muted = change.get("isMuted", is_muted)
    return float("inf") if is_loud and not is_muted else last
