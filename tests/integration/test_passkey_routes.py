"""Passkeys through the real web process: cookies, forms, limits, sentences. The device is in memory."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from sqlmodel import select

from peak_app.domain.accounts.models import Account, LoginSession
from peak_app.domain.passkeys.limits import TRIES_PER_WINDOW_AND_IP
from peak_app.domain.passkeys.models import Passkey
from tests.fakes.authenticator import Authenticator, to_text
from tests.integration.web_stage import Browser, WebStage

ANN, BOB = "ann@example.org", "bob@example.org"
QUESTION, ENTER = "/auth/passkey/question", "/auth/passkey"
NEW_QUESTION, ADD = "/api/passkeys/question", "/api/passkeys"


@dataclass
class Person:
    """Someone with a device in front of a browser at the name of this machine, where browsers make passkeys."""

    browser: Browser
    device: Authenticator

    @property
    def http(self) -> httpx.Client:
        return self.browser.http

    def add(self, name: str = "Phone") -> httpx.Response:
        asked = self.http.post(NEW_QUESTION)
        assert asked.status_code == 200, asked.text
        return self.http.post(ADD, json={"answer": self.device.create(asked.text), "name": name})

    def answer(self, **headers: str) -> str:
        asked = self.http.post(QUESTION, headers=headers)
        assert asked.status_code == 200, asked.text
        return self.device.use(asked.text)

    def enter(self, answer: str, next_path: str = "", **headers: str) -> httpx.Response:
        return self.http.post(ENTER, data={"answer": answer, "next": next_path}, headers=headers)

    def is_in(self) -> bool:
        return bool(self.http.cookies.get("peak_session"))


@pytest.fixture
def person(web: WebStage) -> Iterator:
    def meet(device: Authenticator | None = None) -> Person:
        origin = f"http://localhost:{web.port}"
        browser = web.browser()
        browser.http.base_url, browser.http.headers["origin"] = origin, origin
        return Person(browser, device or Authenticator(origin))

    return meet


@pytest.fixture
def ann(person) -> Person:
    """Signed in, with a passkey."""
    ann = person()
    ann.browser.sign_in(ANN)
    assert ann.add().status_code == 201
    return ann


def account_id(sessions, email: str):
    with sessions.for_email(email) as session:
        return session.exec(select(Account.id)).one()


def test_someone_signs_in_by_a_passkey_and_arrives_where_they_wanted_to_go(ann, person, sessions) -> None:
    elsewhere = person(ann.device)
    answer = elsewhere.enter(elsewhere.answer(), "/meetings?show=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/meetings?show=all")
    assert answer.headers["cache-control"] == "no-store"
    assert elsewhere.is_in()
    with sessions.for_user(account_id(sessions, ANN)) as session:
        assert len(session.exec(select(LoginSession)).all()) == 2
        assert session.exec(select(Passkey.name)).all() == ["Phone"]


def test_the_cookie_that_binds_is_unreadable_to_scripts_and_holds_nothing_but_a_secret(person) -> None:
    answer = person().http.post(QUESTION)
    assert answer.headers["cache-control"] == "no-store"
    (cookie,) = answer.headers.get_list("set-cookie")
    value, *attributes = cookie.split("; ")
    assert re.fullmatch(r"peak_start=[\w-]{43}", value)
    assert {attribute.lower() for attribute in attributes} == {"httponly", "max-age=600", "path=/", "samesite=lax"}
    assert value.removeprefix("peak_start=") not in answer.text


def test_an_answer_that_was_asked_for_in_another_browser_lets_nobody_in(ann, person) -> None:
    answer = ann.answer()
    other = person()
    for _ in range(2):
        assert other.enter(answer, "/meetings").headers["location"] == "/login?error=passkey_over&next=/meetings"
        # The second time with a cookie of its own.
        other.http.post(QUESTION)
    assert not other.is_in()


def test_an_answer_is_taken_once(ann) -> None:
    answer = ann.answer()
    assert ann.enter(answer).headers["location"] == "/dashboard"
    assert ann.enter(answer).headers["location"] == "/login?error=passkey_over"


def test_whoever_was_signed_in_before_is_signed_out_by_signing_in_as_someone_else(ann, person, sessions) -> None:
    bob = person(ann.device)
    bob.browser.sign_in(BOB)
    before = bob.http.cookies["peak_session"]
    bob.enter(bob.answer())
    assert bob.http.cookies["peak_session"] != before
    with sessions.for_user(account_id(sessions, BOB)) as session:
        assert session.exec(select(LoginSession.revoked_at)).one() is not None


def test_a_page_at_another_of_our_names_makes_and_uses_none(web, ann, person) -> None:
    at_the_number = Authenticator(web.origin, credentials=ann.device.credentials)
    other = person(at_the_number)
    assert other.enter(other.answer()).headers["location"] == "/login?error=passkey_refused"
    other.browser.sign_in(BOB)
    assert other.add().status_code == 403


@pytest.mark.parametrize("answer", ["", "{}", "\x00", "[" * 2_000, '{"id": "x", "rawId": "x", "response": {}}'])
def test_nonsense_leads_back_to_the_sign_in_page(person, answer: str) -> None:
    refused = person().enter(answer, "/agents")
    assert (refused.status_code, refused.headers["location"]) == (303, "/login?error=passkey_refused&next=/agents")


def test_a_path_that_leads_elsewhere_is_not_followed(ann) -> None:
    for path in ("//evil.example.org", "/\\evil.example.org", "https://evil.example.org"):
        assert ann.enter(ann.answer(), path).headers["location"] == "/dashboard"


def test_no_other_site_asks_or_answers(ann) -> None:
    for origin in ("https://evil.example.org", "null", ""):
        for path in (QUESTION, ENTER, NEW_QUESTION, ADD):
            assert ann.http.post(path, headers={"origin": origin}).status_code == 403, path
    for path in (QUESTION, NEW_QUESTION):
        assert ann.http.get(path).status_code == 404


def test_adding_needs_someone_who_is_signed_in_from_beginning_to_end(ann, person, sessions) -> None:
    stranger = person()
    for path in (NEW_QUESTION, ADD):
        answer = stranger.http.post(path, json={"answer": "{}"})
        assert (answer.status_code, answer.json()["error"]) == (401, "Please sign in first.")
    made = ann.device.create(ann.http.post(NEW_QUESTION).text)
    ann.http.post("/auth/sign-out")
    assert ann.http.post(ADD, json={"answer": made}).status_code == 401
    # Signed in again, it is another session.
    ann.browser.sign_in(ANN)
    assert ann.http.post(ADD, json={"answer": made}).status_code == 422
    with sessions.for_user(account_id(sessions, ANN)) as session:
        assert len(session.exec(select(Passkey)).all()) == 1


@pytest.mark.parametrize(
    ("body", "status_code"),
    [
        ({"content": "{}", "headers": {"content-type": "text/plain"}}, 415),
        ({"content": "no", "headers": {"content-type": "application/json"}}, 422),
        ({"json": {}}, 422),
        ({"json": {"answer": 7}}, 422),
        ({"json": {"answer": "{}", "owner_id": "someone"}}, 422),
        ({"json": {"answer": "{}", "name": "x" * 61}}, 422),
        ({"json": {"answer": "x" * 17_000}}, 413),
    ],
    ids=str,
)
def test_what_is_no_new_passkey_is_refused_with_a_sentence(ann, body, status_code: int) -> None:
    answer = ann.http.post(ADD, **body)
    assert (answer.status_code, set(answer.json())) == (status_code, {"error"})
    assert answer.json()["error"].endswith(".")


def test_tries_are_counted_by_network_address(ann, person) -> None:
    stranger, here = person(), {"x-forwarded-for": "192.0.2.77"}
    asked = [stranger.http.post(QUESTION, headers=here) for _ in range(TRIES_PER_WINDOW_AND_IP + 1)]
    assert [answer.status_code for answer in asked[-2:]] == [200, 429]
    assert "quarter of an hour" in asked[-1].json()["error"]
    assert ann.http.post(NEW_QUESTION, headers=here).status_code == 429
    entered = [stranger.enter("{}", **here).headers["location"] for _ in range(TRIES_PER_WINDOW_AND_IP + 1)]
    assert entered[-2:] == ["/login?error=passkey_refused", "/login?error=passkey_many"]
    assert ann.http.post(ADD, json={"answer": "{}"}, headers=here).status_code == 429


def test_nothing_of_a_passkey_is_logged(web, ann, person) -> None:
    elsewhere = person(ann.device)
    answer = elsewhere.answer()
    elsewhere.enter(answer, "/meetings")
    # A copy is refused, which is logged.
    ann.device.credentials[-1].use_count = 0
    assert elsewhere.enter(elsewhere.answer()).headers["location"] == "/login?error=passkey_copied"
    said = web.log.read_text()
    assert "count of uses did not go on" in said
    response = json.loads(answer)["response"]
    secrets = [ANN, "Phone", to_text(ann.device.credentials[-1].credential_id), *response.values()]
    assert [secret for secret in secrets if secret in said] == []


async def test_the_settings_list_passkeys_and_take_them_away(ann, web, sessions) -> None:
    async with ann.browser.page("/settings") as page:
        await page.until(lambda: page.var("passkeys_state", "rows"))
        assert page.var("passkeys_state", "site") == f"http://localhost:{web.port}"
        (row,) = page.var("passkeys_state", "rows")
        assert (row["name"], row["remove"]) == ("Phone", "Remove Phone")
        ann.add("Key")
        event = "reflex___state____state.peak_app___state___passkeys____passkeys_state"
        await page.send(f"{event}.added")
        await page.until(lambda: len(page.var("passkeys_state", "rows")) == 2)
        await page.send(f"{event}.remove", {"passkey_id": row["passkey_id"]})
        await page.until(lambda: [each["name"] for each in page.var("passkeys_state", "rows")] == ["Key"])
        await page.send(f"{event}.remove", {"passkey_id": row["passkey_id"]})
        await page.until(lambda: "removed already" in str(page.var("session_state", "notice")))
    with sessions.for_user(account_id(sessions, ANN)) as session:
        assert session.exec(select(Passkey.name)).all() == ["Key"]


async def test_nobody_removes_a_passkey_of_someone_else(ann, person, sessions) -> None:
    with sessions.for_user(account_id(sessions, ANN)) as session:
        passkey_id = session.exec(select(Passkey.id)).one()
    bob = person()
    bob.browser.sign_in(BOB)
    async with bob.browser.page("/settings") as page:
        await page.until(lambda: page.var("passkeys_state", "site"))
        event = "reflex___state____state.peak_app___state___passkeys____passkeys_state.remove"
        await page.send(event, {"passkey_id": str(passkey_id)})
        await page.until(lambda: "removed already" in str(page.var("session_state", "notice")))
        assert page.var("passkeys_state", "rows") == []
    with sessions.for_user(account_id(sessions, ANN)) as session:
        assert session.exec(select(Passkey.id)).one() == passkey_id
