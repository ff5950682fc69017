"""What the sandbox remembers, in one file: checkouts, subscriptions, orders; and what happens to them."""

import os
import secrets
from calendar import monthrange
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pydantic import BaseModel, Field, ValidationError

CHECKOUT_LIFE, SESSION_LIFE = timedelta(hours=1), timedelta(hours=1)
_KEPT_CHECKOUTS = 500
_KEPT_EVENTS = 5000


class Checkout(BaseModel):
    id: str
    secret: str
    external_id: str
    email: str = Field(default="", exclude=True)
    """Never written down: it would stay when its account is deleted. After a restart the page names nobody."""
    success_url: str
    return_url: str
    created_at: datetime
    status: str = "open"
    subscription_id: str | None = None

    def is_open(self, at: datetime) -> bool:
        return self.status == "open" and at < self.created_at + CHECKOUT_LIFE


class Subscription(BaseModel):
    """Of whom only the id is kept: an address would stay here when its account is deleted."""

    id: str
    customer_id: str
    external_id: str
    status: str
    created_at: datetime
    modified_at: datetime
    period_start: datetime
    period_end: datetime
    cancel_at_period_end: bool = False
    canceled_at: datetime | None = None
    ended_at: datetime | None = None
    past_due_at: datetime | None = None
    checkout_id: str | None = None

    @property
    def is_over(self) -> bool:
        return self.status == "canceled"


class Order(BaseModel):
    id: str
    number: str
    external_id: str
    customer_id: str
    subscription_id: str
    created_at: datetime
    amount_cents: int
    currency: str
    is_paid: bool
    reason: str


class Event(BaseModel):
    """Something that was used, as a meter would count it."""

    name: str
    external_id: str
    customer: str
    at: datetime
    metadata: dict[str, str | int | float | bool] = Field(default_factory=dict)


class Session(BaseModel):
    """A portal link; whoever has the token is let in."""

    token: str
    external_id: str
    return_url: str
    expires_at: datetime


class Books(BaseModel):
    """Used on the event loop only, between two awaits, so it needs no lock."""

    checkouts: dict[str, Checkout] = Field(default_factory=dict)
    subscriptions: dict[str, Subscription] = Field(default_factory=dict)
    orders: dict[str, Order] = Field(default_factory=dict)
    sessions: dict[str, Session] = Field(default_factory=dict)
    events: dict[str, Event] = Field(default_factory=dict)
    """By the id the product gave them."""

    def open_checkout(self, external_id: str, email: str, success_url: str, return_url: str, at: datetime) -> Checkout:
        self.forget_old(at)
        checkout = Checkout(
            id=str(uuid4()),
            secret=secrets.token_urlsafe(24),
            external_id=external_id,
            email=email,
            success_url=success_url,
            return_url=return_url,
            created_at=at,
        )
        self.checkouts[checkout.id] = checkout
        return checkout

    def open_session(self, external_id: str, return_url: str, at: datetime) -> Session:
        self.sessions = {token: kept for token, kept in self.sessions.items() if kept.expires_at > at}
        session = Session(
            token=secrets.token_urlsafe(24),
            external_id=external_id,
            return_url=return_url,
            expires_at=at + SESSION_LIFE,
        )
        self.sessions[session.token] = session
        return session

    def count(self, event: Event) -> bool:
        """False: one of this id was counted before."""
        if event.external_id in self.events:
            return False
        self.events[event.external_id] = event
        while len(self.events) > _KEPT_EVENTS:
            del self.events[next(iter(self.events))]
        return True

    def forget_old(self, at: datetime) -> None:
        """Checkouts that were not used and can't be any more."""
        kept = {name: each for name, each in self.checkouts.items() if each.status != "open" or each.is_open(at)}
        self.checkouts = dict(list(kept.items())[-_KEPT_CHECKOUTS:])

    def of_customer(self, external_id: str) -> list[Subscription]:
        """Newest first."""
        own = [each for each in self.subscriptions.values() if each.external_id == external_id]
        return sorted(own, key=lambda each: each.created_at, reverse=True)

    def orders_of(self, external_id: str) -> list[Order]:
        """Newest first."""
        own = [each for each in self.orders.values() if each.external_id == external_id]
        return sorted(own, key=lambda each: each.created_at, reverse=True)

    def customer_id(self, external_id: str) -> str | None:
        return next((each.customer_id for each in self.of_customer(external_id)), None)

    def buy(self, checkout: Checkout, price_cents: int, currency: str, at: datetime) -> Subscription:
        """The person has pressed the button: a new subscription, and its first order."""
        subscription = Subscription(
            id=str(uuid4()),
            customer_id=self.customer_id(checkout.external_id) or str(uuid4()),
            external_id=checkout.external_id,
            status="active",
            created_at=at,
            modified_at=at,
            period_start=at,
            period_end=a_month_after(at),
            checkout_id=checkout.id,
        )
        self.subscriptions[subscription.id] = subscription
        checkout.status, checkout.subscription_id, checkout.email = "succeeded", subscription.id, ""
        self.add_order(subscription, price_cents, currency, "subscription_create", at)
        return subscription

    def add_order(
        self,
        subscription: Subscription,
        price_cents: int,
        currency: str,
        reason: str,
        at: datetime,
        *,
        is_paid: bool = True,
    ) -> Order:
        order = Order(
            id=str(uuid4()),
            number=f"SANDBOX-{len(self.orders) + 1:04}",
            external_id=subscription.external_id,
            customer_id=subscription.customer_id,
            subscription_id=subscription.id,
            created_at=at,
            amount_cents=price_cents,
            currency=currency,
            is_paid=is_paid,
            reason=reason,
        )
        self.orders[order.id] = order
        return order

    def roll_on(self, price_cents: int, currency: str, at: datetime) -> list[Subscription]:
        """Renew or end what has reached the end of its period; gives what changed."""
        changed: list[Subscription] = []
        for each in self.subscriptions.values():
            if each.is_over or at < each.period_end:
                continue
            if each.cancel_at_period_end:
                end(each, each.period_end)
            else:
                while each.period_end <= at:
                    renew(each)
                    self.add_order(each, price_cents, currency, "subscription_cycle", each.period_start)
            changed.append(each)
        return changed


def renew(subscription: Subscription) -> None:
    subscription.period_start = subscription.modified_at = subscription.period_end
    subscription.period_end = a_month_after(subscription.period_end)


def end(subscription: Subscription, at: datetime) -> None:
    subscription.status = "canceled"
    subscription.ended_at = subscription.modified_at = at
    subscription.canceled_at = subscription.canceled_at or at


def a_month_after(at: datetime) -> datetime:
    """The same day and time of the next month, or its last day where it has none such."""
    year, month = at.year + at.month // 12, at.month % 12 + 1
    return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))


def read_books(path: Path) -> Books:
    """What was remembered; nothing when there is no such file, or it is none of ours."""
    try:
        return Books.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Books()


def write_books(path: Path, books: Books) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(books.model_dump_json())
    draft.replace(path)
