"""Signing in by a passkey, and which passkeys sign in to an account.

A question stays here until its answer comes, known to the browser that was asked only by its cookie, and is good for
once. Who answers is known by the credential; that it is theirs, their device has signed.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from peak_app.db.audit import record
from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions, act_for, also_by_email
from peak_app.domain.accounts import repository as accounts
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.entrance import Entrance
from peak_app.domain.accounts.errors import SignedOut
from peak_app.domain.accounts.identity import OpenedSession, SignedIn
from peak_app.domain.accounts.paths import DEFAULT_PATH, local_path
from peak_app.domain.accounts.tokens import SIGN_IN_PURPOSE, TokenHasher, is_secret, new_secret, same
from peak_app.domain.fields import optional_text
from peak_app.domain.identities import repository as starts
from peak_app.domain.identities.models import SignInStart
from peak_app.domain.passkeys import repository
from peak_app.domain.passkeys.errors import (
    NoPasskeysHere,
    PasskeyCopied,
    PasskeyNotFound,
    PasskeyTaken,
    PasskeyUnknown,
    QuestionOver,
    TooManyPasskeys,
    TooManyTries,
)
from peak_app.domain.passkeys.limits import (
    MOST_PASSKEYS,
    QUESTION_LIFE,
    TRIES_PER_WINDOW_AND_ACCOUNT,
    TRIES_PER_WINDOW_AND_IP,
    TRIES_WINDOW,
)
from peak_app.domain.passkeys.mail_text import added_message, removed_message
from peak_app.domain.passkeys.models import PASSKEY_NAME_LIMIT, Passkey
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.mailer import Message
from peak_app.ports.passkeys import Holder, PasskeyRefused, Passkeys, Shown

log = logging.getLogger(__name__)

# In place of a provider's name: a question for one purpose is not answered for the other.
_SIGNING_IN, _ADDING = "passkey", "new-passkey"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for this browser, as JSON, and the secret of the cookie it answers with."""

    question: str
    browser_secret: str


@dataclass(frozen=True, slots=True)
class OwnPasskey:
    """A way in, as its owner may see it."""

    passkey_id: UUID
    name: str
    added_at: datetime
    last_used_at: datetime


