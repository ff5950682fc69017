"""Signing in by a provider through the real web process: cookies, redirects, headers, and sentences for failures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlmodel import select
from starlette.responses import PlainTextResponse

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account, LoginSession
from peak_app.domain.identities.models import Identity
from tests.conftest import ScratchDatabase
from tests.emulators.github_server import GithubDouble, github_server
from tests.emulators.oidc_provider import OidcDouble, oidc_provider
from tests.emulators.sign_in_pages import CLIENT_ID, CLIENT_SECRET
from tests.integration.web_stage import Browser, WebStage, running_web

ANN, BOB = "ann@example.org", "bob@example.org"


@dataclass
class Town:
    """The web process and two providers."""

    web: WebStage
    oidc: OidcDouble
    github: GithubDouble


@pytest.fixture(scope="module")
def standing(scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with oidc_provider() as (oidc, issuer), github_server() as (github, github_url):
        told = {
            "PEAK_BRIDGE_URL": "http://127.0.0.1:9",
            "PEAK_OPS_URL": "http://127.0.0.1:9",
            "PEAK_OIDC_ISSUER": issuer,
            "PEAK_OIDC_CLIENT_ID": CLIENT_ID,
            "PEAK_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "PEAK_OIDC_NAME": "Acme",
            "PEAK_GITHUB_URL": github_url,
            "PEAK_GITHUB_API_URL": f"{github_url}/api/v3",
            "PEAK_GITHUB_CLIENT_ID": CLIENT_ID,
            "PEAK_GITHUB_CLIENT_SECRET": CLIENT_SECRET,
            # Half of what it needs.
            "PEAK_GOOGLE_CLIENT_ID": CLIENT_ID,
        }
        folder = tmp_path_factory.mktemp("web")
        with running_web(scratch_database.settings, scratch_database.web_url, folder, told) as web:
            yield Town(web, oidc, github)


@pytest.fixture
def town(standing: Town, database: ScratchDatabase) -> Iterator[Town]:
    for double, name in ((standing.oidc, "oidc"), (standing.github, "github")):
        double.redirect_uris = {f"{standing.web.origin}/auth/callback/{name}"}
        double.refused.clear()
        double.answer_issuer = ""
    standing.oidc.people = {
        "Ann": {"sub": "ann-1", "email": ANN, "email_verified": True, "name": "Ann"},
        "Bob": {"sub": "bob-1", "email": BOB, "email_verified": False, "name": "Bob"},
    }
    standing.github.people = {
        "Ann": {"user": {"id": 4711, "name": "Ann"}, "emails": [{"email": ANN, "primary": True, "verified": True}]}
    }
    standing.oidc.twist = lambda claims: claims
    standing.oidc.faults.clear()
    yield standing
    standing.web.close_browsers()


@dataclass
class Person:
    """Someone with a browser who presses buttons of both sides."""

    browser: Browser

    def begin(self, name: str = "oidc", **form: str) -> str:
        """Press "Continue with ..."; gives the address of the provider's page."""
        answer = self.browser.http.post(f"/auth/with/{name}", data=form or {"next": ""})
        assert answer.status_code == 200, answer.headers
        url = answer.headers["refresh"].removeprefix("0; url=")
        # For browsers that do not follow it.
        assert f'href="{url}"' in unescape(answer.text)
        return url

    def decide(self, url: str, person: str = "Ann", error: str = "access_denied") -> str:
        """Press a button on the provider's page; gives the address it sends the browser to."""
        answer = httpx.post(url, data={"person": person, "error": error}, trust_env=False)
        assert answer.status_code == 302
        return answer.headers["location"]

    def come_back(self, url: str) -> httpx.Response:
        # A browser that comes from another site's page names no origin.
        return self.browser.http.get(url, headers={"origin": "", "sec-fetch-site": "cross-site"})

    def sign_in(self, name: str = "oidc", person: str = "Ann", **form: str) -> httpx.Response:
        return self.come_back(self.decide(self.begin(name, **form), person))

    def is_in(self) -> bool:
        return bool(self.browser.http.cookies.get("peak_session"))


@pytest.fixture
def ann(town: Town) -> Person:
    return Person(town.web.browser())


def account_id(sessions: TenantSessions, email: str):
    with sessions.for_email(email) as session:
        return session.exec(select(Account.id)).one_or_none()


@pytest.mark.parametrize("name", ["oidc", "github"])
def test_someone_signs_in_and_arrives_where_they_wanted_to_go(town, ann, sessions, name: str) -> None:
    answer = ann.sign_in(name, next="/meetings?show=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/meetings?show=all")
    assert answer.headers["cache-control"] == "no-store"
    assert ann.is_in()
    user_id = account_id(sessions, ANN)
    with sessions.for_user(user_id) as session:
        assert session.exec(select(Identity.provider)).all() == [name]
    assert (town.oidc.refused, town.github.refused) == ([], [])


