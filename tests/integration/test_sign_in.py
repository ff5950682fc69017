"""Signing in by mail, against the real database with its row-level security."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.errors import (
    CodeNotValid,
    EmailInvalid,
    LinkNotValid,
    OtherBrowser,
    SessionNotFound,
    TooManyLinks,
)
from peak_app.domain.accounts.identity import OpenedSession, SessionReference
from peak_app.domain.accounts.lifetimes import CODE_TRIES, CODE_TRIES_PER_DAY, LINKS_PER_WINDOW_AND_IP
from peak_app.domain.accounts.mailroom import Mailroom
from peak_app.domain.accounts.models import Account, Installation, LoginLink, LoginSession, Membership, Workspace
from peak_app.domain.accounts.service import AccountService
from peak_app.errors import InvalidInput
from tests.fakes.clock import FakeClock

ORIGIN = "http://127.0.0.1:3000"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def accounts(sessions: TenantSessions, database, clock: FakeClock) -> AccountService:
    return AccountService(sessions, database.settings.derive, clock)


@pytest.fixture
def inbox(sessions: TenantSessions, clock: FakeClock) -> Callable[[], tuple[str, str]]:
    """Link and digits of the newest mail."""

    def read() -> tuple[str, str]:
        mail = Mailroom(sessions, clock).list_newest()[0]
        # So that the next mail is newer than this one.
        clock.pass_time(milliseconds=1)
        digits = re.search(r"^(\d{6})$", mail.text, re.MULTILINE)
        assert digits
        assert mail.link in mail.text.splitlines()
        return mail.link, digits[1]

    return read


def ask(
    accounts: AccountService, email: str = "ann@example.org", ip: str = "192.0.2.1", cookie: str = "", **more
) -> str:
    """Ask for a link; gives the browser's cookie."""
    return accounts.request_link(
        email, more.get("next_path", ""), ip, origin=ORIGIN, browser_cookie=cookie
    ).browser_secret


def sign_in(accounts: AccountService, inbox, email: str = "ann@example.org", ip: str = "192.0.2.1") -> OpenedSession:
    cookie = ask(accounts, email, ip)
    return accounts.redeem_link(inbox()[0], cookie)


def test_a_link_signs_a_new_person_in_and_the_first_one_is_the_operator(accounts, inbox, sessions) -> None:
    ann = accounts.find_session(sign_in(accounts, inbox, "Ann@Example.org").cookie)
    bob = accounts.find_session(sign_in(accounts, inbox, "bob@example.org").cookie)
    assert ann is not None
    assert bob is not None
    assert (ann.email, ann.is_operator) == ("ann@example.org", True)
    assert (bob.email, bob.is_operator) == ("bob@example.org", False)
    with sessions.for_user(ann.user_id) as session:
        workspace = session.exec(select(Workspace)).one()
        member = session.exec(select(Membership)).one()
        assert session.exec(select(Installation)).one().operator_id == ann.user_id
    assert (workspace.is_personal, workspace.created_by) == (True, ann.user_id)
    assert (member.account_id, member.role) == (ann.user_id, "owner")


def test_someone_who_comes_back_has_the_same_account(accounts, inbox) -> None:
    assert sign_in(accounts, inbox).user_id == sign_in(accounts, inbox).user_id


def test_only_hashes_of_secrets_are_kept(accounts, inbox, database, sessions) -> None:
    cookie = ask(accounts)
    link, digits = inbox()
    opened = accounts.redeem_link(link, cookie)
    with database.server.superuser("peak") as connection:
        kept = str(connection.execute("select l.*, s.* from login_link l, login_session s").fetchall())
    for secret in (link.partition("token=")[2], digits, cookie.partition(".")[0], opened.cookie):
        assert secret not in kept


def test_the_link_carries_its_token_in_the_fragment(accounts, inbox) -> None:
    ask(accounts)
    assert re.fullmatch(re.escape(ORIGIN) + r"/auth/confirm#token=[\w-]{43}", inbox()[0])


def test_a_link_works_once(accounts, inbox) -> None:
    cookie = ask(accounts)
    link, digits = inbox()
    accounts.redeem_link(link, cookie)
    with pytest.raises(LinkNotValid):
        accounts.redeem_link(link, cookie)
    with pytest.raises(CodeNotValid):
        accounts.redeem_code(digits, cookie)


def test_eight_at_once_open_one_session(accounts, inbox, sessions) -> None:
    cookie = ask(accounts)
    link, _ = inbox()
    together = Barrier(8)

    def redeem(_: int) -> UUID | None:
        together.wait()
        try:
            return accounts.redeem_link(link, cookie).user_id
        except LinkNotValid:
            return None

    with ThreadPoolExecutor(8) as pool:
        opened = [user_id for user_id in pool.map(redeem, range(8)) if user_id]
    assert len(opened) == 1
    with sessions.for_user(opened[0]) as session:
        assert len(session.exec(select(LoginSession)).all()) == 1
        assert len(session.exec(select(Workspace)).all()) == 1


