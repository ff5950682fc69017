"""Passkeys through the real library, with a device in memory, against the real database and its row-level security."""

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from peak_app.adapters.webauthn.passkeys import WebauthnPasskeys
from peak_app.db.models import AuditEntry
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.identity import OpenedSession, SignedIn
from peak_app.domain.accounts.mailroom import Mailroom
from peak_app.domain.accounts.service import AccountService
from peak_app.domain.accounts.tokens import new_secret
from peak_app.domain.billing.service import BillingService
from peak_app.domain.departures.service import DepartureService
from peak_app.domain.identities.models import SignInStart
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
    TRIES_PER_WINDOW_AND_ACCOUNT,
    TRIES_PER_WINDOW_AND_IP,
)
from peak_app.domain.passkeys.models import Passkey
from peak_app.domain.passkeys.service import PasskeyService
from peak_app.errors import InvalidInput
from peak_app.ports.passkeys import PasskeyRefused, Passkeys, Site
from tests.fakes.authenticator import Authenticator, Credential, to_bytes, to_text
from tests.fakes.clock import FakeClock

ORIGIN = "https://peak.example.org"
SITE = Site(ORIGIN, "peak.example.org")
ANN, BOB = "ann@example.org", "bob@example.org"


@dataclass
class Desk:
    """The service, and a browser with a device in front of it."""

    passkeys: PasskeyService
    accounts: AccountService
    mailroom: Mailroom
    device: Authenticator
    clock: FakeClock
    cookie: str

    def person(self, email: str) -> SignedIn:
        """Someone who has just signed in by mail."""
        ticket = self.accounts.request_link(email, "", None, origin=ORIGIN)
        mail = next(each for each in self.mailroom.list_newest() if each.to_email == email and "token=" in each.link)
        opened = self.accounts.redeem_link(mail.link, ticket.browser_secret)
        found = self.accounts.find_session(opened.cookie)
        assert found is not None
        # So that the next link of the same address is not one too many.
        self.clock.pass_time(minutes=15)
        return found

    def ask_for_new(self, person: SignedIn, ip: str | None = None) -> str:
        return self.passkeys.ask_for_new(person, ip, browser_cookie=self.cookie).question

    def add(self, person: SignedIn, name: object = "My phone") -> Credential:
        self.keep(person, self.device.create(self.ask_for_new(person)), name)
        return self.device.credentials[-1]

    def keep(self, person: SignedIn, answer: str, name: object = "", ip: str | None = None, cookie: str = "") -> None:
        self.passkeys.add(person, answer, name, ip, browser_cookie=cookie or self.cookie)

    def ask(self, ip: str | None = None) -> str:
        return self.passkeys.ask(ip, browser_cookie=self.cookie).question

    def enter(self, answer: str, next_path: str = "", ip: str | None = None, cookie: str | None = None):
        return self.passkeys.enter(
            answer, next_path, ip, browser_cookie=self.cookie if cookie is None else cookie, user_agent="Firefox\n"
        )

    def sign_in(self, credential: Credential | None = None, next_path: str = "") -> OpenedSession:
        return self.enter(self.device.use(self.ask(), credential), next_path)

    def mails(self, subject: str) -> list[tuple[str, str]]:
        """Address and text of every mail with this subject."""
        return [(mail.to_email, mail.text) for mail in self.mailroom.list_newest() if mail.subject == subject]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make_service(sessions: TenantSessions, database, clock: FakeClock) -> Callable[..., PasskeyService]:
    def make(passkeys: Passkeys | None) -> PasskeyService:
        return PasskeyService(
            sessions, clock, derive=database.settings.derive, passkeys=lambda: passkeys, origin=ORIGIN
        )

    return make


