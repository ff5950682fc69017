"""What a form sent. Type hints of handlers bind nobody: the sender decides what arrives."""


def sent(form: object, name: str) -> object:
    """The value of a field; None when there is none, or when what arrived is no form at all."""
    return form.get(name) if isinstance(form, dict) else None


def sent_text(form: object, name: str, limit: int) -> str:
    """The text of a field, cut to `limit`, to show it again after a refusal; empty for anything but text."""
    value = sent(form, name)
    return value[:limit] if isinstance(value, str) else ""
