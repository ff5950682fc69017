"""Passkeys: questions for the browser and its answers, to sign in by one and to add one to one's account."""

import asyncio

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from peak_app.api.addresses import client_ip
from peak_app.api.bodies import read_form, read_json
from peak_app.api.cookies import cookie_of, set_start_cookie, start_cookie_name
from peak_app.api.identity import get_person
from peak_app.api.sign_in import let_in, refusal_code, to_login, with_sentences
from peak_app.config import settings
from peak_app.domain.passkeys.service import Asked
from peak_app.errors import PeakError
from peak_app.wiring import services

ANSWER_LIMIT = 16 * 1024
"""Bytes of an answer with a new passkey: its key, twice, and a name."""


class NewPasskeyForm(BaseModel):
    """`answer` is what the browser made of our question, as JSON in a text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    answer: str
    name: str = ""


async def ask(request: Request) -> Response:
    """The question of the button "Sign in with a passkey"."""
    asked = await asyncio.to_thread(services().passkeys.ask, client_ip(request), browser_cookie=_start_cookie(request))
    return _question(asked)


async def enter(request: Request) -> Response:
    """A plain form, as with every way in, so that the next page opens with the new cookie."""
    form = await read_form(request)
    next_path = form.get("next", "")
    try:
        opened = await asyncio.to_thread(
            services().passkeys.enter,
            form.get("answer", ""),
            next_path,
            client_ip(request),
            browser_cookie=_start_cookie(request),
            user_agent=request.headers.get("user-agent", ""),
        )
    except PeakError as error:
        return to_login(refusal_code(error), next_path)
    return await let_in(request, opened)


async def ask_for_new(request: Request) -> Response:
    person = await get_person(request)
    asked = await asyncio.to_thread(
        services().passkeys.ask_for_new, person, client_ip(request), browser_cookie=_start_cookie(request)
    )
    return _question(asked)


async def add(request: Request) -> Response:
    person = await get_person(request)
    form = await read_json(request, NewPasskeyForm, ANSWER_LIMIT)
    await asyncio.to_thread(
        services().passkeys.add,
        person,
        form.answer,
        form.name,
        client_ip(request),
        browser_cookie=_start_cookie(request),
    )
    return JSONResponse({}, 201, headers={"cache-control": "no-store"})


def _question(asked: Asked) -> Response:
    answer = Response(asked.question, media_type="application/json", headers={"cache-control": "no-store"})
    set_start_cookie(answer, settings().origin, asked.browser_secret)
    return answer


def _start_cookie(request: Request) -> str:
    return cookie_of(request.headers.get("cookie", ""), start_cookie_name(settings().origin))


ROUTES = [
    Route("/auth/passkey/question", ask, methods=["POST"]),
    Route("/auth/passkey", with_sentences(enter), methods=["POST"]),
    Route("/api/passkeys/question", ask_for_new, methods=["POST"]),
    Route("/api/passkeys", add, methods=["POST"]),
]
