"""What the product needs of a payment provider: a checkout, a portal, the state of a subscription, and its doorbell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from peak_app.errors import PeakError, ServiceUnavailable

ACTIVE, TRIALING, PAST_DUE = "active", "trialing", "past_due"
"""States of a subscription that someone may still use; any other name means that it has ended or never began."""


class PaymentsUnavailable(ServiceUnavailable):
    """The provider did not answer, or with something that makes no sense. What was known before still holds."""


class WebhookRefused(PeakError):
    """The signature is missing, wrong, or of another time."""

    status_code = 403


@dataclass(frozen=True, slots=True)
class Customer:
    """Whom a checkout is for. The provider knows them by `user_id`; the address goes on their invoices."""

    user_id: UUID
    email: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription as the provider has it now."""

    subscription_id: str
    status: str
    started_at: datetime | None
    period_end: datetime | None
    cancels_at_period_end: bool
    changed_at: datetime
    """When the provider last changed it."""


@dataclass(frozen=True, slots=True)
class Invoice:
    number: str
    at: datetime
    amount_cents: int
    """With taxes."""
    currency: str
    is_paid: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """What a person used at one time, as the provider counts it. There is nothing in it of what was said."""

    key: str
    """Whatever comes under a key that the provider knows already counts for nothing. At most 80 characters."""
    user_id: UUID
    seconds: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Doorbell:
    """A webhook whose signature is right: that something happened, and to whom; what it is has to be asked for."""

    event_id: str
    """The same each time the provider repeats it."""
    kind: str
    user_id: UUID | None
    """None: it concerns nobody we know of."""


class Payments(Protocol):
    """Every call but `read_webhook` and `warm_up` goes over the network, blocks, and raises PaymentsUnavailable."""

    name: str
    """Of the provider, as it is kept with what it said."""
    is_sandbox: bool
    """Whether no money moves."""

    def create_checkout(self, customer: Customer, *, success_url: str, return_url: str) -> str:
        """Address of a page where the person may buy the paid plan. They come back to either address."""
        ...

    def create_portal_link(self, user_id: UUID, *, return_url: str) -> str:
        """Address of the person's page at the provider, good for a short time: invoices, card, cancelling."""
        ...

    def fetch_subscriptions(self, user_id: UUID) -> Sequence[Subscribed]:
        """All of a person's subscriptions to the paid plan, newest first; empty when there never was one."""
        ...

    def fetch_invoices(self, user_id: UUID, limit: int) -> Sequence[Invoice]:
        """The newest invoices, newest first."""
        ...

    def end_subscriptions(self, user_id: UUID) -> int:
        """End all that a person pays for, at once, whatever plan it is; may be repeated. Gives how many there were."""
        ...

    def report_usage(self, used: Usage) -> bool:
        """Have it counted, once however often it is said. False: it was known already."""
        ...

    def warm_up(self) -> None:
        """Load and compile what the first webhook needs, without the network. Takes seconds of processor time."""
        ...

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Doorbell:
        """Check the signature of the raw body and say whom it is about. Raises: WebhookRefused."""
        ...
