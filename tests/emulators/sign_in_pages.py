"""What the sign-in doubles share: a page where a person says yes or no, and codes that are good for once."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

CLIENT_ID, CLIENT_SECRET = "peak-client", "peak-secret"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    person: str
    redirect_uri: str
    challenge: str
    nonce: str


@dataclass
class SignInPages:
    """`redirect_uris` are those of the client; people are known by the name on their button."""

    redirect_uris: set[str] = field(default_factory=set)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    answer_issuer: str = ""
    """Value of `iss` in answers; empty: none is sent."""
    refused: list[str] = field(default_factory=list)
    """Why requests were turned down, for tests to look at."""
    grants: dict[str, Grant] = field(default_factory=dict)

    async def authorize(self, request: Request) -> Response:
        asked = request.query_params
        # Never redirected to: an address nobody registered may be anyone's.
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") not in self.redirect_uris:
            return self.refuse("unknown client or redirect_uri", HTMLResponse("<h1>Unknown client</h1>", 400))
        if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
            return self._back(asked, {"error": "invalid_request"}, "no PKCE by S256")
        if asked.get("response_type") != "code" or not asked.get("state"):
            return self._back(asked, {"error": "invalid_request"}, "no code flow with state")
        if request.method == "GET":
            return self._page(request)
        decided = await request.form()
        person = str(decided.get("person", ""))
        if person not in self.people:
            return self._back(asked, {"error": str(decided.get("error", "access_denied"))}, "")
        code = secrets.token_urlsafe(24)
        self.grants[code] = Grant(person, asked["redirect_uri"], asked["code_challenge"], asked.get("nonce", ""))
        return self._back(asked, {"code": code}, "")

    def _page(self, request: Request) -> Response:
        buttons = "".join(
            f'<button name="person" value="{escape(name)}">Sign in as {escape(name)}</button>' for name in self.people
        )
        return HTMLResponse(
            f"<!doctype html><title>Provider</title><h1>Sign in to go on</h1>"
            f'<form method="post" action="{escape(str(request.url))}">{buttons}'
            f'<button name="error" value="access_denied">Cancel</button></form>'
        )

    def _back(self, asked: Mapping[str, str], answer: dict[str, str], reason: str) -> Response:
        if reason:
            self.refused.append(reason)
        more = {"iss": self.answer_issuer} if self.answer_issuer else {}
        query = urlencode({**answer, "state": asked.get("state", ""), **more})
        return RedirectResponse(f"{asked['redirect_uri']}?{query}", 302)

    def redeem(self, form: Mapping[str, str]) -> Grant | str:
        """What the code stands for, once; or why it is refused."""
        grant = self.grants.pop(form.get("code", ""), None)
        if grant is None:
            return "unknown code"
        if form.get("redirect_uri") != grant.redirect_uri:
            return "another redirect_uri"
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != grant.challenge:
            return "wrong verifier"
        return grant

    def refuse(self, reason: str, answer: Response | None = None) -> Response:
        self.refused.append(reason)
        return answer or JSONResponse({"error": "invalid_grant"}, 400)


def is_client(request: Request, form: Mapping[str, str]) -> bool:
    """Whether the client has shown its secret, in the header or in the form."""
    shown = f"{form.get('client_id', '')}:{form.get('client_secret', '')}"
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        shown = base64.b64decode(value).decode()
    return shown == f"{CLIENT_ID}:{CLIENT_SECRET}"
