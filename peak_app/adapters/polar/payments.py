"""Polar through its SDK, at its own address or at that of a server which speaks its protocol."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from polar.base import (
    PolarClientError,
    PolarError,
    PolarNetworkError,
    PolarRateLimitError,
    SyncClientBase,
    deserialize,
)
from polar.v2026_10 import Polar
from polar.v2026_10.errors import AlreadyCanceledSubscription, ResourceNotFound
from polar.v2026_10.inputs import EventCreateExternalCustomer
from polar.v2026_10.outputs import ListResourceSubscription, Order, Subscription
from polar.v2026_10.services.checkouts import CheckoutsSync
from polar.v2026_10.services.customer_sessions import CustomerSessionsSync
from polar.v2026_10.services.events import EventsSync
from polar.v2026_10.services.orders import OrdersSync
from polar.v2026_10.services.subscriptions import SubscriptionsSync
from polar.webhooks import (
    PolarWebhookError,
    PolarWebhookUnknownTypeError,
    PolarWebhookVerificationError,
    validate_event,
)

from peak_app.i18n.catalogue import t
from peak_app.ports.outflows import Contact, Tell, outside_host, tell_nobody
from peak_app.ports.payments import Customer, Doorbell, Invoice, PaymentsUnavailable, Subscribed, Usage, WebhookRefused
from peak_app.this_machine import is_loopback

_SERVERS = {"production": "https://api.polar.sh", "sandbox": "https://sandbox-api.polar.sh"}
_OVER = ("canceled", "incomplete_expired")
_MOST = 100
"""Subscriptions of a person that are looked at: more than anyone ever had."""
_YEARS = range(2000, 3000)


@dataclass(frozen=True, slots=True)
class PolarAccess:
    """Where Polar is and how it knows us. `url` is for a server that speaks its protocol; None: Polar's own."""

    token: str
    webhook_secret: str
    product_id: str
    usage_event: str = "interview"
    """Name of the events that a meter at Polar adds up."""
    environment: Literal["production", "sandbox"] = "production"
    url: str | None = None
    timeout_s: float = 10.0


class PolarPayments:
    """See `ports.payments.Payments`. Loading the SDK takes 40 MB and half a second: import this where it is needed."""

    def __init__(self, access: PolarAccess, *, name: str, is_sandbox: bool, tell: Tell = tell_nobody) -> None:
        self.name = name
        self.is_sandbox = is_sandbox
        self._access = access
        self._client = client = _Client(access, tell)
        self._checkouts = CheckoutsSync(client)
        self._sessions = CustomerSessionsSync(client)
        self._subscriptions = SubscriptionsSync(client)
        self._orders = OrdersSync(client)
        self._events = EventsSync(client)

    def close(self) -> None:
        """Give up its connections."""
        self._client.__exit__()

    def create_checkout(self, customer: Customer, *, success_url: str, return_url: str) -> str:
        with _translated():
            checkout = self._checkouts.create(
                products=[self._access.product_id],
                external_customer_id=str(customer.user_id),
                customer_email=customer.email,
                success_url=success_url,
                return_url=return_url,
            )
        return checkout.url

    def create_portal_link(self, user_id: UUID, *, return_url: str) -> str:
        with _translated():
            made = self._sessions.create(external_customer_id=str(user_id), return_url=return_url)
        return made.customer_portal_url

    def fetch_subscriptions(self, user_id: UUID) -> Sequence[Subscribed]:
        # Not `customers.get_state_external`: the SDK's type of a status there knows none that a paying customer has.
        with _translated():
            page = self._subscriptions.list(
                external_customer_id=str(user_id), product_id=self._access.product_id, limit=_MOST
            )
            return [_subscribed(found) for found in page.items]

    def fetch_invoices(self, user_id: UUID, limit: int) -> Sequence[Invoice]:
        with _translated():
            page = self._orders.list(external_customer_id=str(user_id), limit=limit)
            return [_invoice(order) for order in page.items]

    def end_subscriptions(self, user_id: UUID) -> int:
        # Of every product: the price may have been another one when they subscribed.
        with _translated():
            found = list(self._subscriptions.iter_list(external_customer_id=str(user_id), limit=_MOST))
            running = [each.id for each in found if each.status not in _OVER]
            for subscription_id in running:
                # Ended meanwhile, by themselves or by whoever asked at the same time.
                with suppress(AlreadyCanceledSubscription, ResourceNotFound):
                    # Not at the end of the period: of one that is past due, the card would be tried until then.
                    self._subscriptions.revoke(subscription_id)
        return len(running)

    def report_usage(self, used: Usage) -> bool:
        event: EventCreateExternalCustomer = {
            "name": self._access.usage_event,
            "external_customer_id": str(used.user_id),
            "external_id": used.key,
            "timestamp": used.at.isoformat(),
            # A meter may add up either.
            "metadata": {"seconds": used.seconds, "minutes": round(used.seconds / 60, 2)},
        }
        with _translated():
            answer = self._events.ingest(events=[event])
            if answer.inserted + answer.duplicates != 1:
                raise ValueError("not counted")
        return answer.inserted == 1

    def warm_up(self) -> None:
        # A webhook itself is read without the SDK's types. What it leads to is asked for at once, and the SDK compiles
        # the types of an answer at first use.
        deserialize({"items": [], "pagination": {"total_count": 0, "max_page": 0}}, ListResourceSubscription)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Doorbell:
        given = {name.lower(): value for name, value in headers.items()}
        kind = ""
        data: object = None

        def take(document: dict[str, Any]) -> dict[str, Any]:
            nonlocal kind, data
            kind, data = str(document.get("type"))[:60], document.get("data")
            return document

        try:
            # The SDK raises the same for bytes that are no text, before it has looked at the signature, and for what
            # is rightly signed and can't be read.
            body.decode()
            # With types of our own: the SDK's take seconds to be compiled, and what they do not know must not be lost.
            validate_event(body, given, self._access.webhook_secret, _AnyType(), take)
        except (UnicodeDecodeError, PolarWebhookVerificationError):
            raise WebhookRefused(t("billing.not_signed")) from None
        except PolarWebhookUnknownTypeError:
            kind = "unknown"
        except PolarWebhookError:
            # Rightly signed and yet no document: said once more it would be none either.
            kind = "unreadable"
        return Doorbell(given["webhook-id"][:120], kind, _customer_of(kind, data))


