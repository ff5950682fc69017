"""To a sign-in provider and back: signing in by it, or adding it to the ways into one's account."""

import asyncio
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from peak_app.api.addresses import client_ip, request_origin
from peak_app.api.bodies import read_form
from peak_app.api.cookies import cookie_of, set_start_cookie, start_cookie_name
from peak_app.api.documents import onward_document
from peak_app.api.identity import find_person
from peak_app.api.sign_in import let_in, refusal_code, to_login, to_path, with_sentences
from peak_app.config import settings
from peak_app.domain.accounts.errors import SignedOut
from peak_app.domain.identities.offers import callback_path
from peak_app.domain.identities.service import Answer, Taken
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t
from peak_app.wiring import services

LINKED_PATH = "/settings"


async def begin(request: Request) -> Response:
    """The form of a button "Continue with ...", or "Link ..." where `link` is set."""
    form = await read_form(request)
    next_path, is_linking = form.get("next", ""), bool(form.get("link"))
    origin = settings().origin
    if request_origin(settings(), request) != origin:
        # The provider sends everyone back to the one address it knows, and the cookie of this one would not be there.
        return _onward(f"{origin}{LINKED_PATH if is_linking else '/login'}")
    person = await find_person(request) if is_linking else None
    if is_linking and person is None:
        raise SignedOut(LINKED_PATH)
    try:
        begun = await asyncio.to_thread(
            services().identities.begin,
            request.path_params["provider"],
            next_path,
            client_ip(request),
            browser_cookie=_start_cookie(request),
            person=person,
        )
    except PeakError as error:
        return _refused(error, next_path, is_linking=is_linking)
    answer = _onward(begun.url)
    set_start_cookie(answer, origin, begun.browser_secret)
    return answer


async def come_back(request: Request) -> Response:
    """Where providers send browsers. Everything in the address was written by others."""
    name, query = request.path_params["provider"], request.query_params
    answer = Answer(query.get("state", ""), query.get("code", ""), query.get("error", ""), query.get("iss", ""))
    taken = await asyncio.to_thread(
        services().identities.take, name, answer.state, client_ip(request), browser_cookie=_start_cookie(request)
    )
    try:
        return await _conclude(request, taken, answer)
    except PeakError as error:
        return _refused(error, taken.next_path, is_linking=taken.session_id is not None)


async def _conclude(request: Request, taken: Taken, answer: Answer) -> Response:
    identities = services().identities
    if taken.session_id is not None:
        await asyncio.to_thread(identities.link, taken, answer, await find_person(request))
        return to_path(f"{LINKED_PATH}?linked={quote(taken.provider.name, safe='')}")
    user_agent = request.headers.get("user-agent", "")
    return await let_in(request, await asyncio.to_thread(identities.enter, taken, answer, user_agent=user_agent))


def _refused(error: PeakError, next_path: str, *, is_linking: bool) -> Response:
    if is_linking and not isinstance(error, SignedOut):
        return to_path(f"{LINKED_PATH}?error={refusal_code(error)}")
    return to_login(refusal_code(error), next_path)


def _onward(url: str) -> Response:
    return onward_document(url, t("login.onward"), t("login.onward_do"))


def _start_cookie(request: Request) -> str:
    return cookie_of(request.headers.get("cookie", ""), start_cookie_name(settings().origin))


ROUTES = [
    Route("/auth/with/{provider}", with_sentences(begin), methods=["POST"]),
    Route(callback_path("{provider}"), with_sentences(come_back), methods=["GET"]),
]
