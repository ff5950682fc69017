"""Any OpenID Connect provider, Google among them, through Authlib: code flow with PKCE (S256), state and nonce."""

import time
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client import BaseApp
from authlib.integrations.base_client.sync_app import OAuth2Mixin
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.httpx_client import OAuth2Client

from peak_app.adapters.authlib.connection import SUBJECT_LIMIT, AnswerUnusable, client_options, text_of, translated
from peak_app.ports.identities import ProvenIdentity, Question
from peak_app.ports.outflows import Tell, tell_nobody
from peak_app.this_machine import is_loopback

GOOGLE_ISSUER = "https://accounts.google.com"

_SIGNED_BY = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signatures that are taken, of those the provider makes: none that whoever knows the client's secret could make."""
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_KNOWN_FOR_S = 3_600.0
"""How long a provider's description and keys are taken as they were read. A key that is not among them is asked for."""
_GOOGLES_OWN = ("@gmail.com", "@googlemail.com")


class _App(OAuth2Mixin, OpenIDMixin, BaseApp):
    """Authlib's client of one provider, for one call of ours."""

    client_cls = OAuth2Client

    def __init__(self, provider: "OidcProvider", tell: Tell) -> None:
        self._provider = provider
        options = {
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            **client_options(provider.issuer, provider.timeout_s, tell),
        }
        super().__init__(
            None, client_id=provider.client_id, client_secret=provider.client_secret, client_kwargs=options
        )

    def load_server_metadata(self) -> dict[str, Any]:
        """Authlib takes a description as it comes; ours is checked, and kept for more than one call."""
        if not self.server_metadata:
            self.server_metadata = self._provider.known_description() or self._fetch_description()
        return self.server_metadata

    def _fetch_description(self) -> dict[str, Any]:
        url = f"{self._provider.issuer}/.well-known/openid-configuration"
        # It is an httpx2.Client, which type checkers can't see.
        client: Any = self.client_cls(**self.client_kwargs)
        with client:
            answer = client.request("GET", url, withhold_token=True)
        answer.raise_for_status()
        return self._provider.keep_description(checked_description(answer.json(), self._provider.issuer))


class OidcProvider:
    """See `ports.identities.IdentityProvider`.

    Args:
        vouches_for_own_only: it says "verified" of addresses elsewhere, too, that it once sent a mail to; whose they
            are today it knows of its own only. So does Google: its own are Gmail's, and those of organizations whose
            mail it keeps, which `hd` names.
    """

    def __init__(
        self,
        *,
        name: str,
        label: str,
        issuer: str,
        client_id: str,
        client_secret: str,
        timeout_s: float,
        vouches_for_own_only: bool = False,
    ) -> None:
        self.name = name
        self.label = label
        self.issuer = issuer.rstrip("/")
        self.client_id = client_id
        self.client_secret = client_secret
        self.timeout_s = timeout_s
        self._vouches_for_own_only = vouches_for_own_only
        self._known: tuple[float, dict[str, Any]] | None = None

    def ask(self, redirect_uri: str) -> Question:
        with translated():
            made = _App(self, tell_nobody).create_authorization_url(redirect_uri)
            return Question(made["url"], made["state"], made["code_verifier"], made["nonce"])

    def prove(self, code: str, issuer: str, *, asked: Question, redirect_uri: str, tell: Tell) -> ProvenIdentity:
        with translated():
            app = _App(self, tell)
            described = app.load_server_metadata()
            if (issuer or described["must_name_issuer"]) and issuer != described["issuer"]:
                raise AnswerUnusable("the answer is another provider's")
            token = app.fetch_access_token(redirect_uri, code=code, code_verifier=asked.verifier)
            # Authlib by itself checks neither the audience nor that there is an ID token at all.
            claims = app.parse_id_token(
                token,
                asked.nonce,
                claims_options={
                    "iss": {"essential": True, "value": described["issuer"]},
                    "aud": {"essential": True, "value": self.client_id},
                    "sub": {"essential": True},
                },
            )
            if claims is None:
                raise AnswerUnusable("no ID token")
            subject = text_of(claims, "sub", SUBJECT_LIMIT)
            told = dict(claims)
            if "email" not in told and described.get("userinfo_endpoint"):
                # Some providers keep addresses out of the token.
                more = app.userinfo(token=token)
                if more.get("sub") != subject:
                    raise AnswerUnusable("told of someone else")
                # Address and word on it from the same hand.
                told = {**told, **more}
            return self._proven(described["issuer"], subject, told)

    def _proven(self, issuer: str, subject: str, told: dict[str, Any]) -> ProvenIdentity:
        if not subject:
            raise AnswerUnusable("no subject")
        email = text_of(told, "email", SUBJECT_LIMIT)
        return ProvenIdentity(
            issuer=issuer,
            subject=subject,
            email=email,
            is_vouched=bool(email) and told.get("email_verified") is True and self._speaks_for(email, told),
            name=text_of(told, "name", SUBJECT_LIMIT),
        )

    def _speaks_for(self, email: str, told: dict[str, Any]) -> bool:
        if not self._vouches_for_own_only:
            return True
        domain = text_of(told, "hd", SUBJECT_LIMIT).lower()
        return email.lower().endswith(_GOOGLES_OWN) or (bool(domain) and email.lower().endswith(f"@{domain}"))

    def known_description(self) -> dict[str, Any] | None:
        """What the provider said of itself within the last hour, its keys included."""
        known = self._known
        return known[1] if known and time.monotonic() - known[0] < _KNOWN_FOR_S else None

    def keep_description(self, description: dict[str, Any]) -> dict[str, Any]:
        self._known = (time.monotonic(), description)
        return description


def checked_description(document: object, issuer: str) -> dict[str, Any]:
    """What we use of a discovery document. The rest would become options of Authlib's client.

    Args:
        issuer: whose it must be (OpenID Connect Discovery, 4.3), without a slash at its end.
    Raises:
        AnswerUnusable: it is another's, lacks something, or would send codes over an open line.
    """
    named = text_of(document, "issuer", 500)
    if not isinstance(document, dict) or named.rstrip("/") != issuer:
        raise AnswerUnusable("another issuer")
    description: dict[str, Any] = {"issuer": named}
    for name in (*_ENDPOINTS, "userinfo_endpoint"):
        if url := text_of(document, name, 500):
            parts = urlsplit(url)
            if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
                raise AnswerUnusable("an open line")
            description[name] = url
    if any(name not in description for name in _ENDPOINTS):
        raise AnswerUnusable("endpoints are missing")
    made = document.get("id_token_signing_alg_values_supported")
    taken = [name for name in made if name in _SIGNED_BY] if isinstance(made, list) else ["RS256"]
    if not taken:
        raise AnswerUnusable("no signature we take")
    description["id_token_signing_alg_values_supported"] = taken
    methods = document.get("token_endpoint_auth_methods_supported")
    if isinstance(methods, list) and "client_secret_basic" not in methods and "client_secret_post" in methods:
        description["token_endpoint_auth_method"] = "client_secret_post"  # noqa: S105  a method, no secret
    description["must_name_issuer"] = document.get("authorization_response_iss_parameter_supported") is True
    return description