def test_two_providers_that_vouch_for_one_address_lead_to_one_account(town, ann, sessions) -> None:
    ann.sign_in("oidc")
    first = account_id(sessions, ANN)
    Person(town.web.browser()).sign_in("github")
    with sessions.for_user(first) as session:
        assert sorted(session.exec(select(Identity.provider)).all()) == ["github", "oidc"]


def test_the_cookie_that_binds_is_unreadable_to_scripts_and_holds_nothing_but_a_secret(town, ann) -> None:
    answer = ann.browser.http.post("/auth/with/oidc", data={"next": "/meetings"})
    (cookie,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith("peak_start=")]
    value, *attributes = cookie.split("; ")
    assert re.fullmatch(r"peak_start=[\w-]{43}", value)
    assert {attribute.lower() for attribute in attributes} == {"httponly", "max-age=600", "path=/", "samesite=lax"}
    asked = parse_qs(urlsplit(answer.headers["refresh"].removeprefix("0; url=")).query)
    assert asked["redirect_uri"] == [f"{town.web.origin}/auth/callback/oidc"]
    assert "form-action 'self'" in answer.headers["content-security-policy"]


def test_a_sign_in_that_was_begun_by_someone_else_is_not_finished_in_this_browser(town, ann, sessions) -> None:
    mallory = Person(town.web.browser())
    theirs = mallory.decide(mallory.begin())
    # Also where the victim has begun something themselves.
    ann.begin()
    answer = ann.come_back(theirs)
    assert answer.headers["location"] == "/login?error=provider_state"
    assert not ann.is_in()
    assert account_id(sessions, ANN) is None


def test_an_answer_is_taken_once(town, ann) -> None:
    back = ann.decide(ann.begin())
    assert ann.come_back(back).headers["location"] == "/dashboard"
    assert ann.come_back(back).headers["location"] == "/login?error=provider_state"


def test_two_tabs_of_a_browser_both_finish_and_the_first_session_ends(town, ann, sessions) -> None:
    first, second = ann.begin(next="/agents"), ann.begin(next="/meetings")
    assert ann.come_back(ann.decide(second)).headers["location"] == "/meetings"
    before = ann.browser.http.cookies["peak_session"]
    assert ann.come_back(ann.decide(first)).headers["location"] == "/agents"
    assert ann.browser.http.cookies["peak_session"] != before
    with sessions.for_user(account_id(sessions, ANN)) as session:
        assert len(session.exec(select(LoginSession).where(LoginSession.revoked_at == None)).all()) == 1  # noqa: E711


def test_a_session_that_was_put_into_the_browser_before_is_not_the_one_that_is_signed_in(town, ann, sessions) -> None:
    planted = "x" * 43
    ann.browser.http.cookies.set("peak_session", planted, domain="127.0.0.1", path="/")
    ann.browser.http.cookies.set("peak_start", "y" * 10, domain="127.0.0.1", path="/")
    assert ann.sign_in().headers["location"] == "/dashboard"
    assert ann.browser.http.cookies.get("peak_session", domain="127.0.0.1") != planted


def test_whoever_was_signed_in_before_is_signed_out_by_signing_in_as_someone_else(town, ann, sessions) -> None:
    ann.browser.sign_in(BOB)
    ann.sign_in()
    with sessions.for_user(account_id(sessions, BOB)) as session:
        assert session.exec(select(LoginSession.revoked_at)).one() is not None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("access_denied", "provider_denied"),
        ("temporarily_unavailable", "provider_away"),
        ("interaction_required", "provider_proof"),
    ],
)
def test_a_no_of_the_provider_leads_back_to_the_sign_in_page(town, ann, error: str, code: str) -> None:
    answer = ann.come_back(ann.decide(ann.begin(next="/meetings"), "nobody", error))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?error={code}&next=/meetings")
    assert not ann.is_in()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?state=made-up&code=x",
        "?error=access_denied",
        "?error=access_denied&state=made-up",
        "?state=%00%ff&code=%00",
        "?state[]=x",
        "?state=" + "x" * 4_000,
    ],
)
def test_answers_to_nothing_we_asked_are_refused_plainly(town, ann, query: str) -> None:
    for cookie in (False, True):
        if cookie:
            ann.begin()
        answer = ann.come_back(f"/auth/callback/oidc{query}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?error=provider_state")


def test_a_token_that_does_not_hold_signs_nobody_in(town, ann, sessions) -> None:
    for twist in ({"nonce": "another"}, {"aud": "another"}, {"iss": "https://evil.example.org"}, {"exp": 1}):
        town.oidc.twist = lambda claims, twist=twist: {**claims, **twist}
        answer = ann.sign_in(next="/meetings")
        assert answer.headers["location"] == "/login?error=provider_proof&next=/meetings"
    assert not ann.is_in()
    assert account_id(sessions, ANN) is None


