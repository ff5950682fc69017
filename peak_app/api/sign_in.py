"""Signing in and out: plain forms, so that they work without scripts and the next page opens with the new cookie."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from peak_app.api.addresses import client_ip, request_origin
from peak_app.api.bodies import read_form
from peak_app.api.cookies import (
    LOGIN_COOKIE,
    clear_login_cookie,
    clear_session_cookie,
    cookie_of,
    set_login_cookie,
    set_session_cookie,
)
from peak_app.api.documents import document
from peak_app.api.identity import session_secret
from peak_app.config import settings
from peak_app.domain.accounts.identity import OpenedSession
from peak_app.domain.accounts.paths import DEFAULT_PATH, local_path
from peak_app.domain.accounts.tokens import code_of
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import section, t
from peak_app.wiring import services

log = logging.getLogger(__name__)


def _confirm_html() -> str:
    words = {name: escape(text) for name, text in section("confirm").items()}
    return f"""
<section class="card">
  <form method="post" action="/auth/confirm">
    <div id="ready" hidden>
      <h1>{words["ready"]}</h1>
      <p>{words["ready_text"]}</p>
    </div>
    <div id="paste">
      <h1>{words["paste"]}</h1>
      <p>{words["paste_text"]}</p>
      <label for="token">{words["field"]}</label>
      <input id="token" name="token" required maxlength="500" autocomplete="one-time-code" spellcheck="false">
    </div>
    <button id="continue" type="submit">{words["go_on"]}</button>
  </form>
</section>
"""


def to_path(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, headers={"cache-control": "no-store"})


def to_login(code: str, next_path: str = "", *, is_sent: bool = False) -> RedirectResponse:
    marks = ["sent=1"] if is_sent else []
    marks += [f"error={code}"] if code else []
    wanted = local_path(next_path)
    marks += [f"next={quote(wanted, safe='/')}"] if wanted != DEFAULT_PATH else []
    return to_path(f"/login?{'&'.join(marks)}" if marks else "/login")


def refusal_code(error: PeakError) -> str:
    return getattr(error, "code", "unavailable")


def with_sentences(route: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Refusals lead back to the sign-in page, which knows a sentence for each code."""

    async def answer(request: Request) -> Response:
        try:
            return await route(request)
        except PeakError as error:
            return to_login(refusal_code(error))

    return answer


async def request_link(request: Request) -> Response:
    form = await read_form(request)
    origin = request_origin(settings(), request)
    next_path = form.get("next", "")
    try:
        ticket = await asyncio.to_thread(
            services().accounts.request_link,
            form.get("email", ""),
            next_path,
            client_ip(request),
            origin=origin,
            browser_cookie=_login_cookie(request),
        )
    except PeakError as error:
        return to_login(refusal_code(error), next_path)
    answer = to_login("", next_path, is_sent=True)
    set_login_cookie(answer, origin, ticket.browser_secret)
    return answer


async def show_confirm(_request: Request) -> Response:
    """Only a button: programs that open every link of a mail use nothing up."""
    return document(t("login.title"), _confirm_html(), script="/confirm.js")


async def confirm(request: Request) -> Response:
    typed = (await read_form(request)).get("token", "")
    accounts = services().accounts
    redeem = accounts.redeem_code if code_of(typed) else accounts.redeem_link
    return await _finish(request, redeem, typed)


async def confirm_code(request: Request) -> Response:
    typed = (await read_form(request)).get("code", "")
    try:
        return await _finish(request, services().accounts.redeem_code, typed)
    except PeakError as error:
        # The page stays where the digits can be typed again.
        return to_login(refusal_code(error), is_sent=True)


async def _finish(request: Request, redeem: Callable[..., OpenedSession], typed: str) -> Response:
    user_agent = request.headers.get("user-agent", "")
    return await let_in(request, await asyncio.to_thread(redeem, typed, _login_cookie(request), user_agent=user_agent))


async def let_in(request: Request, opened: OpenedSession) -> Response:
    """On to where the person wanted to go, with the cookie of their new session."""
    # The browser's former session ends: nobody else's page may stay open behind the new one.
    await asyncio.to_thread(services().accounts.sign_out, session_secret(request))
    origin = request_origin(settings(), request)
    answer = to_path(opened.next_path)
    set_session_cookie(answer, origin, opened.cookie)
    clear_login_cookie(answer, origin)
    log.info("signed in")
    return answer


async def sign_out(request: Request) -> Response:
    await asyncio.to_thread(services().accounts.sign_out, session_secret(request))
    answer = to_login("signed_out_now")
    clear_session_cookie(answer, request_origin(settings(), request))
    return answer


def _login_cookie(request: Request) -> str:
    return cookie_of(request.headers.get("cookie", ""), LOGIN_COOKIE)


ROUTES = [
    Route("/auth/link", with_sentences(request_link), methods=["POST"]),
    Route("/auth/confirm", show_confirm, methods=["GET"]),
    Route("/auth/confirm", with_sentences(confirm), methods=["POST"]),
    Route("/auth/code", with_sentences(confirm_code), methods=["POST"]),
    Route("/auth/sign-out", with_sentences(sign_out), methods=["POST"]),
]
