"""GitHub, or GitHub Enterprise, through Authlib. It is no OpenID Connect: who someone is, its API says."""

from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client

from peak_app.adapters.authlib.connection import SUBJECT_LIMIT, AnswerUnusable, client_options, text_of, translated
from peak_app.ports.identities import ProvenIdentity, Question
from peak_app.ports.outflows import Tell, tell_nobody

GITHUB_URL, GITHUB_API_URL = "https://github.com", "https://api.github.com"

_HEADERS = {"accept": "application/vnd.github+json", "user-agent": "PeakInterviewsAI"}
_MOST_ADDRESSES = 100
_VERIFIER_LENGTH = 48


class GithubProvider:
    """See `ports.identities.IdentityProvider`. It knows no nonce; PKCE binds the code to the browser that asked."""

    name = "github"
    label = "GitHub"

    def __init__(self, *, url: str, api_url: str, client_id: str, client_secret: str, timeout_s: float) -> None:
        self._url = url.rstrip("/")
        self._api_url = api_url.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._timeout_s = timeout_s

    def ask(self, redirect_uri: str) -> Question:
        verifier = generate_token(_VERIFIER_LENGTH)
        with translated(), self._client(redirect_uri, tell_nobody) as client:
            url, state = client.create_authorization_url(f"{self._url}/login/oauth/authorize", code_verifier=verifier)
        return Question(url, state, verifier, nonce="")

    def prove(self, code: str, issuer: str, *, asked: Question, redirect_uri: str, tell: Tell) -> ProvenIdentity:
        with translated(), self._client(redirect_uri, tell) as client:
            if issuer and issuer.rstrip("/") not in (self._url, f"{self._url}/login/oauth"):
                raise AnswerUnusable("the answer is another provider's")
            client.fetch_token(
                f"{self._url}/login/oauth/access_token",
                code=code,
                code_verifier=asked.verifier,
                headers={"accept": "application/json"},
            )
            person = self._read(client, "/user")
            email, is_vouched = _address(self._read(client, "/user/emails", per_page=_MOST_ADDRESSES))
            number = person.get("id") if isinstance(person, dict) else None
            # The number stays a person's for ever; their login can be given up, and taken by another.
            if not isinstance(number, int) or isinstance(number, bool):
                raise AnswerUnusable("no id")
            return ProvenIdentity(
                issuer=self._url,
                subject=str(number),
                email=email,
                is_vouched=is_vouched,
                name=text_of(person, "name", SUBJECT_LIMIT),
            )

    def _client(self, redirect_uri: str, tell: Tell) -> Any:
        # Authlib's client is an httpx2.Client, which type checkers can't see.
        return OAuth2Client(
            self._client_id,
            self._client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106  a method, no secret
            scope="read:user user:email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            **client_options(self._url, self._timeout_s, tell),
        )

    def _read(self, client: Any, path: str, **query: int) -> Any:
        answer = client.get(f"{self._api_url}{path}", params=query, headers=_HEADERS)
        answer.raise_for_status()
        return answer.json()


def _address(listed: object) -> tuple[str, bool]:
    """The primary address, and whether GitHub has verified it."""
    if not isinstance(listed, list):
        raise AnswerUnusable("no list of addresses")
    primary = next((each for each in listed if isinstance(each, dict) and each.get("primary") is True), {})
    email = text_of(primary, "email", SUBJECT_LIMIT)
    return email, bool(email) and primary.get("verified") is True
