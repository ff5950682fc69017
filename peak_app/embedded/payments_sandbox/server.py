"""The payments sandbox: as much of Polar's protocol as the product uses, for this machine alone.

It sells one plan for no money, remembers in a file, and rings the product's webhook as Polar would. The product knows
it by its URL only and speaks to it through Polar's SDK.
"""

import asyncio
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from peak_app.embedded.payments_sandbox import shapes
from peak_app.embedded.payments_sandbox.bells import ring
from peak_app.embedded.payments_sandbox.books import Checkout, Event, Subscription, end, read_books, write_books
from peak_app.embedded.payments_sandbox.pages import checkout_page, gone_page, portal_page
from peak_app.embedded.payments_sandbox.shapes import Document, Product
from peak_app.this_machine import is_loopback

_BODY_BYTES = 64 * 1024
_MOST_LISTED = 100
Events = list[tuple[str, Document]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the sandbox sells, whom it lets in, and whose bell it rings."""

    sold: Product
    token: str
    webhook_url: str
    webhook_secret: str
    file: Path
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class _CheckoutWish(BaseModel):
    products: list[str]
    external_customer_id: str
    customer_email: str
    success_url: str
    return_url: str


class _SessionWish(BaseModel):
    external_customer_id: str
    return_url: str = ""


class _EventWish(BaseModel):
    """Its limits are those of Polar."""

    name: str = Field(min_length=1, max_length=128)
    external_customer_id: str = Field(min_length=1, max_length=128)
    external_id: str = Field(min_length=1, max_length=128)
    timestamp: AwareDatetime
    metadata: dict[
        Annotated[str, Field(min_length=1, max_length=40)],
        Annotated[str, Field(min_length=1, max_length=500)] | bool | int | float,
    ] = Field(default_factory=dict, max_length=50)


class _EventsWish(BaseModel):
    events: list[_EventWish] = Field(max_length=1000)


class Sandbox:
    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._books = read_books(terms.file)
        self._books.forget_old(terms.now())
        self._writing = asyncio.Lock()

    def app(self) -> ASGIApp:
        """Its routes, for this machine only."""
        routes = Starlette(
            routes=[
                Route("/v1/checkouts/", self._key(self.create_checkout), methods=["POST"]),
                Route("/v1/checkouts/{checkout_id}", self._key(self.get_checkout), methods=["GET"]),
                Route("/v1/customer-sessions/", self._key(self.create_session), methods=["POST"]),
                Route("/v1/subscriptions/", self._key(self.list_subscriptions), methods=["GET"]),
                Route("/v1/subscriptions/{subscription_id}", self._key(self.revoke_subscription), methods=["DELETE"]),
                Route("/v1/orders/", self._key(self.list_orders), methods=["GET"]),
                Route("/v1/events/ingest", self._key(self.ingest_events), methods=["POST"]),
                Route("/checkout/{secret}", self.show_checkout, methods=["GET"]),
                Route("/checkout/{secret}", self.act_on_checkout, methods=["POST"]),
                Route("/portal/{token}", self.show_portal, methods=["GET"]),
                Route("/portal/{token}", self.act_in_portal, methods=["POST"]),
            ]
        )
        return OnlyHere(routes)

    # what Polar's SDK asks

    async def create_checkout(self, request: Request) -> Response:
        try:
            wish = _CheckoutWish.model_validate_json(await _body(request))
        except ValidationError as error:
            return _not_valid(error)
        if wish.products != [self._terms.sold.product_id]:
            return _fault(
                422, "HTTPValidationError", [{"loc": ["body", "products"], "msg": "unknown", "type": "value_error"}]
            )
        checkout = self._books.open_checkout(
            wish.external_customer_id, wish.customer_email, wish.success_url, wish.return_url, self._terms.now()
        )
        await self._save()
        return JSONResponse(self._checkout(request, checkout), 201)

    async def get_checkout(self, request: Request) -> Response:
        checkout = self._books.checkouts.get(request.path_params["checkout_id"])
        return (
            JSONResponse(self._checkout(request, checkout))
            if checkout
            else _fault(404, "ResourceNotFound", "Not found")
        )

    async def create_session(self, request: Request) -> Response:
        try:
            wish = _SessionWish.model_validate_json(await _body(request))
        except ValidationError as error:
            return _not_valid(error)
        own = self._books.of_customer(wish.external_customer_id)
        if not own:
            where = ["body", "external_customer_id"]
            return _fault(
                422, "HTTPValidationError", [{"loc": where, "msg": "no such customer", "type": "value_error"}]
            )
        now = self._terms.now()
        session = self._books.open_session(wish.external_customer_id, wish.return_url, now)
        await self._save()
        known = shapes.customer(own[0].customer_id, own[0].external_id, own[-1].created_at)
        url = f"{_base(request, session.return_url)}/portal/{session.token}"
        return JSONResponse(shapes.customer_session(session, known, url, now), 201)

    async def list_subscriptions(self, request: Request) -> Response:
        await self._roll_on()
        own = self._books.of_customer(request.query_params.get("external_customer_id", ""))
        return JSONResponse(_listing(request, [shapes.subscription(each, self._terms.sold) for each in own]))

    async def revoke_subscription(self, request: Request) -> Response:
        known = self._books.subscriptions.get(request.path_params["subscription_id"])
        if known is None:
            return _fault(404, "ResourceNotFound", "Not found")
        if known.is_over:
            return _fault(403, "AlreadyCanceledSubscription", "This subscription is already canceled.")
        kind = self._change(known, "revoke")
        await self._save()
        document = shapes.subscription(known, self._terms.sold)
        return JSONResponse(document, background=self._told([(kind, document)]))

    async def list_orders(self, request: Request) -> Response:
        await self._roll_on()
        own = self._books.orders_of(request.query_params.get("external_customer_id", ""))
        documents = [
            shapes.order(each, self._books.subscriptions[each.subscription_id], self._terms.sold) for each in own
        ]
        return JSONResponse(_listing(request, documents))

    async def ingest_events(self, request: Request) -> Response:
        """Each counts once, by the id the product gave it, however often it comes."""
        try:
            wish = _EventsWish.model_validate_json(await _body(request))
        except ValidationError as error:
            return _not_valid(error)
        now = self._terms.now()
        ahead = next((place for place, each in enumerate(wish.events) if each.timestamp > now), None)
        if ahead is not None:
            where = ["body", "events", ahead, "timestamp"]
            return _fault(422, "HTTPValidationError", [{"loc": where, "msg": "in the future", "type": "value_error"}])
        inserted = sum(
            self._books.count(
                Event(
                    name=each.name,
                    external_id=each.external_id,
                    customer=each.external_customer_id,
                    at=each.timestamp,
                    metadata=each.metadata,
                )
            )
            for each in wish.events
        )
        if inserted:
            await self._save()
        return JSONResponse({"inserted": inserted, "duplicates": len(wish.events) - inserted})

    # what people see

    async def show_checkout(self, request: Request) -> Response:
        checkout = self._find_checkout(request)
        if checkout is None:
            return gone_page()
        return checkout_page(checkout, self._terms.sold, is_declined=False)

    async def act_on_checkout(self, request: Request) -> Response:
        wanted = await _form(request)
        checkout = self._find_checkout(request)
        if checkout is None:
            return gone_page()
        if wanted.get("do") != "pay":
            return checkout_page(checkout, self._terms.sold, is_declined=True)
        sold = self._terms.sold
        bought = self._books.buy(checkout, sold.price_cents, sold.currency, self._terms.now())
        await self._save()
        events = [(f"subscription.{kind}", shapes.subscription(bought, sold)) for kind in ("created", "active")]
        order = self._books.orders_of(bought.external_id)[0]
        events.append(("order.paid", shapes.order(order, bought, sold)))
        return self._back(checkout.success_url.replace("{CHECKOUT_ID}", checkout.id), events)

    async def show_portal(self, request: Request) -> Response:
        await self._roll_on()
        session = self._books.sessions.get(request.path_params["token"])
        if session is None or self._terms.now() >= session.expires_at:
            return gone_page()
        own = self._books.of_customer(session.external_id)
        return portal_page(own, self._books.orders_of(session.external_id), session.return_url)

    async def act_in_portal(self, request: Request) -> Response:
        wanted = await _form(request)
        session = self._books.sessions.get(request.path_params["token"])
        if session is None or self._terms.now() >= session.expires_at:
            return gone_page()
        known = self._books.subscriptions.get(wanted.get("id", ""))
        kind = ""
        if known is not None and known.external_id == session.external_id and not known.is_over:
            kind = self._change(known, wanted.get("do", ""))
            await self._save()
        events: Events = [(kind, shapes.subscription(known, self._terms.sold))] if known and kind else []
        return self._back(str(request.url), events)

    def _change(self, known: Subscription, do: str) -> str:
        """Gives the kind of event that tells of it; empty: nothing such can be done."""
        now, sold = self._terms.now(), self._terms.sold
        match do:
            case "cancel":
                known.cancel_at_period_end, known.canceled_at, kind = True, now, "subscription.canceled"
            case "keep":
                known.cancel_at_period_end, known.canceled_at, kind = False, None, "subscription.uncanceled"
            case "fail":
                known.status, known.past_due_at, kind = "past_due", now, "subscription.past_due"
                self._books.add_order(known, sold.price_cents, sold.currency, "subscription_cycle", now, is_paid=False)
            case "recover":
                known.status, known.past_due_at, kind = "active", None, "subscription.active"
            case "renew":
                # As if the present period ended now.
                known.period_end, kind = now, "subscription.updated"
                self._books.roll_on(sold.price_cents, sold.currency, now)
            case "revoke":
                end(known, now)
                kind = "subscription.revoked"
            case _:
                return ""
        known.modified_at = now
        return kind

    # plumbing

    def _key(self, handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def checked(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self._terms.token}".encode()):
                return _fault(401, "Unauthorized", "The access token is not valid.")
            return await handler(request)

        return checked

    def _find_checkout(self, request: Request) -> Checkout | None:
        # As bytes: whoever makes an address up need not keep to ASCII.
        secret = request.path_params["secret"].encode("utf-8", "replace")
        found = next(
            (each for each in self._books.checkouts.values() if hmac.compare_digest(each.secret.encode(), secret)), None
        )
        return found if found and found.is_open(self._terms.now()) else None

    def _checkout(self, request: Request, checkout: Checkout) -> Document:
        url = f"{_base(request, checkout.success_url)}/checkout/{checkout.secret}"
        return shapes.checkout(checkout, self._terms.sold, url, self._terms.now())

    def _back(self, url: str, events: Events) -> Response:
        """On to an address, while the bell is rung."""
        return RedirectResponse(url, 303, background=self._told(events) if events else None)

    def _told(self, events: Events) -> BackgroundTask:
        return BackgroundTask(ring, self._terms.webhook_url, self._terms.webhook_secret, events, self._terms.now())

    async def _roll_on(self) -> None:
        sold = self._terms.sold
        if self._books.roll_on(sold.price_cents, sold.currency, self._terms.now()):
            await self._save()

    async def _save(self) -> None:
        # One after the other, each with what is known by then: the newest is written last.
        async with self._writing:
            await asyncio.to_thread(write_books, self._terms.file, self._books.model_copy(deep=True))


class OnlyHere:
    """Lets nobody in but this machine: behind a proxy, everyone would come from it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope.get("headers", ())}
        peer = (scope.get("client") or ("",))[0]
        if is_loopback(peer) and not names & {b"x-forwarded-for", b"forwarded"}:
            await self._app(scope, receive, send)
        else:
            await gone_page()(scope, receive, send)