class _AnyType(frozenset[str]):
    """Every type of event is known: whatever happened, the state is read anew."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)


class _Client(SyncClientBase):
    """The SDK's connection, which tells of every request before it is made.

    Without the proxies of the environment when the server is on this very machine.
    """

    def __init__(self, access: PolarAccess, tell: Tell) -> None:
        url = access.url or _SERVERS[access.environment]
        super().__init__(url, Polar.version, access.token, access.timeout_s)
        if is_loopback(urlsplit(url).hostname or ""):
            headers = self._client.headers
            self._client.close()
            self._client = httpx.Client(base_url=url, timeout=access.timeout_s, headers=headers, trust_env=False)

        def note(request: httpx.Request) -> None:
            # The host, and how much: never the address, which names the person.
            if host := outside_host(request.url.host):
                tell(Contact(host, "payment", sent_bytes=len(request.content)))

        self._client.event_hooks = {"request": [note]}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PolarRateLimitError as error:
        raise PaymentsUnavailable(t("billing.away"), retry_after_s=error.retry_after) from error
    except PolarNetworkError as error:
        raise PaymentsUnavailable(t("billing.away")) from error
    except PolarClientError as error:
        raise PaymentsUnavailable(t("billing.refused"), retryable=False) from error
    except (PolarError, ValueError) as error:
        # A fault of the server, or an answer the SDK or we can't read: what was known last holds.
        raise PaymentsUnavailable(t("billing.away")) from error


def _subscribed(found: Subscription) -> Subscribed:
    return Subscribed(
        subscription_id=found.id,
        status=found.status,
        started_at=_moment(found.started_at) if found.started_at else None,
        period_end=_moment(found.current_period_end) if found.current_period_end else None,
        cancels_at_period_end=found.cancel_at_period_end,
        changed_at=_moment(found.modified_at or found.created_at),
    )


def _invoice(order: Order) -> Invoice:
    return Invoice(
        number=order.invoice_number or order.id,
        at=_moment(order.created_at),
        amount_cents=order.total_amount,
        currency=order.currency,
        is_paid=order.paid,
    )


def _moment(text: str) -> datetime:
    """Raises: ValueError: it is none that can be compared, or reckoned with."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at.year not in _YEARS:
        raise ValueError("no moment")
    return at


def _customer_of(kind: str, data: object) -> UUID | None:
    """Whose account an event is about: events of customers are the customer, the others name one."""
    if not isinstance(data, Mapping):
        return None
    customer = data if kind.startswith("customer.") else data.get("customer")
    known = customer.get("external_id") if isinstance(customer, Mapping) else None
    known = known or data.get("external_customer_id")
    try:
        return UUID(known) if isinstance(known, str) else None
    except ValueError:
        return None