@pytest.fixture
def desk(make_service, sessions: TenantSessions, database, clock: FakeClock) -> Desk:
    return Desk(
        passkeys=make_service(WebauthnPasskeys(SITE, name="Peak", within_ms=300_000)),
        accounts=AccountService(sessions, database.settings.derive, clock),
        mailroom=Mailroom(sessions, clock),
        device=Authenticator(ORIGIN),
        clock=clock,
        cookie=new_secret(),
    )


@pytest.fixture
def ann(desk: Desk) -> SignedIn:
    return desk.person(ANN)


def passkeys_of(sessions: TenantSessions, user_id: UUID) -> list[Passkey]:
    with sessions.for_user(user_id) as session:
        return list(session.exec(select(Passkey)).all())


def actions_of(sessions: TenantSessions, user_id: UUID) -> list[str]:
    with sessions.for_user(user_id) as session:
        return [entry.action for entry in session.exec(select(AuditEntry)).all() if "passkey" in entry.action]


def test_someone_adds_a_passkey_and_signs_in_with_nothing_else(desk, ann, sessions) -> None:
    desk.add(ann, " My \n phone ")
    opened = desk.sign_in(next_path="/meetings")
    assert (opened.user_id, opened.next_path) == (ann.user_id, "/meetings")
    found = desk.accounts.find_session(opened.cookie)
    assert found is not None
    assert found.session_id != ann.session_id
    (kept,) = desk.passkeys.list_own(ann.user_id)
    assert (kept.name, kept.last_used_at) == ("My phone", desk.clock())
    assert [row.use_count for row in passkeys_of(sessions, ann.user_id)] == [1]


def test_a_question_says_what_a_browser_must_hold_to_and_names_nobody(desk, ann) -> None:
    asked = json.loads(desk.ask_for_new(ann))
    assert asked["rp"] == {"name": "Peak", "id": "peak.example.org"}
    assert asked["user"]["name"] == ANN
    assert str(ann.user_id) not in str(asked)
    assert ann.user_id.bytes not in to_bytes(asked["user"]["id"])
    chosen = asked["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert asked["attestation"] == "none"
    to_enter = json.loads(desk.ask())
    assert (to_enter["userVerification"], to_enter["rpId"]) == ("required", "peak.example.org")
    assert to_enter.get("allowCredentials", []) == []


def test_a_device_is_told_which_passkeys_the_account_has(desk, ann) -> None:
    made = desk.add(ann)
    asked = json.loads(desk.ask_for_new(ann))
    assert [to_bytes(each["id"]) for each in asked["excludeCredentials"]] == [made.credential_id]


def test_only_public_keys_are_kept_and_nobody_else_sees_them(desk, ann, sessions, database) -> None:
    bob = desk.person(BOB)
    made = desk.add(ann)
    assert passkeys_of(sessions, bob.user_id) == []
    for opened in (sessions.without_tenant(), sessions.for_email(ANN), sessions.for_token("0" * 64)):
        with opened as session:
            assert session.exec(select(Passkey)).all() == []
    private = made.key.private_numbers().private_value.to_bytes(32, "big")
    with database.server.superuser("peak") as connection:
        ((row,),) = connection.execute("select p::text from passkey p").fetchall()
    assert to_text(made.credential_id) in row
    assert to_text(private) not in row
    assert private.hex() not in row


@pytest.mark.parametrize(
    "forged",
    [
        {"origin": "https://evil.example.org"},
        {"origin": "http://peak.example.org"},
        {"site": "evil.example.org"},
        {"is_verified": False},
        {"is_present": False},
        {"claims": {"type": "webauthn.create"}},
        {"claims": {"type": "payment.get"}},
        {"claims": {"origin": None}},
    ],
    ids=str,
)
def test_an_answer_for_another_page_or_without_the_person_lets_nobody_in(desk, ann, forged) -> None:
    made = desk.add(ann)
    answers = Authenticator(**{"origin": ORIGIN, "credentials": [made], **forged})
    with pytest.raises(PasskeyRefused):
        desk.enter(answers.use(desk.ask()))
    assert desk.sign_in().user_id == ann.user_id


@pytest.mark.parametrize(
    "forged",
    [
        {"origin": "https://evil.example.org"},
        {"site": "evil.example.org"},
        {"is_verified": False},
        {"is_present": False},
        {"claims": {"type": "webauthn.get"}},
    ],
    ids=str,
)
def test_no_passkey_is_kept_that_was_made_for_another_page_or_without_the_person(desk, ann, sessions, forged) -> None:
    answers = Authenticator(**{"origin": ORIGIN, **forged})
    with pytest.raises(PasskeyRefused):
        desk.keep(ann, answers.create(desk.ask_for_new(ann)))
    assert passkeys_of(sessions, ann.user_id) == []
    assert desk.mails("A passkey now signs in to your account") == []


def test_a_challenge_of_ones_own_is_no_question_of_ours(desk, ann) -> None:
    desk.add(ann)
    for challenge in (new_secret(), to_text(b"short"), ""):
        desk.device.claims = {"challenge": challenge}
        with pytest.raises(QuestionOver):
            desk.sign_in()
        with pytest.raises(QuestionOver):
            desk.add(ann)


def test_an_answer_is_taken_once(desk, ann) -> None:
    desk.add(ann)
    answer = desk.device.use(desk.ask())
    desk.enter(answer)
    with pytest.raises(QuestionOver):
        desk.enter(answer)
    made = desk.device.create(desk.ask_for_new(ann))
    desk.keep(ann, made)
    with pytest.raises(QuestionOver):
        desk.keep(ann, made)


def test_a_refused_answer_has_used_its_question_up(desk, ann) -> None:
    made = desk.add(ann)
    question = desk.ask()
    with pytest.raises(PasskeyRefused):
        desk.enter(Authenticator(ORIGIN, is_verified=False, credentials=[made]).use(question))
    with pytest.raises(QuestionOver):
        desk.enter(desk.device.use(question))


def test_eight_answers_at_once_use_a_question_once(desk, ann) -> None:
    desk.add(ann)
    answer, together = desk.device.use(desk.ask()), Barrier(8)

    def enter(_: int) -> bool:
        together.wait()
        try:
            desk.enter(answer)
        except QuestionOver:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(enter, range(8))) == 1


