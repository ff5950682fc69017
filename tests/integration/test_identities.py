"""Signing in by a provider, against the real database with its row-level security. What is HTTP is elsewhere."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.errors import SignedOut
from peak_app.domain.accounts.identity import OpenedSession, SignedIn
from peak_app.domain.accounts.lifetimes import STARTS_PER_WINDOW_AND_IP
from peak_app.domain.accounts.mailroom import Mailroom
from peak_app.domain.accounts.models import Account, Workspace
from peak_app.domain.accounts.service import AccountService
from peak_app.domain.accounts.tokens import new_secret
from peak_app.domain.billing.service import BillingService
from peak_app.domain.departures.service import DepartureService
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
from peak_app.domain.identities.models import Identity, SignInStart
from peak_app.domain.identities.service import Answer, IdentityService, Taken
from peak_app.ports.identities import ProofRefused, ProviderAway
from peak_app.ports.outflows import Behalf, Contact
from tests.fakes.clock import FakeClock
from tests.fakes.identities import FakeProvider
from tests.people import register

ORIGIN = "https://peak.example.org"
REDIRECT_URI = f"{ORIGIN}/auth/callback/oidc"
ANN = "ann@example.org"
IP = "192.0.2.1"


@dataclass
class Desk:
    """The service with one provider, and a browser's part of it."""

    identities: IdentityService
    accounts: AccountService
    provider: FakeProvider
    counted: list[tuple[Behalf, Contact]]

    def begin(self, *, cookie: str = "", next_path: str = "", person: SignedIn | None = None, ip: str = IP):
        """Gives the state and the browser's cookie."""
        begun = self.identities.begin("oidc", next_path, ip, browser_cookie=cookie, person=person)
        return begun.url.partition("state=")[2].partition("&")[0], begun.browser_secret

    def take(self, state: str, cookie: str, ip: str = IP) -> Taken:
        return self.identities.take("oidc", state, ip, browser_cookie=cookie)

    def answer(self, taken: Taken, who: str) -> Answer:
        return Answer(taken.question.state, self.provider.approve(taken.question, who, REDIRECT_URI))

    def sign_in(self, who: str = "ann", **more) -> OpenedSession:
        taken = self.take(*self.begin(**more))
        return self.identities.enter(taken, self.answer(taken, who), user_agent="Firefox\n")

    def link(self, person: SignedIn, who: str) -> None:
        taken = self.take(*self.begin(person=person))
        self.identities.link(taken, self.answer(taken, who), person)

    def person(self, opened: OpenedSession) -> SignedIn:
        found = self.accounts.find_session(opened.cookie)
        assert found is not None
        return found


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(sessions: TenantSessions, database, clock: FakeClock) -> Desk:
    provider, counted = FakeProvider(), []
    provider.add("ann", ANN)
    identities = IdentityService(
        sessions,
        clock,
        derive=database.settings.derive,
        providers=lambda: {"oidc": provider},
        origin=ORIGIN,
        count=lambda behalf, contact: counted.append((behalf, contact)),
    )
    return Desk(identities, AccountService(sessions, database.settings.derive, clock), provider, counted)


@pytest.fixture
def mails(sessions: TenantSessions, clock: FakeClock) -> Callable[[], list[tuple[str, str, str]]]:
    """Address, subject and text of every mail."""
    return lambda: [(mail.to_email, mail.subject, mail.text) for mail in Mailroom(sessions, clock).list_newest()]


def identities_of(sessions: TenantSessions, user_id: UUID) -> list[Identity]:
    with sessions.for_user(user_id) as session:
        return list(session.exec(select(Identity)).all())


