"""What a form sent. Type hints of handlers bind nobody: the sender decides what arrives."""

import re

# A websocket that is to send one is closed, and the tab with it.
_HALVES = re.compile(r"[\ud800-\udfff]")


def sent(form: object, name: str) -> object:
    """The value of a field; None when there is none, or when what arrived is no form at all."""
    return form.get(name) if isinstance(form, dict) else None


def sent_text(form: object, name: str, limit: int) -> str:
    """The text of a field, cut to `limit`, to show it again after a refusal; empty for anything but text."""
    return typed_text(sent(form, name), limit)


def typed_text(value: object, limit: int) -> str:
    """A text that the page shall show as it was sent: cut to `limit`, and without halves of characters."""
    return _HALVES.sub("", value[:limit]) if isinstance(value, str) else ""