def test_a_question_is_over_after_five_minutes(desk, ann, clock) -> None:
    desk.add(ann)
    question, new = desk.ask(), desk.ask_for_new(ann)
    clock.pass_time(minutes=5)
    with pytest.raises(QuestionOver):
        desk.enter(desk.device.use(question))
    with pytest.raises(QuestionOver):
        desk.keep(ann, desk.device.create(new))


def test_a_question_is_answered_in_its_browser_only(desk, ann) -> None:
    desk.add(ann)
    answer = desk.device.use(desk.ask())
    for cookie in (new_secret(), "", "x"):
        with pytest.raises(QuestionOver):
            desk.enter(answer, cookie=cookie)
    # Trying elsewhere has used nothing up.
    assert desk.enter(answer).user_id == ann.user_id
    made = desk.device.create(desk.ask_for_new(ann))
    with pytest.raises(QuestionOver):
        desk.keep(ann, made, cookie=new_secret())


def test_a_question_of_one_session_adds_nothing_in_another(desk, ann, sessions) -> None:
    again, bob = desk.person(ANN), desk.person(BOB)
    for other in (again, bob):
        made = desk.device.create(desk.ask_for_new(ann))
        with pytest.raises(QuestionOver):
            desk.keep(other, made)
        assert passkeys_of(sessions, other.user_id) == []


def test_a_question_for_one_purpose_is_not_answered_for_the_other(desk, ann) -> None:
    made = desk.add(ann)
    with pytest.raises(QuestionOver):
        desk.enter(desk.device.use(desk.ask_for_new(ann), made))
    asked = json.loads(desk.ask_for_new(ann))
    asked["challenge"] = json.loads(desk.ask())["challenge"]
    with pytest.raises(QuestionOver):
        desk.keep(ann, desk.device.create(json.dumps(asked)))