def test_a_vouched_address_makes_an_account_the_first_time_and_finds_it_the_next(desk, sessions, mails) -> None:
    first = desk.sign_in(next_path="/meetings")
    ann = desk.person(first)
    assert (ann.email, ann.name, ann.is_operator, first.next_path) == (ANN, "Ann", True, "/meetings")
    assert desk.sign_in().user_id == ann.user_id
    with sessions.for_user(ann.user_id) as session:
        assert session.exec(select(Workspace)).one().is_personal is True
    (kept,) = identities_of(sessions, ann.user_id)
    assert (kept.provider, kept.issuer, kept.subject, kept.email) == ("oidc", "https://id.example.org", "sub-ann", ANN)
    # Nobody's account was there before, so there is nobody to warn.
    assert mails() == []


def test_someone_with_an_account_is_linked_by_a_vouched_address_and_told_so(desk, sessions, mails) -> None:
    ann = register(sessions, ANN)
    assert desk.sign_in().user_id == ann.user_id
    ((to, subject, text),) = mails()
    assert (to, subject) == (ANN, "Acme now signs in to your account")
    assert f"Acme ({ANN})" in text
    assert f"{ORIGIN}/settings" in text.splitlines()
    desk.sign_in()
    assert len(mails()) == 1


def test_capitals_of_an_address_do_not_make_another_account(desk, sessions) -> None:
    ann = register(sessions, ANN)
    desk.provider.change("ann", "Ann@Example.org")
    assert desk.sign_in().user_id == ann.user_id


@pytest.mark.parametrize(
    ("email", "is_vouched"), [(ANN, False), ("", True), ("nonsense", True), ("ann@example.org\r\nbcc: x@y", True)]
)
def test_an_address_that_is_not_vouched_for_is_nobodys_way_in(desk, sessions, email: str, is_vouched: bool) -> None:
    ann = register(sessions, ANN)
    desk.provider.add("mallory", email, is_vouched=is_vouched)
    with pytest.raises(AddressNotVouched):
        desk.sign_in("mallory")
    assert identities_of(sessions, ann.user_id) == []


def test_whoever_takes_another_address_at_the_provider_stays_who_they_are(desk, sessions) -> None:
    victim = register(sessions, "victim@example.org")
    desk.provider.add("mallory", "mallory@example.org")
    mallory = desk.sign_in("mallory").user_id
    desk.provider.change("mallory", "victim@example.org")
    assert desk.sign_in("mallory").user_id == mallory
    assert identities_of(sessions, victim.user_id) == []


def test_an_address_that_was_given_to_someone_else_there_does_not_lead_to_its_old_account(desk, sessions) -> None:
    ann = desk.sign_in("ann").user_id
    desk.provider.add("successor", ANN)
    with pytest.raises(OtherIdentity):
        desk.sign_in("successor")
    assert [identity.subject for identity in identities_of(sessions, ann)] == ["sub-ann"]


def test_one_browser_may_begin_in_two_tabs_and_finish_both(desk) -> None:
    state, cookie = desk.begin(next_path="/meetings")
    other_state, same_cookie = desk.begin(cookie=cookie, next_path="/agents")
    assert same_cookie == cookie
    opened = []
    for each in (other_state, state):
        taken = desk.take(each, cookie)
        opened.append(desk.identities.enter(taken, desk.answer(taken, "ann")))
    assert [each.next_path for each in opened] == ["/agents", "/meetings"]
    assert opened[0].cookie != opened[1].cookie


def test_a_start_is_good_for_once_in_its_browser_for_its_provider_and_for_ten_minutes(desk, clock) -> None:
    state, cookie = desk.begin()
    with pytest.raises(StartNotValid):
        desk.take(state, new_secret())
    with pytest.raises(StartNotValid):
        desk.take(state, "")
    with pytest.raises(NoSuchProvider):
        desk.identities.take("google", state, IP, browser_cookie=cookie)
    for nonsense in ("", "x" * 5_000, "not-the-state"):
        with pytest.raises(StartNotValid):
            desk.take(nonsense, cookie)
    desk.take(state, cookie)
    with pytest.raises(StartNotValid):
        desk.take(state, cookie)
    late, cookie = desk.begin()
    clock.pass_time(minutes=10)
    with pytest.raises(StartNotValid):
        desk.take(late, cookie)