def test_two_links_of_one_address_redeemed_at_once_make_one_account(accounts, inbox, database) -> None:
    first = ask(accounts)
    links = [inbox()[0]]
    second = ask(accounts, cookie=first)
    links.append(inbox()[0])
    together = Barrier(2)

    def redeem(link: str) -> bool:
        together.wait()
        try:
            accounts.redeem_link(link, second)
        except LinkNotValid:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(redeem, links)) == [False, True]
    with database.server.superuser("peak") as connection:
        assert connection.execute("select count(*) from account").fetchone() == (1,)


def test_an_expired_link_is_refused(accounts, inbox, clock) -> None:
    cookie = ask(accounts)
    link, digits = inbox()
    clock.pass_time(minutes=10)
    with pytest.raises(LinkNotValid):
        accounts.redeem_link(link, cookie)
    with pytest.raises(CodeNotValid):
        accounts.redeem_code(digits, cookie)


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "A" * 43 + "." + "0" * 64])
def test_another_browser_can_not_use_the_link_nor_use_it_up(accounts, inbox, cookie: str) -> None:
    own = ask(accounts)
    link, digits = inbox()
    with pytest.raises(OtherBrowser):
        accounts.redeem_link(link, cookie)
    with pytest.raises(CodeNotValid):
        accounts.redeem_code(digits, cookie)
    assert accounts.redeem_link(link, own).cookie


def test_digits_sign_in_the_browser_that_asked(accounts, inbox) -> None:
    cookie = ask(accounts, next_path="/meetings")
    digits = inbox()[1]
    opened = accounts.redeem_code(f" {digits[:3]} {digits[3:]} ", cookie)
    assert opened.next_path == "/meetings"
    assert accounts.find_session(opened.cookie)


def wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def test_digits_are_void_after_five_wrong_tries_but_the_link_stays_good(accounts, inbox) -> None:
    cookie = ask(accounts)
    link, digits = inbox()
    for _ in range(CODE_TRIES):
        with pytest.raises(CodeNotValid):
            accounts.redeem_code(wrong(digits), cookie)
    with pytest.raises(CodeNotValid):
        accounts.redeem_code(digits, cookie)
    assert accounts.redeem_link(link, cookie).cookie


def test_guessing_at_once_does_not_give_more_tries(accounts, inbox, sessions) -> None:
    cookie = ask(accounts)
    _, digits = inbox()

    def guess(_: int) -> None:
        with pytest.raises(CodeNotValid):
            accounts.redeem_code(wrong(digits), cookie)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(16)))
    with sessions.for_email("ann@example.org") as session:
        assert session.exec(select(LoginLink.code_tries)).one() == CODE_TRIES


def test_fresh_links_do_not_make_guessing_worth_while(accounts, inbox, clock) -> None:
    for _ in range(CODE_TRIES_PER_DAY // CODE_TRIES):
        cookie = ask(accounts)
        for _ in range(CODE_TRIES):
            with pytest.raises(CodeNotValid):
                accounts.redeem_code(wrong(inbox()[1]), cookie)
        clock.pass_time(minutes=16)
    cookie = ask(accounts)
    link, digits = inbox()
    with pytest.raises(CodeNotValid):
        accounts.redeem_code(digits, cookie)
    assert accounts.redeem_link(link, cookie).cookie


def test_an_older_link_of_the_same_browser_still_works(accounts, inbox) -> None:
    first = ask(accounts)
    older, _ = inbox()
    second = ask(accounts, cookie=first)
    assert accounts.redeem_link(older, second).cookie


def test_success_voids_the_other_links(accounts, inbox, clock) -> None:
    first = ask(accounts)
    older, _ = inbox()
    clock.pass_time(seconds=1)
    second = ask(accounts, cookie=first)
    accounts.redeem_link(inbox()[0], second)
    with pytest.raises(LinkNotValid):
        accounts.redeem_link(older, second)


def test_an_address_gets_three_mails_in_a_quarter_of_an_hour(accounts, clock) -> None:
    for _ in range(3):
        ask(accounts)
    with pytest.raises(TooManyLinks):
        ask(accounts, ip="192.0.2.99")
    ask(accounts, "other@example.org")
    clock.pass_time(minutes=15)
    ask(accounts)


def test_one_network_address_can_not_write_to_everyone(accounts, clock) -> None:
    for number in range(20):
        ask(accounts, f"p{number}@example.org")
    with pytest.raises(TooManyLinks):
        ask(accounts, "one-more@example.org")
    ask(accounts, "one-more@example.org", ip="192.0.2.2")


@pytest.mark.parametrize(
    "next_path", ["//evil.example", "/\\evil.example", "https://evil.example", "meetings", "/a\r\nb", ""]
)
def test_a_link_never_leads_to_another_site(accounts, inbox, next_path: str) -> None:
    cookie = ask(accounts, next_path=next_path)
    assert accounts.redeem_link(inbox()[0], cookie).next_path == "/dashboard"


def test_a_line_break_in_an_address_is_refused(accounts) -> None:
    with pytest.raises(EmailInvalid):
        ask(accounts, "ann@example.org\r\nBcc: everyone@example.org")


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "é" * 43, "\0" * 43])
def test_a_made_up_cookie_is_nobody(accounts, cookie: str) -> None:
    assert accounts.find_session(cookie) is None