def test_a_question_is_seen_with_its_challenge_alone_and_swept_away_when_it_is_over(
    desk, ann, clock, sessions, database
) -> None:
    # The database looks at its own clock for what is over.
    clock.at = datetime.now(UTC)
    challenge = json.loads(desk.ask())["challenge"]
    for opened in (sessions.without_tenant(), sessions.for_user(ann.user_id), sessions.for_token("0" * 64)):
        with opened as session:
            assert session.exec(select(SignInStart)).all() == []
    with database.server.superuser("peak") as connection:
        ((kept,),) = connection.execute("select s::text from sign_in_start s").fetchall()
        assert challenge not in kept
        connection.execute("update sign_in_start set expires_at = now() - interval '1 minute'")
    desk.ask()
    with database.server.superuser("peak") as connection:
        assert connection.execute("select count(*) from sign_in_start").fetchone() == (1,)


def test_a_passkey_that_nobody_has_here_is_told_apart(desk, ann) -> None:
    stranger = Authenticator(ORIGIN)
    stranger.create(desk.ask_for_new(ann))
    with pytest.raises(PasskeyUnknown):
        desk.enter(stranger.use(desk.ask()))


def test_another_key_behind_the_same_name_lets_nobody_in(desk, ann) -> None:
    made = desk.add(ann)
    forger = Authenticator(ORIGIN)
    forger.create(desk.ask_for_new(ann))
    forger.credentials[-1].credential_id = made.credential_id
    with pytest.raises(PasskeyRefused):
        desk.enter(forger.use(desk.ask()))


def test_a_passkey_does_not_open_an_account_it_was_not_made_for(desk, ann) -> None:
    bob = desk.person(BOB)
    made = desk.add(bob)
    for handle in (json.loads(desk.ask_for_new(ann))["user"]["id"], to_text(b"nobody"), ""):
        forged = Credential(made.credential_id, made.site, handle, made.key, made.use_count)
        with pytest.raises(PasskeyRefused):
            desk.sign_in(forged)
    assert desk.sign_in(made).user_id == bob.user_id


def test_a_copy_whose_count_does_not_go_on_is_refused_and_noted_without_names(desk, ann, sessions, caplog) -> None:
    made = desk.add(ann)
    copy = made.copied()
    desk.sign_in(made)
    with caplog.at_level(logging.WARNING), pytest.raises(PasskeyCopied):
        desk.sign_in(copy)
    (said,) = [line.getMessage() for line in caplog.records]
    (kept,) = passkeys_of(sessions, ann.user_id)
    assert str(kept.id) in said
    assert [word for word in (ANN, "Ann", "My phone", str(ann.user_id)) if word in said] == []
    assert actions_of(sessions, ann.user_id) == ["passkey_added", "passkey_refused"]
    # The one that counts on stays good.
    assert desk.sign_in(made).user_id == ann.user_id


def test_a_device_that_stops_counting_is_refused_and_one_that_never_did_is_not(desk, ann) -> None:
    counting = desk.add(ann)
    desk.sign_in(counting)
    counting.use_count, desk.device.counts = 0, False
    with pytest.raises(PasskeyCopied):
        desk.sign_in(counting)
    never = desk.add(ann)
    for _ in range(2):
        assert desk.sign_in(never).user_id == ann.user_id


