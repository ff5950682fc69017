"""Telling of connections that leave this machine, and for whom they were made.

Whoever works for a person says so once, around the work (`on_behalf_of`); adapters tell of each request where they make
it (`Tell`), and need not know for whom it is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from peak_app.this_machine import is_loopback

Purpose = Literal["voice", "text", "embeddings", "speech", "mail", "relay", "payment", "sign_in", "storage", "room"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A request to a host, or `sent_bytes` more to one that was counted already (`requests` 0)."""

    host: str
    purpose: Purpose
    requests: int = 1
    sent_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Behalf:
    """`meeting_id` None: for the person, of no meeting in particular."""

    owner_id: UUID
    meeting_id: UUID | None


Tell = Callable[[Contact], None]

_behalf: ContextVar[Behalf | None] = ContextVar("behalf", default=None)


@contextmanager
def on_behalf_of(owner_id: UUID, meeting_id: UUID | None) -> Iterator[None]:
    """What is sent within is sent for this person and meeting. Threads started by asyncio keep it."""
    token = _behalf.set(Behalf(owner_id, meeting_id))
    try:
        yield
    finally:
        _behalf.reset(token)


def current_behalf() -> Behalf | None:
    return _behalf.get()


def tell_nobody(_contact: Contact) -> None:
    """For tests and tools that work for nobody in particular."""


def outside_host(host: str | None) -> str:
    """The name of a host that is not this machine; empty for this machine: loopback, or a socket in the file system."""
    name = (host or "").strip("[]").rstrip(".").lower()
    is_inside = not name or name.startswith("/") or name.endswith(".localhost") or is_loopback(name)
    return "" if is_inside or name in ("0.0.0.0", "::") else name[:253]  # noqa: S104  an address that is asked for


def host_of_url(url: str | None) -> str:
    """`outside_host` of an address like https://api.example.org/v1; empty for None, and for what has no host."""
    try:
        return outside_host(urlsplit(url or "").hostname)
    except ValueError:
        return ""