def test_a_session_ends_after_seven_idle_days(accounts, inbox, clock) -> None:
    cookie = sign_in(accounts, inbox).cookie
    clock.pass_time(days=6, hours=23)
    assert accounts.find_session(cookie)
    clock.pass_time(days=6, hours=23)
    assert accounts.find_session(cookie)
    clock.pass_time(days=7)
    assert accounts.find_session(cookie) is None


def test_a_session_ends_after_thirty_days_however_it_is_used(accounts, inbox, clock) -> None:
    cookie = sign_in(accounts, inbox).cookie
    for _ in range(29):
        clock.pass_time(days=1)
        assert accounts.find_session(cookie)
    clock.pass_time(days=1)
    assert accounts.find_session(cookie) is None


def test_use_of_a_session_is_noted_every_five_minutes(accounts, inbox, clock) -> None:
    opened = sign_in(accounts, inbox)
    start = accounts.list_sessions(opened.user_id)[0].last_seen_at
    clock.pass_time(minutes=4)
    accounts.find_session(opened.cookie)
    assert accounts.list_sessions(opened.user_id)[0].last_seen_at == start
    clock.pass_time(minutes=2)
    accounts.find_session(opened.cookie)
    assert accounts.list_sessions(opened.user_id)[0].last_seen_at == clock.at


def test_a_revoked_session_is_nobody_by_cookie_and_by_reference(accounts, inbox) -> None:
    opened, other = sign_in(accounts, inbox), sign_in(accounts, inbox)
    person = accounts.find_session(opened.cookie)
    assert person is not None
    reference = SessionReference(person.user_id, person.session_id)
    assert accounts.find_signed_in(reference) == person
    accounts.revoke_session(person.user_id, person.session_id)
    assert accounts.find_session(opened.cookie) is None
    assert accounts.find_signed_in(reference) is None
    assert accounts.find_session(other.cookie)
    assert len(accounts.list_sessions(person.user_id)) == 1
    with pytest.raises(SessionNotFound):
        accounts.revoke_session(person.user_id, person.session_id)


def test_nobody_ends_a_session_of_someone_else(accounts, inbox) -> None:
    ann, bob = sign_in(accounts, inbox), sign_in(accounts, inbox, "bob@example.org")
    person = accounts.find_session(ann.cookie)
    assert person is not None
    with pytest.raises(SessionNotFound):
        accounts.revoke_session(bob.user_id, person.session_id)
    assert accounts.find_session(ann.cookie)


def test_a_reference_of_two_people_is_nobody(accounts, inbox) -> None:
    ann, bob = sign_in(accounts, inbox), sign_in(accounts, inbox, "bob@example.org")
    person = accounts.find_session(ann.cookie)
    assert person is not None
    assert accounts.find_signed_in(SessionReference(bob.user_id, person.session_id)) is None


def test_signing_out_twice_is_fine(accounts, inbox) -> None:
    opened = sign_in(accounts, inbox)
    accounts.sign_out(opened.cookie)
    accounts.sign_out(opened.cookie)
    assert accounts.find_session(opened.cookie) is None


def test_a_profile_is_changed_and_checked(accounts, inbox) -> None:
    opened = sign_in(accounts, inbox)
    changed = accounts.update_profile(opened.user_id, name="  Ann \n Smith ", time_zone="Europe/Berlin")
    assert (changed.name, changed.time_zone) == ("Ann Smith", "Europe/Berlin")
    person = accounts.find_session(opened.cookie)
    assert (person.name, person.time_zone) == ("Ann Smith", "Europe/Berlin")
    for name, zone in (
        ("x" * 81, "UTC"),
        ("Ann", "Mars/Olympus"),
        ("Ann", "../../etc/passwd"),
        ("Ann", ""),
        (7, "UTC"),
    ):
        with pytest.raises(InvalidInput):
            accounts.update_profile(opened.user_id, name=name, time_zone=zone)


def test_the_web_role_sees_nothing_of_signing_in_without_saying_who(accounts, inbox, sessions) -> None:
    sign_in(accounts, inbox)
    with sessions.without_tenant() as session:
        for table in (Account, LoginLink, LoginSession, Workspace, Membership):
            assert session.exec(select(table)).all() == []


def test_requests_from_this_machine_are_counted_by_address_only(accounts) -> None:
    cookies = {ask(accounts, f"p{number}@example.org", None) for number in range(LINKS_PER_WINDOW_AND_IP + 5)}
    assert len(cookies) == LINKS_PER_WINDOW_AND_IP + 5
