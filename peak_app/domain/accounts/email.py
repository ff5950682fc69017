"""E-mail addresses as people type them."""

import re

from peak_app.domain.accounts.errors import EmailInvalid

EMAIL_LIMIT = 254
"""Longest address, in characters (RFC 5321)."""
_LOCAL_PART_LIMIT = 64

# Deliberately simple: ASCII, no quotes, no comments. The mail itself is the proof that an address exists.
_EMAIL = re.compile(
    r"(?P<local>[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?P<domain>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)"
)


def normal_email(text: object) -> str:
    """The address in lower case, without surrounding space.

    Raises:
        EmailInvalid: it can't be an address. Line breaks inside always make it invalid, so it is safe in a header.
    """
    if not isinstance(text, str):
        raise EmailInvalid
    email = text.strip().lower()
    match = _EMAIL.fullmatch(email) if len(email) <= EMAIL_LIMIT else None
    if match is None or len(match["local"]) > _LOCAL_PART_LIMIT:
        raise EmailInvalid
    return email
