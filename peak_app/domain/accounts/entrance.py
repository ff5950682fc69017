"""Letting someone in, however they have shown who they are: their account, and a session of it."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from peak_app.db.audit import record
from peak_app.db.tenancy import act_for
from peak_app.domain.accounts import repository
from peak_app.domain.accounts.identity import OpenedSession
from peak_app.domain.accounts.lifetimes import SESSION_LIFE
from peak_app.domain.accounts.models import NAME_LIMIT, Account, LoginSession
from peak_app.domain.accounts.tokens import SIGN_IN_PURPOSE, TokenHasher, new_secret
from peak_app.domain.departures.minutes import ADDRESS_PURPOSE, return_minutes

_USER_AGENT_LIMIT = 200


class Entrance:
    """Works in the transaction of whoever signs someone in, which has seen to it that there is one sign-in at a time.

    Args:
        derive: gives a key for a purpose, see `Settings.derive`.
    """

    def __init__(self, derive: Callable[[str], bytes]) -> None:
        self._hasher = TokenHasher(derive(SIGN_IN_PURPOSE))
        self._address_key = derive(ADDRESS_PURPOSE)

    def register(self, session: Session, email: str, at: datetime, name: str = "") -> Account:
        """A new account of this address, with its workspace. From here on the transaction is this person's."""
        account = Account(email=email, name=" ".join(printable(name).split())[:NAME_LIMIT])
        session.add(account)
        session.flush()
        act_for(session, account.id)
        repository.add_personal_workspace(session, account.id)
        repository.claim_operator(session, account.id)
        return_minutes(session, account, self._address_key, at)
        return account

    def open_session(
        self, session: Session, account: Account, at: datetime, *, next_path: str, user_agent: str
    ) -> OpenedSession:
        """A session with a secret of its own. From here on the transaction is this person's."""
        act_for(session, account.id)
        cookie = new_secret()
        opened = LoginSession(
            owner_id=account.id,
            token_hash=self._hasher.hash("session", cookie),
            user_agent=printable(user_agent)[:_USER_AGENT_LIMIT],
            created_at=at,
            last_seen_at=at,
            expires_at=at + SESSION_LIFE,
        )
        session.add(opened)
        record(session, account.id, "signed_in", opened.id, at)
        session.flush()
        return OpenedSession(cookie=cookie, user_id=account.id, next_path=next_path)


def printable(words: str) -> str:
    """The text without anything that can't be shown on one line."""
    return "".join(character for character in words if character.isprintable())
