"""Asking a service whether words may be used at all."""

from collections.abc import Callable

from peak_app.errors import ServiceUnavailable

Moderate = Callable[[str], tuple[str, ...]]
"""Names of the categories a text is flagged for, as `sexual_minors`; empty: none. Raises: ModerationUnavailable."""


class ModerationUnavailable(ServiceUnavailable):
    """Nobody could say."""


def moderate_nothing(_text: str) -> tuple[str, ...]:
    """Where no service is asked."""
    return ()
