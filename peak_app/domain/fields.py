"""Checking what people type, once, with sentences they understand."""

import re
from uuid import UUID

from peak_app.errors import InvalidInput, NotFound
from peak_app.i18n.catalogue import t

# Everything below space but tab and line breaks, the marks that turn the direction of text around, and halves of
# characters, which no database takes.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def required_text(value: object, field: str, limit: int) -> str:
    """The text without surrounding space or unprintable characters.

    Raises:
        InvalidInput: it is no text, empty, or longer than `limit` characters.
    """
    text = optional_text(value, field, limit)
    if not text:
        raise InvalidInput(t("refusal.empty", field=field), field)
    return text


def optional_text(value: object, field: str, limit: int) -> str:
    """Like `required_text`, but may be empty; None counts as empty."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(t("refusal.no_text", field=field), field)
    text = _UNPRINTABLE.sub("", value).strip()
    if len(text) > limit:
        raise InvalidInput(t("refusal.too_long", field=field, limit=limit, length=len(text)), field)
    return text


def uuid_of(value: object, sentence: str) -> UUID:
    """An id from outside.

    Raises:
        NotFound: it is not a UUID; told with the same sentence as an id that nobody has.
    """
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError:
        raise NotFound(sentence) from None