def test_a_provider_that_breaks_down_in_between_is_said_to_be_away(town, ann) -> None:
    back = ann.decide(ann.begin())
    town.oidc.faults["/token"] = PlainTextResponse("down", 503)
    assert ann.come_back(back).headers["location"] == "/login?error=provider_away"


def test_an_address_nobody_vouches_for_does_not_lead_in(town, ann, sessions) -> None:
    Person(town.web.browser()).browser.sign_in(BOB)
    assert ann.sign_in(person="Bob").headers["location"] == "/login?error=provider_address"
    assert not ann.is_in()


def test_a_path_that_leads_elsewhere_is_not_followed(town, ann) -> None:
    for path in ("//evil.example.org", "/\\evil.example.org", "https://evil.example.org"):
        assert ann.sign_in(next=path).headers["location"] == "/dashboard"


@pytest.mark.parametrize("name", ["google", "elsewhere", "%2e%2e"])
def test_a_provider_that_is_not_set_up_is_not_there(town, ann, name: str) -> None:
    answer = ann.browser.http.post(f"/auth/with/{name}", data={"next": ""})
    assert answer.headers["location"] == "/login?error=provider_off"
    assert ann.come_back(f"/auth/callback/{name}?state=x").headers["location"] == "/login?error=provider_off"


def test_no_other_site_begins_a_sign_in(town, ann) -> None:
    for origin in ("https://evil.example.org", "null", ""):
        answer = ann.browser.http.post("/auth/with/oidc", data={"next": ""}, headers={"origin": origin})
        assert answer.status_code == 403
    assert ann.browser.http.get("/auth/with/oidc").status_code == 404


def test_the_other_name_of_this_machine_leads_to_the_one_the_provider_knows(town, ann) -> None:
    other = f"http://localhost:{town.web.port}"
    answer = ann.browser.http.post(f"{other}/auth/with/oidc", data={"next": ""}, headers={"origin": other})
    assert answer.headers["refresh"] == f"0; url={town.web.origin}/login"
    assert "peak_start" not in str(answer.headers.get_list("set-cookie"))


def test_someone_signed_in_links_a_provider_whatever_its_address(town, ann, sessions) -> None:
    ann.browser.sign_in(ANN)
    before = ann.browser.http.cookies["peak_session"]
    answer = ann.sign_in(person="Bob", link="1")
    assert answer.headers["location"] == "/settings?linked=oidc"
    assert ann.browser.http.cookies["peak_session"] == before
    assert "Acme now signs in to your account" in ann.browser.http.get("/dev/inbox").text
    other = Person(town.web.browser())
    assert other.sign_in(person="Bob").headers["location"] == "/dashboard"
    with sessions.for_user(account_id(sessions, ANN)) as session:
        assert len(session.exec(select(LoginSession)).all()) == 2


def test_linking_needs_someone_who_is_signed_in_from_beginning_to_end(town, ann) -> None:
    answer = ann.browser.http.post("/auth/with/oidc", data={"link": "1"})
    assert answer.headers["location"] == "/login?error=signed_out"
    ann.browser.sign_in(ANN)
    back = ann.decide(ann.begin(link="1"))
    ann.browser.http.post("/auth/sign-out")
    assert ann.come_back(back).headers["location"] == "/login?error=signed_out"


def test_what_goes_wrong_while_linking_is_said_in_the_settings(town, ann) -> None:
    Person(town.web.browser()).sign_in()
    ann.browser.sign_in(BOB)
    assert ann.sign_in(link="1").headers["location"] == "/settings?error=provider_taken"
    answer = ann.come_back(ann.decide(ann.begin(link="1"), "nobody"))
    assert answer.headers["location"] == "/settings?error=provider_denied"


def test_tries_are_counted_by_network_address(town, ann) -> None:
    from_outside = {"x-forwarded-for": f"192.0.2.{datetime.now(UTC).microsecond % 250}"}
    answers = [
        ann.browser.http.get("/auth/callback/oidc?state=x", headers=from_outside).headers["location"] for _ in range(31)
    ]
    assert answers[-2:] == ["/login?error=provider_state", "/login?error=many_tries"]


def test_nothing_of_a_sign_in_is_logged(town, ann) -> None:
    url = ann.begin(next="/meetings")
    back = ann.decide(url)
    ann.come_back(back)
    said = town.web.log.read_text()
    secrets = [parse_qs(urlsplit(url).query)[name][0] for name in ("state", "nonce")]
    secrets += [parse_qs(urlsplit(back).query)["code"][0], CLIENT_SECRET, ANN]
    assert "signed in" in said
    assert [secret for secret in secrets if secret in said] == []


def test_a_provider_that_is_half_set_up_is_complained_about_at_the_start(town) -> None:
    assert "PEAK_GOOGLE_CLIENT_SECRET" in town.web.log.read_text()
