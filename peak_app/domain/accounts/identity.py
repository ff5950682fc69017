"""Who someone is, once signing in is done."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with a valid session."""

    session_id: UUID
    user_id: UUID
    email: str
    name: str
    time_zone: str
    is_operator: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person says of themselves. `time_zone` is an IANA name."""

    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A signed-in browser, as its owner may see it."""

    session_id: UUID
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LoginTicket:
    """What the browser that asked for a link keeps: the secret of its cookie."""

    browser_secret: str


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that was just opened. `cookie` is its secret: it goes to the browser and nowhere else."""

    cookie: str
    user_id: UUID
    next_path: str


_SCHEME = "session "


@dataclass(frozen=True, slots=True)
class SessionReference:
    """Internal name of a session: no secret, but only ever set by us, after the cookie was checked."""

    user_id: UUID
    session_id: UUID

    def to_header(self) -> str:
        """Value of the `authorization` header that stands in place of the cookie."""
        return f"{_SCHEME}{self.user_id}.{self.session_id}"

    @classmethod
    def of_header(cls, value: str) -> "SessionReference | None":
        user_id, _, session_id = value.removeprefix(_SCHEME).partition(".")
        try:
            return cls(UUID(user_id), UUID(session_id))
        except ValueError:
            return None