class PasskeyService:
    """All methods block; call them in a thread. Those that take an answer raise PasskeyRefused when it proves nothing.

    Args:
        sessions: transactions of the web role.
        derive: gives a key for a purpose, see `Settings.derive`.
        passkeys: gives what checks answers; None: browsers make no passkeys for our address.
        origin: ours, for the link in mails.
    """

    def __init__(
        self,
        sessions: TenantSessions,
        clock: Clock,
        *,
        derive: Callable[[str], bytes],
        passkeys: Callable[[], Passkeys | None],
        origin: str,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._hasher = TokenHasher(derive(SIGN_IN_PURPOSE))
        self._entrance = Entrance(derive)
        self._find_passkeys = passkeys
        self._origin = origin
        self._questions, self._answers = (AttemptLimit(TRIES_PER_WINDOW_AND_IP, TRIES_WINDOW) for _ in range(2))
        self._own_questions, self._additions, self._uses, self._removals = (
            AttemptLimit(TRIES_PER_WINDOW_AND_ACCOUNT, TRIES_WINDOW) for _ in range(4)
        )

    # Signing in

    def ask(self, ip: str | None, *, browser_cookie: str) -> Asked:
        """A question that signs in whoever answers it.

        Args:
            ip: network address of the browser, whose tries are counted; None: it says nothing about who asks.
            browser_cookie: what this browser has from another tab, so that both can answer.
        Raises:
            NoPasskeysHere, TooManyTries
        """
        at, passkeys = self._clock(), self._passkeys()
        _admit(self._questions, ip, at)
        challenge = new_secret()
        return Asked(passkeys.ask_for_any(challenge), self._keep(challenge, _SIGNING_IN, None, browser_cookie, at))

    def enter(
        self, answer: str, next_path: str, ip: str | None, *, browser_cookie: str, user_agent: str = ""
    ) -> OpenedSession:
        """Sign in whose passkey has signed the answer.

        Args:
            next_path: where to go afterwards; anything that is no page of ours counts as none.
        Raises:
            NoPasskeysHere, TooManyTries, QuestionOver, PasskeyUnknown, PasskeyCopied, PasskeyRefused
        """
        at, passkeys = self._clock(), self._passkeys()
        _admit(self._answers, ip, at)
        shown = passkeys.read_use(answer)
        self._take(shown, _SIGNING_IN, browser_cookie, at)
        key_hash = self._key_hash(shown)
        with self._sessions.for_token(key_hash) as session:
            known = repository.find_passkey(session, key_hash)
            if known is None:
                raise PasskeyUnknown
            _admit(self._uses, str(known.owner_id), at)
            if not same(shown.handle, self._handle(known.owner_id)):
                raise PasskeyRefused
            use_count = passkeys.prove_use(answer, challenge=shown.challenge, public_key=known.public_key)
            act_for(session, known.owner_id)
            account = starts.hold_account(session, known.owner_id)
            if account is None:
                raise PasskeyUnknown
            if repository.note_use(session, known.id, use_count, at):
                return self._entrance.open_session(
                    session, account, at, next_path=local_path(next_path), user_agent=user_agent
                )
            record(session, known.owner_id, "passkey_refused", known.id, at)
        # Raised outside, so that the entry is committed.
        log.warning("a passkey was refused, since its count of uses did not go on: passkey=%s", known.id)
        raise PasskeyCopied

    # In the settings

    def ask_for_new(self, person: SignedIn, ip: str | None, *, browser_cookie: str) -> Asked:
        """A question that makes a device of this person create a passkey.

        Raises:
            NoPasskeysHere, TooManyTries, TooManyPasskeys
        """
        at, passkeys = self._clock(), self._passkeys()
        _admit(self._questions, ip, at)
        _admit(self._own_questions, str(person.user_id), at)
        with self._sessions.for_user(person.user_id) as session:
            known = [each.credential_id for each in repository.list_passkeys(session, person.user_id)]
        if len(known) >= MOST_PASSKEYS:
            raise TooManyPasskeys(MOST_PASSKEYS)
        challenge = new_secret()
        holder = Holder(self._handle(person.user_id), person.email, person.name)
        question = passkeys.ask_for_new(challenge, holder, known)
        return Asked(question, self._keep(challenge, _ADDING, person.session_id, browser_cookie, at))

    def add(self, person: SignedIn, answer: str, name: object, ip: str | None, *, browser_cookie: str) -> None:
        """Keep the passkey that was made for a question of this session. Its owner gets a mail.

        Args:
            name: what the person calls it; empty: a name is found.
        Raises:
            NoPasskeysHere, TooManyTries, QuestionOver, PasskeyRefused
            InvalidInput: the name is none.
            PasskeyTaken: it is kept already, here or in another account.
            TooManyPasskeys
            SignedOut: the account was deleted just now.
        """
        at, passkeys = self._clock(), self._passkeys()
        _admit(self._answers, ip, at)
        _admit(self._additions, str(person.user_id), at)
        wanted = " ".join(optional_text(name, t("field.name"), PASSKEY_NAME_LIMIT).split())
        shown = passkeys.read_new(answer)
        start = self._take(shown, _ADDING, browser_cookie, at)
        if start.session_id != person.session_id:
            raise QuestionOver
        made = passkeys.prove_new(answer, challenge=shown.challenge)
        key_hash = self._key_hash(shown)
        with self._sessions.for_token(key_hash) as session:
            accounts.lock_email(session, key_hash)
            if repository.find_passkey(session, key_hash) is not None:
                raise PasskeyTaken
            act_for(session, person.user_id)
            # One addition of an account waits for the other, so that they are counted.
            accounts.lock_email(session, person.email)
            if starts.hold_account(session, person.user_id) is None:
                raise SignedOut
            if repository.count_passkeys(session, person.user_id) >= MOST_PASSKEYS:
                raise TooManyPasskeys(MOST_PASSKEYS)
            passkey = Passkey(
                owner_id=person.user_id,
                key_hash=key_hash,
                credential_id=made.credential_id,
                public_key=made.public_key,
                use_count=made.use_count,
                name=wanted or t("passkeys.unnamed"),
                created_at=at,
                last_used_at=at,
            )
            session.add(passkey)
            record(session, person.user_id, "passkey_added", passkey.id, at)
            self._tell(session, added_message(person.email, passkey.name, self._link), at)

    def list_own(self, user_id: UUID) -> list[OwnPasskey]:
        """In the order they were added."""
        with self._sessions.for_user(user_id) as session:
            return [
                OwnPasskey(found.id, found.name, found.created_at, found.last_used_at)
                for found in repository.list_passkeys(session, user_id)
            ]

    def remove(self, user_id: UUID, passkey_id: UUID) -> None:
        """Take one away. The mail always stays a way in. Its owner gets a mail.

        Raises:
            TooManyTries
            PasskeyNotFound: it is not theirs, or is gone already.
        """
        at = self._clock()
        _admit(self._removals, str(user_id), at)
        with self._sessions.for_user(user_id) as session:
            name = repository.delete_passkey(session, user_id, passkey_id)
            account = accounts.find_account(session, user_id)
            if name is None or account is None:
                raise PasskeyNotFound
            record(session, user_id, "passkey_removed", passkey_id, at)
            self._tell(session, removed_message(account.email, name, self._link), at)

    def _keep(self, challenge: str, purpose: str, session_id: UUID | None, browser_cookie: str, at: datetime) -> str:
        """Keep a question for this browser; gives the secret of its cookie."""
        browser_secret = browser_cookie if is_secret(browser_cookie) else new_secret()
        state_hash = self._hasher.hash("passkey-challenge", challenge)
        with self._sessions.for_token(state_hash) as session:
            starts.delete_starts_before(session, at)
            session.add(
                SignInStart(
                    state_hash=state_hash,
                    browser_hash=self._hasher.hash("browser", browser_secret),
                    provider=purpose,
                    verifier="",
                    next_path=DEFAULT_PATH,
                    session_id=session_id,
                    expires_at=at + QUESTION_LIFE,
                )
            )
        return browser_secret

    def _take(self, shown: Shown, purpose: str, browser_cookie: str, at: datetime) -> SignInStart:
        """Use up the question that is answered. Comes before the answer is looked at any closer."""
        if not is_secret(browser_cookie) or not is_secret(shown.challenge):
            raise QuestionOver
        state_hash = self._hasher.hash("passkey-challenge", shown.challenge)
        browser_hash = self._hasher.hash("browser", browser_cookie)
        with self._sessions.for_token(state_hash) as session:
            start = starts.take_start(session, state_hash, browser_hash, purpose, at)
        if start is None:
            raise QuestionOver
        return start

    def _tell(self, session: Session, message: Message, at: datetime) -> None:
        """No way into an account comes or goes in silence."""
        also_by_email(session, message.to_email)
        session.add(
            Mail(to_email=message.to_email, subject=message.subject, text=message.text, link=self._link, created_at=at)
        )
        session.flush()

    @property
    def _link(self) -> str:
        return f"{self._origin}/settings"

    def _handle(self, user_id: UUID) -> str:
        """What devices keep of an account: nothing but the same each time. 64 hex digits are base64url as well."""
        return self._hasher.hash("passkey-holder", str(user_id))

    def _key_hash(self, shown: Shown) -> str:
        return self._hasher.hash("passkey", shown.credential_id)

    def _passkeys(self) -> Passkeys:
        passkeys = self._find_passkeys()
        if passkeys is None:
            raise NoPasskeysHere
        return passkeys


def _admit(limit: AttemptLimit, who: str | None, at: datetime) -> None:
    if who is not None and not limit.admit(who, at):
        raise TooManyTries
