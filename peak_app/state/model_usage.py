"""What models took: for the meeting on the page, and for the installation."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import reflex as rx

from peak_app.domain.insights.steps import STEPS
from peak_app.domain.model_usage.repository import UsageTotal
from peak_app.domain.model_usage.service import UsageBill
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import plural, t
from peak_app.state.live import on_change
from peak_app.state.meeting_tab import MeetingTab
from peak_app.state.session import signed_in
from peak_app.wiring import services


@dataclass
class UseRow:
    """All that one model did of one kind."""

    work: str
    model: str
    requests: str
    tokens: str
    cost: str


def use_rows(totals: Sequence[UsageTotal]) -> list[UseRow]:
    return [
        UseRow(_work(total.kind), total.model or t("numbers.none"), _requests(total), _tokens(total), _cost(total))
        for total in totals
    ]


def sum_text(bill: UsageBill) -> str:
    """What all of it cost, as far as anyone knows."""
    if not bill.totals:
        return t("model_usage.none")
    requests = sum(total.requests for total in bill.totals)
    known = any(total.cost_usd is not None for total in bill.totals)
    if not known:
        return plural("model_usage.requests", requests, shown=f"{requests:,}")
    key = "model_usage.cost" if bill.is_whole else "model_usage.cost_at_least"
    return t(key, cost=dollars(bill.cost_usd))


def dollars(amount: Decimal) -> str:
    """'$0.0312', '$12.40': four digits behind the point where there is less than a dollar."""
    return t("origin.dollars", amount=f"{amount:,.2f}" if amount >= 1 else f"{amount:.4f}")


def _work(kind: str) -> str:
    return t(f"step.{kind}") if kind in STEPS else t(f"model_usage.kind.{kind}")


def _requests(total: UsageTotal) -> str:
    shown = f"{total.requests:,}"
    return t("model_usage.uncounted", requests=shown, count=total.uncounted) if total.uncounted else shown


def _tokens(total: UsageTotal) -> str:
    parts = []
    if total.read or total.written:
        parts.append(t("origin.read_written", read=f"{total.read:,}", written=f"{total.written:,}"))
    if total.cached:
        parts.append(t("model_usage.cached", cached=f"{total.cached:,}"))
    if total.seconds:
        minutes = t("time.minutes", minutes=f"{total.seconds / 60:,.1f}")
        length = t("time.seconds", seconds=f"{total.seconds:.0f}") if total.seconds < 60 else minutes
        parts.append(t("model_usage.sound", length=length))
    return " · ".join(parts) or t("numbers.none")


def _cost(total: UsageTotal) -> str:
    return t("numbers.none") if total.cost_usd is None else dollars(total.cost_usd)


class MeetingUsageState(MeetingTab, rx.State):
    rows: list[UseRow] = []
    about: str = ""

    async def _fetch(self, user_id: UUID, meeting_id: UUID) -> None:
        bill = await asyncio.to_thread(services().model_usage.bill_of_meeting, user_id, meeting_id)
        self.rows, self.about = use_rows(bill.totals), sum_text(bill)


class UsageOverviewState(rx.State):
    """Empty for everyone but the operator."""

    rows: list[UseRow] = []
    about: str = ""

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        self.reset()
        try:
            bill = await asyncio.to_thread(services().model_usage.overview, user_id)
        except NotFound:
            return
        self.rows, self.about = use_rows(bill.totals), sum_text(bill)


on_change(MeetingUsageState.refresh, "/meetings/[meeting_id]")
