"""What every sign-in provider must do: the fake, and Authlib against small servers that take nothing lightly."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import httpx2
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse

from peak_app.adapters.authlib.connection import client_options
from peak_app.adapters.authlib.github import GithubProvider
from peak_app.adapters.authlib.oidc import OidcProvider
from peak_app.ports.identities import IdentityProvider, ProofRefused, ProvenIdentity, ProviderAway, Question
from peak_app.ports.outflows import Contact
from tests.emulators.github_server import GithubDouble, github_server
from tests.emulators.oidc_provider import OidcDouble, oidc_provider
from tests.emulators.sign_in_pages import CLIENT_ID, CLIENT_SECRET
from tests.fakes.identities import FakeProvider

REDIRECT_URI = "http://127.0.0.1:3000/auth/callback/any"
ANN = {"sub": "ann-1", "email": "ann@example.org", "email_verified": True, "name": "Ann"}
ANN_AT_GITHUB = {
    "user": {"id": 4711, "login": "ann", "name": "Ann", "email": None},
    "emails": [
        {"email": "old@example.org", "primary": False, "verified": True},
        {"email": "ann@example.org", "primary": True, "verified": True},
    ],
}


@dataclass
class Stage:
    """`approve` gives the code of someone who said yes on the provider's page."""

    provider: IdentityProvider
    approve: Callable[[Question], str]

    def prove(self, code: str, asked: Question, issuer: str = "", redirect_uri: str = REDIRECT_URI) -> ProvenIdentity:
        return self.provider.prove(code, issuer, asked=asked, redirect_uri=redirect_uri, tell=lambda _contact: None)

    def sign_in(self) -> ProvenIdentity:
        asked = self.provider.ask(REDIRECT_URI)
        return self.prove(self.approve(asked), asked)


def click(question: Question, person: str = "Ann") -> str:
    """Press the person's button on the provider's page; gives the code it sends back."""
    answer = httpx.post(question.url, data={"person": person}, trust_env=False)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == [question.state]
    return query["code"][0]


def oidc(issuer: str, **more: Any) -> OidcProvider:
    options = {"name": "oidc", "label": "Acme", "client_secret": CLIENT_SECRET, "timeout_s": 10.0, **more}
    return OidcProvider(issuer=issuer, client_id=CLIENT_ID, **options)


def github(url: str, client_secret: str = CLIENT_SECRET) -> GithubProvider:
    return GithubProvider(
        url=url, api_url=f"{url}/api/v3", client_id=CLIENT_ID, client_secret=client_secret, timeout_s=10.0
    )


@contextmanager
def fake_stage() -> Iterator[Stage]:
    fake = FakeProvider()
    fake.add("ann", "ann@example.org")
    yield Stage(fake, lambda question: fake.approve(question, "ann", REDIRECT_URI))


@contextmanager
def oidc_stage() -> Iterator[Stage]:
    with oidc_provider() as (double, issuer):
        double.redirect_uris, double.people = {REDIRECT_URI}, {"Ann": dict(ANN)}
        yield Stage(oidc(issuer), click)


@contextmanager
def github_stage() -> Iterator[Stage]:
    with github_server() as (double, url):
        double.redirect_uris, double.people = {REDIRECT_URI}, {"Ann": dict(ANN_AT_GITHUB)}
        yield Stage(github(url), click)


