"""Signing in by a provider, and which providers sign in to an account.

Someone is sent to the provider with a state, a verifier and a nonce that stay here, known to the browser that began
only by its cookie. Who comes back is known by issuer and subject. An address counts only where nobody has that identity
yet, and only when the provider vouches for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from peak_app.db.audit import record
from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions, act_for, also_by_email
from peak_app.domain.accounts import repository as accounts
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.email import normal_email
from peak_app.domain.accounts.entrance import Entrance
from peak_app.domain.accounts.errors import EmailInvalid, SignedOut
from peak_app.domain.accounts.identity import OpenedSession, SignedIn
from peak_app.domain.accounts.lifetimes import LINK_LIFE, LINKS_WINDOW, STARTS_PER_WINDOW_AND_IP
from peak_app.domain.accounts.models import Account
from peak_app.domain.accounts.paths import local_path
from peak_app.domain.accounts.tokens import SIGN_IN_PURPOSE, TokenHasher, is_secret, new_secret
from peak_app.domain.identities import repository
from peak_app.domain.identities.errors import (
    AddressNotVouched,
    Denied,
    IdentityNotFound,
    IdentityTaken,
    NoSuchProvider,
    OtherIdentity,
    StartNotValid,
    TooManyStarts,
)
from peak_app.domain.identities.mail_text import linked_message
from peak_app.domain.identities.models import Identity, SignInStart
from peak_app.domain.identities.offers import callback_path
from peak_app.ports.clock import Clock
from peak_app.ports.identities import IdentityProvider, ProofRefused, ProvenIdentity, ProviderAway, Question
from peak_app.ports.outflows import Behalf, Contact

_STATE_LIMIT = 200
_CODE_LIMIT = 4_000
_AWAY = frozenset({"server_error", "temporarily_unavailable"})


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser is to go, and the secret of the cookie it comes back with."""

    url: str
    browser_secret: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser brought back from a provider, as it came. Empty: it did not bring that."""

    state: str
    code: str = ""
    error: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A start that is used up: whom to ask, and what for. `session_id`: the identity is to be added to its account."""

    provider: IdentityProvider
    question: Question
    next_path: str
    session_id: UUID | None


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """A way in, as its owner may see it."""

    identity_id: UUID
    label: str
    email: str
    linked_at: datetime
    last_used_at: datetime


@dataclass(frozen=True, slots=True)
class _Shown:
    """Who came back, and what was asked for that. `key_hash` is what the identity is found by."""

    provider: IdentityProvider
    proven: ProvenIdentity
    key_hash: str
    contacts: list[Contact]


