"""Tickets: the web process's signed word to the bridge that a person may hold a call now.

`{payload}.{signature}`, both base64url without padding; the payload is compact JSON, the signature HMAC-SHA256.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from peak_app.errors import NotAllowed
from peak_app.i18n.catalogue import t

TICKET_PURPOSE = "call-ticket"
"""What `Settings.derive` is asked for the key."""
TICKET_LIFE = timedelta(seconds=60)
"""A ticket travels over loopback at once; it must not be worth keeping."""
TICKET_LIMIT = 1024
"""Longest ticket, in characters; anything longer was not made here."""
SEAT_LIMIT = 64
"""Longest seat, in characters."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """`expires_at` is aware. `seat_id` tells a page that comes back from another one that takes over."""

    meeting_id: UUID
    owner_id: UUID
    seat_id: str
    expires_at: datetime
    remaining_seconds: int
    """Seconds of call the person's plan still allows from now."""


class TicketNotValid(NotAllowed):
    """The ticket is forged, malformed or too old; the sentence is the same whatever is wrong with it."""

    def __init__(self) -> None:
        super().__init__(t("refusal.ticket"))


def sign_ticket(ticket: Ticket, key: bytes) -> str:
    fields = {
        "meeting_id": str(ticket.meeting_id),
        "owner_id": str(ticket.owner_id),
        "seat_id": ticket.seat_id,
        "expires_at": ticket.expires_at.isoformat(),
        "remaining_seconds": ticket.remaining_seconds,
    }
    payload = json.dumps(fields, separators=(",", ":")).encode()
    return f"{_encode(payload)}.{_encode(_signature(payload, key))}"


def read_ticket(text: str, key: bytes, at: datetime) -> Ticket:
    """The ticket, if it is genuine and still good at that time. For which meeting is for the caller to compare.

    Raises:
        TicketNotValid: anything else.
    """
    if len(text) > TICKET_LIMIT or text.count(".") != 1:
        raise TicketNotValid
    try:
        payload, signature = (_decode(part) for part in text.split("."))
    except (ValueError, binascii.Error):
        raise TicketNotValid from None
    if not hmac.compare_digest(signature, _signature(payload, key)):
        raise TicketNotValid
    # What we signed ourselves has the right shape.
    fields = json.loads(payload)
    ticket = Ticket(
        meeting_id=UUID(fields["meeting_id"]),
        owner_id=UUID(fields["owner_id"]),
        seat_id=fields["seat_id"],
        expires_at=datetime.fromisoformat(fields["expires_at"]),
        remaining_seconds=fields["remaining_seconds"],
    )
    if not at < ticket.expires_at <= at + 2 * TICKET_LIFE:
        raise TicketNotValid
    return ticket


def _signature(payload: bytes, key: bytes) -> bytes:
    return hmac.new(key, payload, hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