def test_eight_answers_at_once_use_one_start_once(desk) -> None:
    state, cookie = desk.begin()
    together = Barrier(8)

    def take(_: int) -> bool:
        together.wait()
        try:
            desk.take(state, cookie)
        except StartNotValid:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_two_first_sign_ins_at_once_make_one_account(desk, sessions) -> None:
    taken = [desk.take(*desk.begin()) for _ in range(2)]
    together = Barrier(2)

    def enter(each: Taken) -> UUID:
        together.wait()
        return desk.identities.enter(each, desk.answer(each, "ann")).user_id

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(enter, taken)
    assert first == second
    assert len(identities_of(sessions, first)) == 1


def test_a_start_is_seen_with_its_state_alone_and_swept_away_when_it_is_over(desk, clock, sessions, database) -> None:
    # The database looks at its own clock for what is over.
    clock.at = datetime.now(UTC)
    ann = register(sessions, ANN)
    state, _ = desk.begin()
    for opened in (sessions.without_tenant(), sessions.for_user(ann.user_id), sessions.for_token("0" * 64)):
        with opened as session:
            assert session.exec(select(SignInStart)).all() == []
    with database.server.superuser("peak") as connection:
        ((kept,),) = connection.execute("select s::text from sign_in_start s").fetchall()
        assert state not in kept
        connection.execute("update sign_in_start set expires_at = now() - interval '1 minute'")
    desk.begin()
    with database.server.superuser("peak") as connection:
        assert connection.execute("select count(*) from sign_in_start").fetchone() == (1,)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        ("access_denied", Denied),
        ("server_error", ProviderAway),
        ("temporarily_unavailable", ProviderAway),
        ("invalid_scope", ProofRefused),
        ("<script>", ProofRefused),
    ],
)
def test_a_refusal_of_the_provider_uses_the_start_up_and_asks_nobody(desk, error: str, raised) -> None:
    state, cookie = desk.begin()
    taken = desk.take(state, cookie)
    with pytest.raises(raised):
        desk.identities.enter(taken, Answer(state, error=error))
    with pytest.raises(StartNotValid):
        desk.take(state, cookie)
    assert desk.provider.proofs == 0


@pytest.mark.parametrize("code", ["", "x" * 4_001])
def test_an_answer_without_a_code_worth_asking_about_is_refused(desk, code: str) -> None:
    state, cookie = desk.begin()
    taken = desk.take(state, cookie)
    with pytest.raises(ProofRefused):
        desk.identities.enter(taken, Answer(state, code))
    assert desk.provider.proofs == 0


def test_a_provider_that_is_away_lets_nobody_begin(desk) -> None:
    desk.provider.is_away = True
    with pytest.raises(ProviderAway):
        desk.begin()
    with pytest.raises(NoSuchProvider):
        desk.identities.begin("github", "", IP, browser_cookie="")


def test_begin_and_answer_are_counted_by_network_address(desk, clock) -> None:
    for _ in range(STARTS_PER_WINDOW_AND_IP):
        desk.begin()
    with pytest.raises(TooManyStarts):
        desk.begin()
    desk.begin(ip="192.0.2.2")
    for _ in range(STARTS_PER_WINDOW_AND_IP):
        with pytest.raises(StartNotValid):
            desk.take("made-up", new_secret())
    with pytest.raises(TooManyStarts):
        desk.take("made-up", new_secret())
    clock.pass_time(minutes=15)
    desk.begin()


def test_who_links_without_end_is_counted_wherever_they_come_from(desk) -> None:
    desk.provider.add("bob", "bob@example.org")
    ann, bob = desk.person(desk.sign_in()), desk.person(desk.sign_in("bob"))
    for number in range(STARTS_PER_WINDOW_AND_IP):
        desk.begin(person=ann, ip=f"198.51.100.{number}")
    with pytest.raises(TooManyStarts):
        desk.begin(person=ann, ip="203.0.113.1")
    desk.begin(person=bob, ip="203.0.113.2")


