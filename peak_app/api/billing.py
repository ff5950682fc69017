"""To the payment provider's pages and back, and its webhooks."""

import asyncio

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from peak_app.api.addresses import request_origin
from peak_app.api.answers import error_answer
from peak_app.api.bodies import read_body
from peak_app.api.documents import message_document, onward_document
from peak_app.api.gate import WEBHOOK_PATH
from peak_app.api.identity import get_person
from peak_app.api.payments import till
from peak_app.config import settings
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t
from peak_app.ports.payments import WebhookRefused
from peak_app.wiring import services

_WEBHOOK_BYTES = 256 * 1024
_FORM_BYTES = 1024


async def checkout(request: Request) -> Response:
    """The form of the button "Upgrade": on to the provider's checkout."""
    person = await get_person(request)
    await read_body(request, _FORM_BYTES)
    origin = request_origin(settings(), request)
    # Polar fills its own placeholder in. Coming back proves nothing: the page only has the state read anew.
    success_url, return_url = f"{origin}/billing?checkout={{CHECKOUT_ID}}", f"{origin}/billing"
    try:
        url = await asyncio.to_thread(
            services().subscriptions.open_checkout, person.user_id, success_url=success_url, return_url=return_url
        )
    except PeakError as error:
        return message_document(t("billing.no_checkout"), error.sentence, error.status_code)
    return _onward(url)


async def portal(request: Request) -> Response:
    """The form of "Manage billing": on to the person's own page at the provider."""
    person = await get_person(request)
    await read_body(request, _FORM_BYTES)
    try:
        url = await asyncio.to_thread(
            services().subscriptions.open_portal,
            person.user_id,
            # Whatever was done there is read anew on the way back.
            return_url=f"{request_origin(settings(), request)}/billing?checkout=portal",
        )
    except PeakError as error:
        return message_document(t("billing.no_portal"), error.sentence, error.status_code)
    return _onward(url)


def _onward(url: str) -> HTMLResponse:
    return onward_document(url, t("billing.onward"), t("billing.onward_do"))


async def webhook(request: Request) -> Response:
    """Polar's doorbell. 202 to whatever is rightly signed, once or again: Polar gives an endpoint up that refuses."""
    if not services().payment_provider:
        return error_answer(t("refusal.no_payments"), 404)
    body = await read_body(request, _WEBHOOK_BYTES)
    try:
        is_new = await asyncio.to_thread(services().subscriptions.ring, body, dict(request.headers))
    except WebhookRefused as error:
        return error_answer(error.sentence, error.status_code)
    if is_new:
        till().ring()
    return JSONResponse({"is_new": is_new}, 202, headers={"cache-control": "no-store"})


ROUTES = [
    Route("/billing/checkout", checkout, methods=["POST"]),
    Route("/billing/portal", portal, methods=["POST"]),
    Route(WEBHOOK_PATH, webhook, methods=["POST"]),
]
