"""A payment provider in memory that is told what happens, and records what it was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from peak_app.ports.payments import (
    Customer,
    Doorbell,
    Invoice,
    PaymentsUnavailable,
    Subscribed,
    Usage,
    WebhookRefused,
)


class FakePayments:
    """`is_away` makes it not answer. `subscribed` holds what it knows, by person, newest first."""

    def __init__(self, name: str = "fake", *, is_away: bool = False) -> None:
        self.name = name
        self.is_sandbox = True
        self.is_away = is_away
        self.subscribed: dict[UUID, list[Subscribed]] = {}
        self.invoices: dict[UUID, list[Invoice]] = {}
        self.checkouts: list[Customer] = []
        self.asked: list[UUID] = []
        self.ended: list[str] = []
        self.told: list[Usage] = []
        """Of usage, each time it was; `counted` is what comes of it."""
        self.refuses_usage = False

    @property
    def counted(self) -> dict[str, int]:
        """Seconds by key."""
        return {used.key: used.seconds for used in reversed(self.told)}

    def know(
        self,
        user_id: UUID,
        status: str,
        period_end: datetime,
        *,
        cancels: bool = False,
        changed_at: datetime | None = None,
    ) -> None:
        """From now on the person has this subscription."""
        at = changed_at or datetime.now(UTC)
        self.subscribed[user_id] = [Subscribed(str(uuid4()), status, at, period_end, cancels, at)]

    def create_checkout(self, customer: Customer, *, success_url: str, return_url: str) -> str:
        self._answer()
        self.checkouts.append(customer)
        return f"https://pay.example.org/{len(self.checkouts)}"

    def create_portal_link(self, user_id: UUID, *, return_url: str) -> str:
        self._answer()
        return f"https://pay.example.org/portal/{user_id}"

    def fetch_subscriptions(self, user_id: UUID) -> Sequence[Subscribed]:
        self.asked.append(user_id)
        self._answer()
        return self.subscribed.get(user_id, [])

    def fetch_invoices(self, user_id: UUID, limit: int) -> Sequence[Invoice]:
        self._answer()
        return self.invoices.get(user_id, [])[:limit]

    def end_subscriptions(self, user_id: UUID) -> int:
        self.asked.append(user_id)
        self._answer()
        running = [each for each in self.subscribed.get(user_id, []) if each.status != "canceled"]
        self.ended += [each.subscription_id for each in running]
        self.subscribed[user_id] = [replace(each, status="canceled") for each in self.subscribed.get(user_id, [])]
        return len(running)

    def report_usage(self, used: Usage) -> bool:
        self._answer()
        if self.refuses_usage:
            raise PaymentsUnavailable("The payment service refused this.", retryable=False)
        is_new = used.key not in self.counted
        self.told.append(used)
        return is_new

    def warm_up(self) -> None:
        """There is nothing to load."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Doorbell:
        """The body is the person's id; a right signature is the word "right"."""
        if headers.get("webhook-signature") != "right":
            raise WebhookRefused("This webhook is not signed as it should be.")
        user_id = UUID(body.decode()) if body else None
        return Doorbell(headers["webhook-id"], "subscription.updated", user_id)

    def _answer(self) -> None:
        if self.is_away:
            raise PaymentsUnavailable("The payment service doesn't answer right now.")
