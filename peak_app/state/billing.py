"""The plan, what was used of it, and for what."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import reflex as rx

from peak_app.domain.billing.allowance import FREE, PLUS, Allowance, Plan, Standing, month_of
from peak_app.domain.billing.models import UsageEntry
from peak_app.domain.billing.sandbox import SANDBOX
from peak_app.domain.billing.service import PlanStanding
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t
from peak_app.ports.payments import Invoice
from peak_app.state.formatting import date_text, day_text, length_text, moment_text, zone_of
from peak_app.state.live import on_change, on_own_change
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services

_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£"}


@dataclass
class LedgerRow:
    """One entry of the ledger; `path` is empty when the meeting is gone."""

    title: str
    when: str
    duration: str
    path: str


@dataclass
class InvoiceRow:
    number: str
    when: str
    amount: str
    outcome: str


class BillingState(rx.State):
    plan: str = ""
    is_paid: bool = False
    plan_text: str = ""
    """What becomes of the plan, and when."""
    is_warning: bool = False
    """Whether `plan_text` asks the person to do something."""
    unheard: str = ""
    included: str = ""
    renews: str = ""
    is_low: bool = False
    exhausted: str = ""
    can_upgrade: bool = False
    can_manage: bool = False
    is_sandbox: bool = False
    is_confirming: bool = False
    free_points: list[str] = []
    paid_points: list[str] = []
    free_price: str = ""
    paid_name: str = ""
    paid_price: str = ""
    rows: list[LedgerRow] = []
    invoices: list[InvoiceRow] = []
    invoice_problem: str = ""
    is_loaded: bool = False

    @rx.event
    async def load(self):
        self.is_confirming = False
        await self._fetch()

    @rx.event
    async def refresh(self, _meeting_id: str):
        """A meeting was booked, or the plan changed."""
        await self._fetch()

    @rx.event
    async def confirm(self):
        """Someone comes back from the payment pages. Their address proves nothing: the provider is asked."""
        user_id = await signed_in(self)
        come_from = self.router.url.query_parameters.get("checkout", "")
        if not come_from:
            return None
        await asyncio.to_thread(services().subscriptions.catch_up, user_id)
        await self._fetch()
        if come_from != "portal":
            if not self.is_paid:
                self.is_confirming = True
                return None
            plan = services().billing.plans[PLUS]
            await notify(self, "success", t("billing.upgraded", plan=plan.name, minutes=f"{plan.included_minutes:,}"))
        # Told once: whoever loads the page again has not come back again.
        return rx.redirect("/billing", replace=True)

    @rx.event
    async def load_invoices(self):
        """After the rest of the page: the provider may take its time."""
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        try:
            found = await asyncio.to_thread(services().subscriptions.list_invoices, user_id)
        except PeakError as problem:
            self.invoice_problem = problem.sentence
            return
        self.invoice_problem = ""
        self.invoices = [invoice_row(each, zone, now) for each in found]

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        billing = services().billing
        allowance = await asyncio.to_thread(billing.get_allowance, user_id)
        standing = await asyncio.to_thread(billing.get_standing, user_id)
        entries = await asyncio.to_thread(billing.list_usage, user_id, since=month_of(now)[0])
        self._show_minutes(allowance, standing)
        self._show_plan(standing, zone, now)
        free, paid = billing.plans[FREE], billing.plans[PLUS]
        self.free_points = [minutes_point(free), t("billing.point_data"), t("billing.point_month")]
        self.paid_points = [minutes_point(paid), t("billing.point_upgrade"), t("billing.point_cancel")]
        self.free_price = money_text(0, paid.currency)
        self.paid_name, self.paid_price = paid.name, money_text(paid.price_cents, paid.currency)
        self.rows = ledger_rows(entries, zone, now)
        self.is_loaded = True

    def _show_minutes(self, allowance: Allowance, standing: PlanStanding) -> None:
        day = date_text(allowance.renews_on)
        self.included = t("billing.included", minutes=f"{allowance.included_minutes:,}")
        self.renews = t("billing.renews", day=day)
        self.is_low = allowance.is_running_low and not allowance.is_exhausted
        key = "billing.exhausted_free" if standing.can_upgrade and not standing.is_paid else "billing.exhausted"
        self.exhausted = t(key, day=day) if allowance.is_exhausted else ""

    def _show_plan(self, standing: PlanStanding, zone: tzinfo, now: datetime) -> None:
        self.plan, self.is_paid = standing.plan.name, standing.is_paid
        self.can_upgrade = standing.can_upgrade and not standing.is_paid
        self.can_manage = standing.is_manageable
        self.is_sandbox = services().payment_provider == SANDBOX
        self.is_confirming = self.is_confirming and not standing.is_paid
        self.plan_text, self.is_warning = plan_text(standing, zone, now)
        until = day_text(standing.paid_until, zone, now) if standing.paid_until else ""
        self.unheard = t("billing.unheard", day=until) if standing.is_paid and standing.is_unheard else ""


def plan_text(standing: PlanStanding, zone: tzinfo, now: datetime) -> tuple[str, bool]:
    """What becomes of the plan, and whether the person should do something."""
    known = standing.entitlement
    if not standing.is_paid or standing.paid_until is None or known.period_end is None:
        return t("billing.free_note"), False
    if known.standing is Standing.PAST_DUE:
        return t("billing.past_due", day=day_text(standing.paid_until, zone, now)), True
    key = "billing.active_until" if known.cancels_at_period_end else "billing.active"
    return t(key, day=day_text(known.period_end, zone, now)), False


def minutes_point(plan: Plan) -> str:
    return t("billing.point_minutes", minutes=f"{plan.included_minutes:,}")


def money_text(cents: int, currency: str) -> str:
    """'$19', '$19.50', 'CHF 19'."""
    amount = f"{cents / 100:,.2f}".removesuffix(".00")
    symbol = _SYMBOLS.get(currency.lower())
    return f"{symbol}{amount}" if symbol else f"{currency.upper()} {amount}"


def invoice_row(invoice: Invoice, zone: tzinfo, now: datetime) -> InvoiceRow:
    return InvoiceRow(
        number=invoice.number,
        when=day_text(invoice.at, zone, now),
        amount=money_text(invoice.amount_cents, invoice.currency),
        outcome=t("billing.invoice_paid" if invoice.is_paid else "billing.invoice_open"),
    )


def ledger_rows(entries: Sequence[tuple[UsageEntry, str]], zone: tzinfo, now: datetime) -> list[LedgerRow]:
    return [
        LedgerRow(
            title=title or t("billing.gone"),
            when=moment_text(entry.occurred_at, zone, now),
            duration=length_text(entry.seconds * 1000),
            path=f"/meetings/{entry.meeting_id}" if title and entry.meeting_id else "",
        )
        for entry, title in entries
    ]


on_change(BillingState.refresh, "/billing")
on_own_change(BillingState.refresh, "/billing")