@pytest.fixture(params=[fake_stage, oidc_stage, github_stage], ids=["fake", "oidc", "github"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with request.param() as made:
        yield made


def test_who_came_back_is_known_with_an_address_that_is_vouched_for(stage: Stage) -> None:
    person = stage.sign_in()
    assert (person.email, person.is_vouched, person.name) == ("ann@example.org", True, "Ann")
    assert person == stage.sign_in()
    assert person.issuer.startswith("http")
    assert person.subject


def test_each_question_has_secrets_of_its_own(stage: Stage) -> None:
    first, second = stage.provider.ask(REDIRECT_URI), stage.provider.ask(REDIRECT_URI)
    assert first.state != second.state
    assert first.verifier != second.verifier
    assert min(len(first.state), len(first.verifier)) >= 30
    assert first.verifier not in first.url


def test_a_code_is_good_for_once(stage: Stage) -> None:
    asked = stage.provider.ask(REDIRECT_URI)
    code = stage.approve(asked)
    stage.prove(code, asked)
    with pytest.raises(ProofRefused):
        stage.prove(code, asked)


def test_a_code_is_worth_nothing_with_the_verifier_of_another_question(stage: Stage) -> None:
    asked, other = stage.provider.ask(REDIRECT_URI), stage.provider.ask(REDIRECT_URI)
    with pytest.raises(ProofRefused):
        stage.prove(stage.approve(asked), replace(asked, verifier=other.verifier))


def test_a_code_that_was_made_up_is_refused(stage: Stage) -> None:
    with pytest.raises(ProofRefused):
        stage.prove("made-up", stage.provider.ask(REDIRECT_URI))


def test_a_code_is_refused_for_another_redirect_uri(stage: Stage) -> None:
    asked = stage.provider.ask(REDIRECT_URI)
    with pytest.raises(ProofRefused):
        stage.prove(stage.approve(asked), asked, redirect_uri="http://127.0.0.1:3000/elsewhere")


def test_an_answer_that_names_another_issuer_is_refused(stage: Stage) -> None:
    asked = stage.provider.ask(REDIRECT_URI)
    with pytest.raises(ProofRefused):
        stage.prove(stage.approve(asked), asked, issuer="https://evil.example.org")


# What only OpenID Connect has


@pytest.fixture
def provider() -> Iterator[tuple[OidcDouble, str]]:
    with oidc_provider() as (double, issuer):
        double.redirect_uris, double.people = {REDIRECT_URI}, {"Ann": dict(ANN)}
        yield double, issuer


def test_the_question_asks_for_pkce_by_s256_with_state_and_nonce(provider: tuple[OidcDouble, str]) -> None:
    question = oidc(provider[1]).ask(REDIRECT_URI)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(question.url).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert (asked["state"], asked["nonce"]) == (question.state, question.nonce)
    assert (asked["redirect_uri"], asked["client_id"]) == (REDIRECT_URI, CLIENT_ID)
    assert asked["scope"].split() == ["openid", "email", "profile"]


def shifted(**changes: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {name: value for name, value in {**claims, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "twist",
    [
        pytest.param(shifted(iss="https://evil.example.org"), id="another issuer"),
        pytest.param(shifted(iss=None), id="no issuer"),
        pytest.param(shifted(aud="someone-else"), id="another audience"),
        pytest.param(shifted(aud="someone-else", azp=CLIENT_ID), id="another audience by our leave"),
        pytest.param(shifted(aud=None), id="no audience"),
        pytest.param(shifted(azp="someone-else", aud=[CLIENT_ID, "someone-else"]), id="made for another"),
        pytest.param(shifted(nonce="another"), id="another nonce"),
        pytest.param(shifted(nonce=None), id="no nonce"),
        pytest.param(shifted(exp=int(time.time()) - 3_600), id="expired"),
        pytest.param(shifted(exp=None), id="no end"),
        pytest.param(shifted(iat=int(time.time()) + 3_600), id="made in the future"),
        pytest.param(shifted(sub=None), id="nobody"),
        pytest.param(shifted(sub=""), id="an empty name"),
        pytest.param(shifted(sub=4711), id="a number"),
        pytest.param(shifted(sub="x" * 256), id="too long a name"),
        pytest.param(shifted(email="x" * 5_000), id="too long an address"),
    ],
)
def test_a_token_that_does_not_hold_signs_nobody_in(provider: tuple[OidcDouble, str], twist) -> None:
    double, issuer = provider
    double.twist = twist
    with pytest.raises(ProofRefused):
        Stage(oidc(issuer), click).sign_in()


def test_a_token_signed_by_a_key_that_is_not_the_providers_is_refused(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    double.published = [double.key]
    double.turn_key()
    with pytest.raises(ProofRefused):
        Stage(oidc(issuer), click).sign_in()


def test_a_provider_may_turn_its_keys_while_we_run(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    stage = Stage(oidc(issuer), click)
    stage.sign_in()
    double.turn_key()
    assert stage.sign_in().subject == "ann-1"


def test_unsigned_tokens_and_those_signed_with_the_shared_secret_are_never_taken(
    provider: tuple[OidcDouble, str],
) -> None:
    double, issuer = provider
    double.described = {"id_token_signing_alg_values_supported": ["none", "HS256"]}
    with pytest.raises(ProofRefused):
        oidc(issuer).ask(REDIRECT_URI)


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://evil.example.org"},
        {"issuer": None},
        {"authorization_endpoint": "http://evil.example.org/authorize"},
        {"token_endpoint": "http://evil.example.org/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": 7},
        {"token_endpoint": "x" * 501},
    ],
)
def test_a_description_that_does_not_hold_is_refused(provider: tuple[OidcDouble, str], described) -> None:
    double, issuer = provider
    double.described = described
    with pytest.raises(ProofRefused):
        oidc(issuer).ask(REDIRECT_URI)


def test_nothing_of_a_description_becomes_an_option_of_our_client(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    double.described = {"verify": False, "client_id": "another", "scope": "everything", "headers": {"x": "y"}}
    question = oidc(issuer).ask(REDIRECT_URI)
    assert f"client_id={CLIENT_ID}" in question.url
    assert "everything" not in question.url


@pytest.mark.parametrize(
    ("path", "answer", "error"),
    [
        ("/.well-known/openid-configuration", PlainTextResponse("busy", 503), ProviderAway),
        ("/.well-known/openid-configuration", PlainTextResponse("gone", 404), ProofRefused),
        ("/.well-known/openid-configuration", PlainTextResponse("<h1>"), ProofRefused),
        ("/.well-known/openid-configuration", JSONResponse([]), ProofRefused),
        ("/.well-known/openid-configuration", RedirectResponse("http://127.0.0.1:9/"), ProofRefused),
        ("/token", PlainTextResponse("busy", 503), ProviderAway),
        ("/token", PlainTextResponse("<h1>"), ProofRefused),
        ("/token", JSONResponse([]), ProofRefused),
        ("/token", JSONResponse({"error": {"deep": "nonsense"}}, 400), ProofRefused),
        ("/token", JSONResponse({"access_token": "x", "token_type": "Bearer"}), ProofRefused),
        ("/token", JSONResponse({"id_token": "not.a.token"}), ProofRefused),
        ("/token", JSONResponse({"id_token": 7}), ProofRefused),
        ("/jwks", PlainTextResponse("busy", 500), ProviderAway),
        ("/jwks", JSONResponse({"keys": "none"}), ProofRefused),
        ("/jwks", JSONResponse({"keys": []}), ProofRefused),
    ],
)
def test_faults_and_nonsense_of_a_provider_are_told_apart(
    provider: tuple[OidcDouble, str], path: str, answer, error: type[Exception]
) -> None:
    double, issuer = provider
    stage = Stage(oidc(issuer), click)
    if path != "/.well-known/openid-configuration":
        asked = stage.provider.ask(REDIRECT_URI)
        code = click(asked)
        double.faults[path] = answer
        with pytest.raises(error):
            stage.prove(code, asked)
        return
    double.faults[path] = answer
    with pytest.raises(error):
        stage.sign_in()


def test_a_provider_nobody_answers_for_is_away_and_is_asked_again_later(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    stage = Stage(oidc(issuer), click)
    double.faults["/.well-known/openid-configuration"] = PlainTextResponse("busy", 503)
    with pytest.raises(ProviderAway):
        stage.sign_in()
    del double.faults["/.well-known/openid-configuration"]
    assert stage.sign_in().subject == "ann-1"
    with pytest.raises(ProviderAway):
        oidc("http://127.0.0.1:9").ask(REDIRECT_URI)


def test_a_wrong_client_secret_is_refused(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    with pytest.raises(ProofRefused):
        Stage(oidc(issuer, client_secret="wrong"), click).sign_in()
    assert double.refused == ["wrong client secret"]


def test_a_provider_that_takes_the_secret_in_the_form_only_gets_it_there(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    double.described = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert Stage(oidc(issuer), click).sign_in().subject == "ann-1"
    assert double.refused == []


def test_where_the_token_tells_no_address_userinfo_is_asked(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    double.tells_in_token = False
    person = Stage(oidc(issuer), click).sign_in()
    assert (person.email, person.is_vouched) == ("ann@example.org", True)
    assert "/userinfo" in double.asked


def test_userinfo_of_someone_else_is_refused(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    double.tells_in_token, double.userinfo_subject = False, "bob-1"
    with pytest.raises(ProofRefused):
        Stage(oidc(issuer), click).sign_in()


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1])
def test_an_address_counts_only_where_it_is_said_to_be_verified(provider: tuple[OidcDouble, str], verified) -> None:
    double, issuer = provider
    double.people["Ann"]["email_verified"] = verified
    person = Stage(oidc(issuer), click).sign_in()
    assert (person.email, person.is_vouched) == ("ann@example.org", False)


def test_a_provider_that_promises_to_name_itself_must(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    double.described = {"authorization_response_iss_parameter_supported": True}
    stage = Stage(oidc(issuer), click)
    asked = stage.provider.ask(REDIRECT_URI)
    with pytest.raises(ProofRefused):
        stage.prove(click(asked), asked)
    asked = stage.provider.ask(REDIRECT_URI)
    assert stage.prove(click(asked), asked, issuer=issuer).subject == "ann-1"


@pytest.mark.parametrize(
    ("claims", "is_vouched"),
    [
        ({"email": "ann@gmail.com"}, True),
        ({"email": "ann@acme.example", "hd": "acme.example"}, True),
        ({"email": "ann@acme.example"}, False),
        ({"email": "ann@acme.example", "hd": "other.example"}, False),
        ({"email": "ann@gmail.com.evil.example"}, False),
    ],
)
def test_google_vouches_for_addresses_it_keeps_the_mail_of(
    provider: tuple[OidcDouble, str], claims: dict[str, str], is_vouched: bool
) -> None:
    double, issuer = provider
    double.people["Ann"] = {"sub": "ann-1", "email_verified": True, **claims}
    google = oidc(issuer, name="google", vouches_for_own_only=True)
    assert Stage(google, click).sign_in().is_vouched is is_vouched


def test_each_request_to_another_machine_is_told_of_by_its_host_alone(provider: tuple[OidcDouble, str]) -> None:
    told: list[Contact] = []
    stage = oidc(provider[1])
    asked = stage.ask(REDIRECT_URI)
    stage.prove(click(asked), "", asked=asked, redirect_uri=REDIRECT_URI, tell=told.append)
    assert told == []

    (note,) = client_options("https://id.example.org", 1.0, told.append)["event_hooks"]["request"]
    note(httpx2.Request("POST", "https://id.example.org/token?x=secret", data={"code": "secret"}))
    assert told == [Contact("id.example.org", "sign_in", sent_bytes=len("code=secret"))]


# What only GitHub has


@pytest.fixture
def hub() -> Iterator[tuple[GithubDouble, str]]:
    with github_server() as (double, url):
        double.redirect_uris, double.people = {REDIRECT_URI}, {"Ann": dict(ANN_AT_GITHUB)}
        yield double, url


def test_someone_at_github_is_their_number_not_their_login(hub: tuple[GithubDouble, str]) -> None:
    double, url = hub
    stage = Stage(github(url), click)
    first = stage.sign_in()
    double.people["Ann"]["user"] = {**ANN_AT_GITHUB["user"], "login": "renamed"}
    assert (first.issuer, first.subject) == (url, "4711")
    assert stage.sign_in() == first


@pytest.mark.parametrize(
    ("emails", "email"),
    [
        ([], ""),
        ([{"email": "ann@example.org", "primary": True, "verified": False}], "ann@example.org"),
        ([{"email": "ann@example.org", "primary": True}], "ann@example.org"),
        ([{"email": "ann@example.org", "primary": False, "verified": True}], ""),
    ],
)
def test_an_address_at_github_counts_only_when_it_is_primary_and_verified(
    hub: tuple[GithubDouble, str], emails: list[dict[str, object]], email: str
) -> None:
    double, url = hub
    double.people["Ann"]["emails"] = emails
    person = Stage(github(url), click).sign_in()
    assert (person.email, person.is_vouched) == (email, False)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("user", []),
        ("user", {"login": "ann"}),
        ("user", {"id": "4711"}),
        ("user", {"id": True}),
        ("emails", {"message": "nonsense"}),
        ("emails", [{"email": "x" * 300, "primary": True, "verified": True}]),
    ],
)
def test_nonsense_of_github_signs_nobody_in(hub: tuple[GithubDouble, str], what: str, told: object) -> None:
    double, url = hub
    double.people["Ann"][what] = told
    with pytest.raises(ProofRefused):
        Stage(github(url), click).sign_in()


def test_a_wrong_secret_at_github_is_refused_although_it_answers_200(hub: tuple[GithubDouble, str]) -> None:
    double, url = hub
    with pytest.raises(ProofRefused):
        Stage(github(url, client_secret="wrong"), click).sign_in()
    assert double.refused == ["wrong client secret"]


# That the doubles are strict


def test_the_double_sends_nobody_to_an_address_that_is_not_registered(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    answer = httpx.get(oidc(issuer).ask("https://evil.example.org/callback").url, trust_env=False)
    assert (answer.status_code, answer.headers.get("location")) == (400, None)
    assert double.refused == ["unknown client or redirect_uri"]


def test_the_double_takes_no_question_without_pkce(provider: tuple[OidcDouble, str]) -> None:
    double, issuer = provider
    url = oidc(issuer).ask(REDIRECT_URI).url
    for bad in (url.replace("code_challenge=", "x="), url.replace("S256", "plain")):
        assert "error=invalid_request" in httpx.get(bad, trust_env=False).headers["location"]
    assert double.refused == ["no PKCE by S256"] * 2