def test_a_path_that_leads_elsewhere_is_not_followed(desk) -> None:
    assert desk.sign_in(next_path="//evil.example.org").next_path == "/dashboard"


def test_what_was_asked_of_another_machine_is_noted_for_whom_it_was(desk) -> None:
    opened = desk.sign_in()
    assert desk.counted == [(Behalf(opened.user_id, None), Contact("id.example.org", "sign_in"))]


def test_someone_signed_in_links_whoever_they_are_elsewhere_whatever_the_address(desk, sessions, mails) -> None:
    ann = desk.person(desk.sign_in())
    desk.provider.add("ann-at-work", "ann@work.example", is_vouched=False)
    desk.link(ann, "ann-at-work")
    desk.link(ann, "ann-at-work")
    assert [found.email for found in desk.identities.list_linked(ann.user_id)] == [ANN, "ann@work.example"]
    assert [subject for _, subject, _ in mails()] == ["Acme now signs in to your account"]
    assert desk.sign_in("ann-at-work").user_id == ann.user_id


def test_an_identity_of_someone_else_is_not_linked(desk, sessions) -> None:
    desk.provider.add("bob", "bob@example.org")
    ann, bob = desk.person(desk.sign_in()), desk.person(desk.sign_in("bob"))
    with pytest.raises(IdentityTaken):
        desk.link(ann, "bob")
    assert desk.sign_in("bob").user_id == bob.user_id


def test_only_the_session_that_began_linking_finishes_it(desk, sessions) -> None:
    ann, elsewhere = desk.person(desk.sign_in()), desk.person(desk.sign_in())
    desk.provider.add("mallory", "mallory@example.org")
    for other in (elsewhere, None):
        taken = desk.take(*desk.begin(person=ann))
        with pytest.raises(SignedOut):
            desk.identities.link(taken, desk.answer(taken, "mallory"), other)
    assert len(identities_of(sessions, ann.user_id)) == 1


def test_unlinking_takes_that_way_in_away_and_is_only_for_its_owner(desk, sessions) -> None:
    desk.provider.add("bob", "bob@example.org")
    ann, bob = desk.sign_in(), desk.sign_in("bob")
    (way,) = desk.identities.list_linked(ann.user_id)
    with pytest.raises(IdentityNotFound):
        desk.identities.unlink(bob.user_id, way.identity_id)
    desk.identities.unlink(ann.user_id, way.identity_id)
    with pytest.raises(IdentityNotFound):
        desk.identities.unlink(ann.user_id, way.identity_id)
    with pytest.raises(IdentityNotFound):
        desk.identities.unlink(ann.user_id, uuid4())
    desk.provider.change("ann", "ann@work.example")
    # What is left is a stranger with an address of their own.
    assert desk.sign_in("ann").user_id != ann.user_id
    assert desk.accounts.find_session(ann.cookie) is not None


def test_a_deleted_account_takes_its_ways_in_along_and_the_next_sign_in_begins_anew(
    desk, sessions, database, clock
) -> None:
    billing = BillingService(sessions, clock, free_minutes=60)
    ann = desk.sign_in().user_id
    departures = DepartureService(
        sessions,
        clock,
        derive=database.settings.derive,
        get_allowance=billing.get_allowance,
        origin=ORIGIN,
    )
    receipt = departures.delete_account(ann, ANN).receipt
    assert receipt.row_counts["identity"] == 1
    with database.server.superuser("peak") as connection:
        assert connection.execute("select count(*) from identity").fetchone() == (0,)
    again = desk.sign_in().user_id
    assert again != ann
    with sessions.for_user(again) as session:
        assert session.exec(select(Account)).one().email == ANN
