"""Ways through a network for calls: the STUN and TURN servers, and what opens them for one person. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peak_app.config import Settings, url_list

TURN_PURPOSE = "turn-user"
"""What `Settings.derive` is asked for the key of the names below."""
_LOBBY = timedelta(hours=1)
"""How long someone may sit in the lobby with what they were given."""


@dataclass(frozen=True, slots=True)
class IceServer:
    """As browsers take it: an `RTCIceServer`."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None

    def to_json(self) -> dict[str, object]:
        opened = {"username": self.username, "credential": self.credential} if self.username else {}
        return {"urls": list(self.urls), **opened}


def ice_servers(settings: Settings, *, who: str, at: datetime) -> Sequence[IceServer]:
    """The servers with what opens them for `who`: a name that says nothing about a person.

    With coturn's `use-auth-secret` the user name is the time until which it is good, and the password is signed with
    the shared secret, so a call's page can't pass it on for long. A TURN server that nothing opens is left out: no
    browser takes one.
    """
    stun, turn = url_list(settings.stun_urls), url_list(settings.turn_urls)
    servers = [IceServer(tuple(stun))] if stun else []
    username, credential = _credentials(settings, who, at)
    if turn and username and credential:
        servers.append(IceServer(tuple(turn), username, credential))
    return servers


def turn_name(settings: Settings, person: str) -> str:
    """The same for a person each time, so that a TURN server can limit what one uses, and told to nobody else."""
    return hmac.new(settings.derive(TURN_PURPOSE), person.encode(), hashlib.sha256).hexdigest()[:16]


def _credentials(settings: Settings, who: str, at: datetime) -> tuple[str | None, str | None]:
    if settings.turn_secret:
        life = timedelta(minutes=settings.max_call_minutes) + _LOBBY
        username = f"{int((at + life).timestamp())}:{who}"
        # HMAC-SHA1 is what the scheme prescribes (draft-uberti-behave-turn-rest-00, section 2.2).
        key = settings.turn_secret.get_secret_value().encode()
        return username, base64.b64encode(hmac.digest(key, username.encode(), "sha1")).decode()
    password = settings.turn_password
    return settings.turn_username, password.get_secret_value() if password else None