def test_two_uses_with_one_count_at_once_let_one_in(desk, ann) -> None:
    made = desk.add(ann)
    answers, together = [desk.device.use(desk.ask(), made.copied()) for _ in range(2)], Barrier(2)

    def enter(answer: str) -> bool:
        together.wait()
        try:
            desk.enter(answer)
        except PasskeyCopied:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(enter, answers)) == 1


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "nonsense", '{"id": 1}', "\x00", "[" * 5_000, "{" + "9" * 5_000]
)
def test_nonsense_is_refused_and_uses_nothing_up(desk, ann, answer: str) -> None:
    desk.add(ann)
    question = desk.ask()
    with pytest.raises(PasskeyRefused):
        desk.enter(answer)
    with pytest.raises(PasskeyRefused):
        desk.keep(ann, answer)
    assert desk.enter(desk.device.use(question)).user_id == ann.user_id


def test_adding_and_removing_are_told_by_mail_and_kept_in_the_log(desk, ann, sessions) -> None:
    desk.add(ann, "Red key")
    ((to, text),) = desk.mails("A passkey now signs in to your account")
    assert to == ANN
    assert "(Red key)" in text
    assert f"{ORIGIN}/settings" in text.splitlines()
    (kept,) = desk.passkeys.list_own(ann.user_id)
    desk.passkeys.remove(ann.user_id, kept.passkey_id)
    ((to, text),) = desk.mails("A passkey no longer signs in to your account")
    assert (to, "(Red key)" in text) == (ANN, True)
    assert actions_of(sessions, ann.user_id) == ["passkey_added", "passkey_removed"]


def test_a_passkey_without_a_name_gets_one_and_one_too_long_is_refused(desk, ann) -> None:
    desk.add(ann, "")
    assert [each.name for each in desk.passkeys.list_own(ann.user_id)] == ["Passkey"]
    for name in ("x" * 61, 7):
        with pytest.raises(InvalidInput):
            desk.add(ann, name)


def test_a_removed_passkey_lets_nobody_in_and_only_its_owner_removes_it(desk, ann) -> None:
    bob = desk.person(BOB)
    desk.add(ann)
    (kept,) = desk.passkeys.list_own(ann.user_id)
    for user_id, passkey_id in ((bob.user_id, kept.passkey_id), (ann.user_id, uuid4())):
        with pytest.raises(PasskeyNotFound):
            desk.passkeys.remove(user_id, passkey_id)
    opened = desk.sign_in()
    # The only one goes as well: the mail stays.
    desk.passkeys.remove(ann.user_id, kept.passkey_id)
    with pytest.raises(PasskeyNotFound):
        desk.passkeys.remove(ann.user_id, kept.passkey_id)
    with pytest.raises(PasskeyUnknown):
        desk.sign_in()
    assert desk.accounts.find_session(opened.cookie) is not None
    assert desk.person(ANN).user_id == ann.user_id


def test_a_passkey_belongs_to_one_account_and_is_kept_once(desk, ann, sessions) -> None:
    bob = desk.person(BOB)
    made = desk.add(ann)
    for person in (ann, bob):
        device = Authenticator(ORIGIN)
        answer = json.loads(device.create(desk.ask_for_new(person)))
        # The same name in what the browser says and in what the device has put into its data.
        old, new = to_text(device.credentials[-1].credential_id), to_text(made.credential_id)
        data = to_bytes(answer["response"]["attestationObject"])
        data = data.replace(to_bytes(old), made.credential_id)
        answer["response"]["attestationObject"] = to_text(data)
        with pytest.raises(PasskeyTaken):
            desk.keep(person, json.dumps(answer | {"id": new, "rawId": new}))
    assert len(passkeys_of(sessions, ann.user_id)) == 1
    assert passkeys_of(sessions, bob.user_id) == []


def test_what_the_browser_calls_a_new_passkey_must_be_what_the_device_calls_it(desk, ann, sessions) -> None:
    answer = json.loads(desk.device.create(desk.ask_for_new(ann)))
    other = to_text(b"another credential of someone...")
    with pytest.raises(PasskeyRefused):
        desk.keep(ann, json.dumps(answer | {"id": other, "rawId": other}))
    assert passkeys_of(sessions, ann.user_id) == []


