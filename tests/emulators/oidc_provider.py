"""A small OpenID Connect provider that takes nothing lightly: exact redirect URIs, PKCE, each code good for once."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulators.loopback_services import serving
from tests.emulators.sign_in_pages import CLIENT_ID, SignInPages, is_client

Claims = dict[str, Any]


def _new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


@dataclass
class OidcDouble(SignInPages):
    """Change its fields to have it lie, fail or turn its keys."""

    key: RSAKey = field(default_factory=lambda: _new_key("first"))
    published: list[RSAKey] = field(default_factory=list)
    """Keys whose public halves are shown; empty: that of `key`."""
    twist: Callable[[Claims], Claims] = lambda claims: claims
    """What becomes of the claims before they are signed."""
    described: dict[str, Any] = field(default_factory=dict)
    """Overrides of the discovery document."""
    tells_in_token: bool = True
    """Whether address and name stand in the ID token; else only userinfo tells them."""
    userinfo_subject: str = ""
    """Whom userinfo tells of; empty: the person."""
    faults: dict[str, Response] = field(default_factory=dict)
    """Answers in place of those of a path."""
    asked: list[str] = field(default_factory=list)
    """Paths, in the order they were asked for."""
    tokens: dict[str, str] = field(default_factory=dict)

    def turn_key(self) -> None:
        """Sign with a new key from now on, and show that one alone."""
        self.key = _new_key(secrets.token_hex(4))

    async def describe(self, request: Request) -> Response:
        issuer = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "jwks_uri": f"{issuer}/jwks",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                **self.described,
            }
        )

    async def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.published or [self.key]]})

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if not is_client(request, form):
            return self.refuse("wrong client secret", JSONResponse({"error": "invalid_client"}, 401))
        grant = self.redeem(form)
        if isinstance(grant, str):
            return self.refuse(grant)
        person = self.people[grant.person]
        now = int(time.time())
        claims = {
            "iss": str(request.base_url).rstrip("/"),
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": grant.nonce,
            **(person if self.tells_in_token else {"sub": person["sub"]}),
        }
        access_token = secrets.token_urlsafe(24)
        self.tokens[access_token] = grant.person
        id_token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, self.twist(claims), self.key)
        return JSONResponse(
            {"access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}
        )

    async def userinfo(self, request: Request) -> Response:
        name = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if name is None:
            return self.refuse("wrong access token", JSONResponse({"error": "invalid_token"}, 401))
        person = self.people[name]
        return JSONResponse({**person, "sub": self.userinfo_subject or person["sub"]})

    def app(self) -> Starlette:
        def route(path: str, answer: Callable[..., Any], *methods: str) -> Route:
            async def noted(request: Request) -> Response:
                self.asked.append(path)
                return self.faults[path] if path in self.faults else await answer(request)

            return Route(path, noted, methods=list(methods))

        return Starlette(
            routes=[
                route("/.well-known/openid-configuration", self.describe, "GET"),
                route("/authorize", self.authorize, "GET", "POST"),
                route("/token", self.token, "POST"),
                route("/jwks", self.keys, "GET"),
                route("/userinfo", self.userinfo, "GET"),
            ]
        )


@contextmanager
def oidc_provider() -> Iterator[tuple[OidcDouble, str]]:
    """The provider on a free port, and its issuer."""
    double = OidcDouble()
    with serving(double.app()) as url:
        yield double, url