def _base(request: Request, back: str) -> str:
    """Where our pages are for whoever will be sent `back` there: a machine has several names for itself."""
    there, here = urlsplit(back), request.url
    is_same = is_loopback(there.hostname or "") and (there.scheme, there.port) == (here.scheme, here.port)
    return f"{here.scheme}://{there.netloc if is_same else here.netloc}{request.scope.get('root_path', '')}"


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _BODY_BYTES:
            return b""
    return bytes(body)


async def _form(request: Request) -> dict[str, str]:
    """Its fields; none when it is no form of ours."""
    try:
        return dict(parse_qsl((await _body(request)).decode("utf-8", "replace"), max_num_fields=10))
    except ValueError:
        return {}


def _listing(request: Request, documents: list[Document]) -> Document:
    def number(name: str, default: int, most: int) -> int:
        text = request.query_params.get(name, "")
        return min(most, max(1, int(text))) if text.isdecimal() and len(text) < 9 else default

    return shapes.listing(documents, number("limit", 10, _MOST_LISTED), number("page", 1, 10**6))


def _fault(status_code: int, kind: str, detail: object) -> Response:
    return JSONResponse({"error": kind, "detail": detail}, status_code)


def _not_valid(error: ValidationError) -> Response:
    found = [{"loc": ["body", *each["loc"]], "msg": each["msg"], "type": each["type"]} for each in error.errors()]
    return _fault(422, "HTTPValidationError", found)