def test_an_account_holds_ten_also_when_two_are_added_at_once(desk, ann, sessions, clock) -> None:
    for _ in range(MOST_PASSKEYS - 1):
        desk.add(ann)
    answers, together = [desk.device.create(desk.ask_for_new(ann)) for _ in range(2)], Barrier(2)

    def keep(answer: str) -> bool:
        together.wait()
        try:
            desk.keep(ann, answer)
        except TooManyPasskeys:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(keep, answers)) == 1
    with pytest.raises(TooManyPasskeys):
        desk.ask_for_new(ann)
    assert len(passkeys_of(sessions, ann.user_id)) == MOST_PASSKEYS


def test_every_step_is_counted_by_network_address(desk, ann, clock) -> None:
    here, elsewhere = "192.0.2.1", "192.0.2.2"
    for _ in range(TRIES_PER_WINDOW_AND_IP):
        desk.ask(here)
    for step in (lambda: desk.ask(here), lambda: desk.ask_for_new(ann, here)):
        with pytest.raises(TooManyTries):
            step()
    desk.ask(elsewhere)
    for _ in range(TRIES_PER_WINDOW_AND_IP):
        with pytest.raises(PasskeyRefused):
            desk.enter("{}", ip=here)
    for step in (lambda: desk.enter("{}", ip=here), lambda: desk.keep(ann, "{}", ip=here)):
        with pytest.raises(TooManyTries):
            step()
    clock.pass_time(minutes=15)
    desk.ask(here)


def test_every_step_is_counted_by_account(desk, ann, clock) -> None:
    bob = desk.person(BOB)
    made = desk.add(ann)
    clock.pass_time(minutes=15)
    for _ in range(TRIES_PER_WINDOW_AND_ACCOUNT):
        desk.ask_for_new(ann)
        desk.sign_in(made)
        with pytest.raises(PasskeyRefused):
            desk.keep(ann, "{}")
        with pytest.raises(PasskeyNotFound):
            desk.passkeys.remove(ann.user_id, uuid4())
    for step in (
        lambda: desk.ask_for_new(ann),
        lambda: desk.sign_in(made),
        lambda: desk.keep(ann, "{}"),
        lambda: desk.passkeys.remove(ann.user_id, uuid4()),
    ):
        with pytest.raises(TooManyTries):
            step()
    desk.add(bob)
    assert desk.sign_in().user_id == bob.user_id
    clock.pass_time(minutes=15)
    assert desk.sign_in(made).user_id == ann.user_id


def test_a_path_that_leads_elsewhere_is_not_followed(desk, ann) -> None:
    desk.add(ann)
    assert desk.sign_in(next_path="//evil.example.org").next_path == "/dashboard"


def test_where_browsers_make_no_passkeys_nothing_is_asked_or_taken(desk, ann, make_service) -> None:
    passkeys = make_service(None)
    for step in (
        lambda: passkeys.ask(None, browser_cookie=""),
        lambda: passkeys.ask_for_new(ann, None, browser_cookie=""),
        lambda: passkeys.enter("{}", "", None, browser_cookie=""),
        lambda: passkeys.add(ann, "{}", "", None, browser_cookie=""),
    ):
        with pytest.raises(NoPasskeysHere):
            step()
    assert passkeys.list_own(ann.user_id) == []


def test_a_deleted_account_takes_its_passkeys_along(desk, ann, sessions, database, clock) -> None:
    billing = BillingService(sessions, clock, free_minutes=60)
    departures = DepartureService(
        sessions, clock, derive=database.settings.derive, get_allowance=billing.get_allowance, origin=ORIGIN
    )
    desk.add(ann)
    assert departures.delete_account(ann.user_id, ANN).receipt.row_counts["passkey"] == 1
    with database.server.superuser("peak") as connection:
        assert connection.execute("select count(*) from passkey").fetchone() == (0,)
    with pytest.raises(PasskeyUnknown):
        desk.sign_in()
