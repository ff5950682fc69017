"""Signing in by mail, sessions, and one's own profile."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from peak_app.db.audit import record
from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions, act_for
from peak_app.domain.accounts import repository
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.email import normal_email
from peak_app.domain.accounts.entrance import Entrance
from peak_app.domain.accounts.errors import CodeNotValid, LinkNotValid, OtherBrowser, SessionNotFound, TooManyLinks
from peak_app.domain.accounts.identity import (
    LoginTicket,
    OpenedSession,
    Profile,
    SessionInfo,
    SessionReference,
    SignedIn,
)
from peak_app.domain.accounts.lifetimes import (
    CODE_TRIES,
    CODE_TRIES_PER_DAY,
    LINK_LIFE,
    LINKS_PER_WINDOW,
    LINKS_PER_WINDOW_AND_IP,
    LINKS_WINDOW,
    SEEN_STEP,
    is_session_valid,
)
from peak_app.domain.accounts.mail_text import sign_in_message
from peak_app.domain.accounts.models import NAME_LIMIT, LoginLink, LoginSession
from peak_app.domain.accounts.paths import local_path
from peak_app.domain.accounts.session_cache import SessionCache
from peak_app.domain.accounts.tokens import (
    SIGN_IN_PURPOSE,
    TokenHasher,
    code_of,
    is_secret,
    new_code,
    new_secret,
    same,
    token_of,
)
from peak_app.domain.fields import optional_text
from peak_app.errors import InvalidInput, NotFound
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock, system_clock

_DAY = timedelta(days=1)


class AccountService:
    """All methods block; call them in a thread.

    Args:
        sessions: transactions of the web role.
        derive: gives a key for a purpose, see `Settings.derive`.
    """

    def __init__(self, sessions: TenantSessions, derive: Callable[[str], bytes], clock: Clock = system_clock) -> None:
        self._sessions = sessions
        self._hasher = TokenHasher(derive(SIGN_IN_PURPOSE))
        self._entrance = Entrance(derive)
        self._clock = clock
        self._cache = SessionCache()
        self._ip_limit = AttemptLimit(LINKS_PER_WINDOW_AND_IP, LINKS_WINDOW)

    # Signing in

    def request_link(
        self, email: object, next_path: str | None, ip: str | None, *, origin: str, browser_cookie: str = ""
    ) -> LoginTicket:
        """Put a mail with a link and six digits into the outgoing mail; the same for known and unknown addresses.

        Args:
            next_path: where to go afterwards; anything that is no page of ours counts as none.
            ip: network address of the browser, whose requests are counted; None: it says nothing about who asks.
            origin: of the page that asked, so that the link leads back to where its cookie is.
            browser_cookie: value of the cookie this browser has already, so that its older links stay usable.
        Raises:
            EmailInvalid, TooManyLinks
        """
        address = normal_email(email)
        at = self._clock()
        if ip is not None and not self._ip_limit.admit(ip, at):
            raise TooManyLinks
        known_secret = browser_cookie.partition(".")[0]
        browser_secret = known_secret if is_secret(known_secret) else new_secret()
        browser_hash = self._hasher.hash("browser", browser_secret)
        token, code = new_secret(), new_code()
        token_hash = self._hasher.hash("link", token)
        link = f"{origin}/auth/confirm#token={token}"
        message = sign_in_message(address, link, code, minutes=int(LINK_LIFE.total_seconds() // 60))
        with self._sessions.for_email(address) as session:
            repository.lock_email(session, address)
            if repository.count_links_since(session, address, at - LINKS_WINDOW) >= LINKS_PER_WINDOW:
                raise TooManyLinks
            repository.delete_links_before(session, address, at - _DAY)
            session.add(
                LoginLink(
                    email=address,
                    token_hash=token_hash,
                    code_hash=self._hasher.hash_code(code, browser_hash),
                    browser_hash=browser_hash,
                    next_path=local_path(next_path),
                    created_at=at,
                    expires_at=at + LINK_LIFE,
                )
            )
            session.add(Mail(to_email=address, subject=message.subject, text=message.text, link=link, created_at=at))
        return LoginTicket(browser_secret=f"{browser_secret}.{token_hash}")

    def redeem_link(self, pasted: str, browser_cookie: str, *, user_agent: str = "") -> OpenedSession:
        """Use a link up and open a session, creating the account at its first time.

        Args:
            pasted: the token, or the whole link.
        Raises:
            LinkNotValid: unknown, used, superseded or expired.
            OtherBrowser: it was asked for elsewhere; it stays usable there.
        """
        token = token_of(pasted)
        if token is None:
            raise LinkNotValid
        token_hash = self._hasher.hash("link", token)
        browser_hash = self._hasher.hash("browser", browser_cookie.partition(".")[0])
        at = self._clock()
        with self._sessions.for_token(token_hash) as session:
            link = repository.find_link(session, token_hash)
        if link is None or link.used_at is not None or link.expires_at <= at:
            raise LinkNotValid
        if not same(link.browser_hash, browser_hash):
            raise OtherBrowser
        with self._sessions.for_email(link.email) as session:
            repository.lock_email(session, link.email)
            return self._open(session, link.email, token_hash, browser_hash, user_agent)

    def redeem_code(self, typed: str, browser_cookie: str, *, user_agent: str = "") -> OpenedSession:
        """The same by the six digits of the mail, for the browser that asked.

        Raises:
            CodeNotValid: no such digits, or too many wrong ones.
        """
        code = code_of(typed)
        browser_secret, _, newest_hash = browser_cookie.partition(".")
        if code is None or not is_secret(browser_secret):
            raise CodeNotValid
        browser_hash = self._hasher.hash("browser", browser_secret)
        with self._sessions.for_token(newest_hash) as session:
            newest = repository.find_link(session, newest_hash)
        if newest is None or not same(newest.browser_hash, browser_hash):
            raise CodeNotValid
        at = self._clock()
        wanted = self._hasher.hash_code(code, browser_hash)
        with self._sessions.for_email(newest.email) as session:
            repository.lock_email(session, newest.email)
            links = repository.list_open_links(session, newest.email, browser_hash, at)
            tries_today = repository.count_code_tries_since(session, newest.email, at - _DAY)
            links = [link for link in links if link.code_tries < CODE_TRIES]
            if tries_today < CODE_TRIES_PER_DAY:
                match = next((link for link in links if same(link.code_hash, wanted)), None)
                if match is not None:
                    return self._open(session, newest.email, match.token_hash, browser_hash, user_agent)
                for link in links:
                    link.code_tries += 1
                    session.add(link)
        # Raised outside, so that the counted tries are committed.
        raise CodeNotValid

    def _open(self, session: Session, email: str, token_hash: str, browser_hash: str, user_agent: str) -> OpenedSession:
        at = self._clock()
        next_path = repository.use_link(session, token_hash, browser_hash, at)
        if next_path is None:
            raise LinkNotValid
        repository.void_links(session, email, at)
        account = repository.find_account_by_email(session, email) or self._entrance.register(session, email, at)
        return self._entrance.open_session(session, account, at, next_path=next_path, user_agent=user_agent)

    # Sessions

    def find_session(self, cookie: str) -> SignedIn | None:
        """Who the cookie belongs to; None when it is unknown, ended or expired. Always asks the database."""
        if not is_secret(cookie):
            return None
        token_hash = self._hasher.hash("session", cookie)
        with self._sessions.for_token(token_hash) as session:
            found = repository.find_session_by_hash(session, token_hash)
            if found is None:
                return None
            act_for(session, found.owner_id)
            return self._identify(session, found)

    def find_signed_in(self, reference: SessionReference) -> SignedIn | None:
        """The same by the internal reference; an answer is reused for up to `session_cache.CACHE_S`."""
        return self._cache.look_up(reference.session_id, lambda: self._fetch_signed_in(reference))

    def _fetch_signed_in(self, reference: SessionReference) -> SignedIn | None:
        with self._sessions.for_user(reference.user_id) as session:
            found = repository.find_own_session(session, reference.user_id, reference.session_id)
            return self._identify(session, found) if found else None

    def _identify(self, session: Session, found: LoginSession) -> SignedIn | None:
        at = self._clock()
        if not is_session_valid(
            expires_at=found.expires_at, last_seen_at=found.last_seen_at, revoked_at=found.revoked_at, at=at
        ):
            return None
        account = repository.find_account(session, found.owner_id)
        if account is None:
            return None
        repository.note_seen(session, found.id, at, SEEN_STEP)
        return SignedIn(
            session_id=found.id,
            user_id=account.id,
            email=account.email,
            name=account.name,
            time_zone=account.time_zone,
            is_operator=repository.is_operator(session, account.id),
        )

    def list_sessions(self, user_id: UUID) -> list[SessionInfo]:
        """Browsers this person is signed in with, most recently used first."""
        at = self._clock()
        with self._sessions.for_user(user_id) as session:
            return [
                SessionInfo(found.id, found.user_agent, found.created_at, found.last_seen_at, found.expires_at)
                for found in repository.list_sessions(session, user_id, at)
                if is_session_valid(
                    expires_at=found.expires_at, last_seen_at=found.last_seen_at, revoked_at=found.revoked_at, at=at
                )
            ]

    def revoke_session(self, user_id: UUID, session_id: UUID) -> None:
        """End one of this person's sessions; its open tabs hear of it.

        Raises:
            SessionNotFound: it is not theirs, or had ended.
        """
        at = self._clock()
        with self._sessions.for_user(user_id) as session:
            if not repository.revoke_session(session, user_id, session_id, at):
                raise SessionNotFound
            record(session, user_id, "session_ended", session_id, at)
            repository.announce_ended(session, user_id, session_id)
        self._cache.forget_all()

    def revoke_others(self, user_id: UUID, kept_id: UUID) -> int:
        """End every other session of this person; their open tabs hear of it. Gives how many were signed in."""
        at = self._clock()
        with self._sessions.for_user(user_id) as session:
            listed = {found.id for found in repository.list_sessions(session, user_id, at)}
            ended = repository.revoke_other_sessions(session, user_id, kept_id, at)
            for session_id in ended:
                record(session, user_id, "session_ended", session_id, at)
                repository.announce_ended(session, user_id, session_id)
        self._cache.forget_all()
        return len(listed & set(ended))

    def sign_out(self, cookie: str) -> None:
        """End the session of this cookie; a cookie that is worth nothing is fine too."""
        person = self.find_session(cookie)
        if person is None:
            return
        try:
            self.revoke_session(person.user_id, person.session_id)
        except SessionNotFound:
            return

    def appoint_operator(self, email: object) -> bool:
        """For whoever has the machine: name who runs the installation where nobody does.

        Raises:
            EmailInvalid
            NotFound: nobody has an account with this address.
        """
        address = normal_email(email)
        with self._sessions.for_email(address) as session:
            account = repository.find_account_by_email(session, address)
            if account is None:
                raise NotFound(t("refusal.nobody_here"))
            act_for(session, account.id)
            return repository.appoint_operator(session, account.id)

    def forget_answers(self) -> None:
        """Ask the database anew about every session: another process has ended one."""
        self._cache.forget_all()

    # Profile

    def update_profile(self, user_id: UUID, *, name: object, time_zone: object) -> Profile:
        """The profile as it is kept.

        Raises:
            InvalidInput: the name is too long, or nobody has heard of the time zone.
            SessionNotFound: the account is gone.
        """
        new_name = " ".join(optional_text(name, t("field.name"), NAME_LIMIT).split())
        zone = known_time_zone(time_zone)
        with self._sessions.for_user(user_id) as session:
            account = repository.find_account(session, user_id)
            if account is None:
                raise SessionNotFound
            account.name, account.time_zone = new_name, zone
            session.add(account)
        self._cache.forget_all()
        return Profile(new_name, zone)


def known_time_zone(name: object) -> str:
    """The IANA name, checked.

    Raises:
        InvalidInput: there is no such zone.
    """
    text_name = optional_text(name, t("field.time_zone"), 64)
    try:
        ZoneInfo(text_name)
    except (ValueError, OSError, LookupError):
        raise InvalidInput(t("refusal.time_zone"), "time_zone") from None
    return text_name