class IdentityService:
    """All methods block; call them in a thread.

    Args:
        sessions: transactions of the web role.
        derive: gives a key for a purpose, see `Settings.derive`.
        providers: gives those that are set up, by name.
        origin: ours, as the providers know it.
        count: notes a request that left this machine for someone.
    """

    def __init__(
        self,
        sessions: TenantSessions,
        clock: Clock,
        *,
        derive: Callable[[str], bytes],
        providers: Callable[[], Mapping[str, IdentityProvider]],
        origin: str,
        count: Callable[[Behalf, Contact], None],
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._hasher = TokenHasher(derive(SIGN_IN_PURPOSE))
        self._entrance = Entrance(derive)
        self._providers = providers
        self._origin = origin
        self._count = count
        self._starts = AttemptLimit(STARTS_PER_WINDOW_AND_IP, LINKS_WINDOW)
        self._answers = AttemptLimit(STARTS_PER_WINDOW_AND_IP, LINKS_WINDOW)

    def begin(
        self,
        name: str,
        next_path: str,
        ip: str | None,
        *,
        browser_cookie: str,
        person: SignedIn | None = None,
    ) -> Begun:
        """Keep a question for a provider, for the browser that is sent there with it.

        Args:
            next_path: where to go afterwards; anything that is no page of ours counts as none.
            ip: network address of the browser, whose tries are counted, as a `person`'s are; None: it says nothing of
                who asks.
            browser_cookie: what this browser has from another tab, so that both can come back.
            person: add the identity to the account of this session; None: sign in by it.
        Raises:
            NoSuchProvider, TooManyStarts, ProviderAway, ProofRefused
        """
        at = self._clock()
        provider = self._provider(name)
        self._admit(self._starts, ip, at)
        if person is not None:
            self._admit(self._starts, str(person.user_id), at)
        question = provider.ask(self._redirect_uri(name))
        browser_secret = browser_cookie if is_secret(browser_cookie) else new_secret()
        state_hash = self._hasher.hash("state", question.state)
        with self._sessions.for_token(state_hash) as session:
            repository.delete_starts_before(session, at)
            session.add(
                SignInStart(
                    state_hash=state_hash,
                    browser_hash=self._hasher.hash("browser", browser_secret),
                    provider=name,
                    verifier=question.verifier,
                    nonce=question.nonce,
                    next_path=local_path(next_path),
                    session_id=person.session_id if person else None,
                    expires_at=at + LINK_LIFE,
                )
            )
        return Begun(question.url, browser_secret)

    def take(self, name: str, state: str, ip: str | None, *, browser_cookie: str) -> Taken:
        """Use up what this browser began with this state. Comes before anything is asked of the provider.

        Raises:
            NoSuchProvider, TooManyStarts
            StartNotValid: unknown, used, expired, another provider's, or begun in another browser.
        """
        at = self._clock()
        provider = self._provider(name)
        self._admit(self._answers, ip, at)
        if not is_secret(browser_cookie) or not 0 < len(state) <= _STATE_LIMIT:
            raise StartNotValid
        state_hash = self._hasher.hash("state", state)
        browser_hash = self._hasher.hash("browser", browser_cookie)
        with self._sessions.for_token(state_hash) as session:
            start = repository.take_start(session, state_hash, browser_hash, name, at)
        if start is None:
            raise StartNotValid
        question = Question(url="", state=state, verifier=start.verifier, nonce=start.nonce)
        return Taken(provider, question, start.next_path, start.session_id)

    def enter(self, taken: Taken, answer: Answer, *, user_agent: str = "") -> OpenedSession:
        """Sign in whoever the provider says it is, creating the account at its first time.

        Raises:
            Denied, ProviderAway, ProofRefused
            StartNotValid: the account was deleted just now.
            AddressNotVouched, OtherIdentity: only the mail can tell whose account it is to be.
        """
        shown, at = self._prove(taken, answer), self._clock()
        with self._sessions.for_token(shown.key_hash) as session:
            # One sign-in of an identity waits for the other, and then of an address.
            accounts.lock_email(session, shown.key_hash)
            known = repository.find_identity(session, shown.key_hash)
            account = self._use(session, known, shown, at) if known else self._meet(session, shown, at)
            opened = self._entrance.open_session(session, account, at, next_path=taken.next_path, user_agent=user_agent)
        self._note(opened.user_id, shown)
        return opened

    def link(self, taken: Taken, answer: Answer, person: SignedIn | None) -> None:
        """Add whoever the provider says it is to the ways into this person's account.

        Raises:
            SignedOut: the session that began this has ended, or is another's by now.
            Denied, ProviderAway, ProofRefused
            IdentityTaken: it is a way into another account.
        """
        if person is None or person.session_id != taken.session_id:
            raise SignedOut(taken.next_path)
        shown, at = self._prove(taken, answer), self._clock()
        with self._sessions.for_token(shown.key_hash) as session:
            accounts.lock_email(session, shown.key_hash)
            known = repository.find_identity(session, shown.key_hash)
            if known is not None and known.owner_id != person.user_id:
                raise IdentityTaken
            act_for(session, person.user_id)
            account = repository.hold_account(session, person.user_id)
            if account is None:
                raise SignedOut(taken.next_path)
            if known is None:
                also_by_email(session, account.email)
                self._add(session, account, shown, at)
                self._tell_owner(session, account, shown, at)
        self._note(person.user_id, shown)

    def list_linked(self, user_id: UUID) -> list[LinkedIdentity]:
        """Ways into this person's account besides the mail, in the order they were added."""
        providers = self._providers()
        with self._sessions.for_user(user_id) as session:
            return [
                LinkedIdentity(
                    found.id,
                    providers[found.provider].label if found.provider in providers else found.issuer,
                    found.email,
                    found.created_at,
                    found.last_used_at,
                )
                for found in repository.list_identities(session, user_id)
            ]

    def unlink(self, user_id: UUID, identity_id: UUID) -> None:
        """Take one away. The mail always stays a way in.

        Raises:
            IdentityNotFound: it is not theirs, or is gone already.
        """
        with self._sessions.for_user(user_id) as session:
            if not repository.delete_identity(session, user_id, identity_id):
                raise IdentityNotFound
            record(session, user_id, "identity_unlinked", identity_id, self._clock())

    def _prove(self, taken: Taken, answer: Answer) -> _Shown:
        if answer.error:
            raise Denied if answer.error == "access_denied" else ProviderAway if answer.error in _AWAY else ProofRefused
        if not 0 < len(answer.code) <= _CODE_LIMIT:
            raise ProofRefused
        contacts: list[Contact] = []
        proven = taken.provider.prove(
            answer.code,
            answer.issuer,
            asked=taken.question,
            redirect_uri=self._redirect_uri(taken.provider.name),
            tell=contacts.append,
        )
        key_hash = self._hasher.hash("identity", f"{proven.issuer}\0{proven.subject}")
        return _Shown(taken.provider, proven, key_hash, contacts)

    def _use(self, session: Session, known: Identity, shown: _Shown, at: datetime) -> Account:
        # Whatever address the provider tells now: it was this account's identity, and stays it.
        act_for(session, known.owner_id)
        account = repository.hold_account(session, known.owner_id)
        if account is None:
            raise StartNotValid
        known.last_used_at, known.email = at, shown.proven.email
        session.add(known)
        return account

    def _meet(self, session: Session, shown: _Shown, at: datetime) -> Account:
        """The account of the address that the provider vouches for, or a new one, with this identity from now on."""
        proven = shown.proven
        if not proven.is_vouched:
            raise AddressNotVouched
        try:
            email = normal_email(proven.email)
        except EmailInvalid:
            raise AddressNotVouched from None
        also_by_email(session, email)
        accounts.lock_email(session, email)
        found = accounts.find_account_by_email(session, email)
        if found is None:
            account = self._entrance.register(session, email, at, proven.name)
            self._add(session, account, shown, at)
            return account
        act_for(session, found.id)
        account = repository.hold_account(session, found.id)
        if account is None:
            raise StartNotValid
        if repository.has_identity_of(session, account.id, proven.issuer):
            raise OtherIdentity
        self._add(session, account, shown, at)
        self._tell_owner(session, account, shown, at)
        return account

    def _add(self, session: Session, account: Account, shown: _Shown, at: datetime) -> None:
        identity = Identity(
            owner_id=account.id,
            key_hash=shown.key_hash,
            provider=shown.provider.name,
            issuer=shown.proven.issuer,
            subject=shown.proven.subject,
            email=shown.proven.email,
            created_at=at,
            last_used_at=at,
        )
        session.add(identity)
        record(session, account.id, "identity_linked", identity.id, at)
        session.flush()

    def _tell_owner(self, session: Session, account: Account, shown: _Shown, at: datetime) -> None:
        """A way into an account that was there before is never added in silence."""
        link = f"{self._origin}/settings"
        message = linked_message(account.email, shown.provider.label, shown.proven.email, link)
        session.add(Mail(to_email=account.email, subject=message.subject, text=message.text, link=link, created_at=at))

    def _note(self, user_id: UUID, shown: _Shown) -> None:
        for contact in shown.contacts:
            self._count(Behalf(user_id, None), contact)

    def _provider(self, name: str) -> IdentityProvider:
        provider = self._providers().get(name)
        if provider is None:
            raise NoSuchProvider
        return provider

    def _admit(self, limit: AttemptLimit, who: str | None, at: datetime) -> None:
        if who is not None and not limit.admit(who, at):
            raise TooManyStarts

    def _redirect_uri(self, name: str) -> str:
        return f"{self._origin}{callback_path(name)}"
