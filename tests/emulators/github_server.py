"""What of GitHub signing in needs: its page, its tokens, `/user` and `/user/emails`. Refusals come with status 200."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.emulators.loopback_services import serving
from tests.emulators.sign_in_pages import SignInPages, is_client


@dataclass
class GithubDouble(SignInPages):
    """A person is `{"user": what /user tells, "emails": what /user/emails lists}`."""

    tokens: dict[str, str] = field(default_factory=dict)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        grant = self.redeem(form) if is_client(request, form) else "wrong client secret"
        if isinstance(grant, str):
            return self.refuse(grant, JSONResponse({"error": "bad_verification_code"}))
        if request.headers.get("accept") != "application/json":
            return PlainTextResponse("access_token=x&scope=user&token_type=bearer")
        token = f"gho_{secrets.token_hex(18)}"
        self.tokens[token] = grant.person
        return JSONResponse({"access_token": token, "token_type": "bearer", "scope": "read:user,user:email"})

    async def user(self, request: Request) -> Response:
        return self._tell(request, "user")

    async def emails(self, request: Request) -> Response:
        return self._tell(request, "emails")

    def _tell(self, request: Request, what: str) -> Response:
        name = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        told: Any = self.people[name][what] if name else {"message": "Bad credentials"}
        return JSONResponse(told, 200 if name else 401)

    async def root(self, _request: Request) -> Response:
        return JSONResponse({})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/login/oauth/authorize", self.authorize, methods=["GET", "POST"]),
                Route("/login/oauth/access_token", self.token, methods=["POST"]),
                Route("/api/v3/user", self.user),
                Route("/api/v3/user/emails", self.emails),
                Route("/api/v3", self.root),
            ]
        )


@contextmanager
def github_server() -> Iterator[tuple[GithubDouble, str]]:
    """The server on a free port, and its address; the API is below `/api/v3`."""
    double = GithubDouble()
    with serving(double.app()) as url:
        yield double, url
