"""The receipt of a deleted account, for whoever holds its link."""

import asyncio

import reflex as rx

from peak_app.domain.departures.errors import NoSuchReceipt
from peak_app.domain.departures.models import PlanOutcome
from peak_app.i18n.catalogue import t
from peak_app.state.receipt_rows import GoneRow, gone_rows
from peak_app.wiring import services


class GoodbyeState(rx.State):
    """Needs nobody signed in, and knows nobody: the secret in the page's address is all there is."""

    is_loaded: bool = False
    is_missing: bool = False
    asked: str = ""
    done: str = ""
    is_done: bool = False
    is_plan_going: bool = False
    plan: str = ""
    """What became of the paid plan; empty when there was none."""
    parts: list[GoneRow] = []

    @rx.event
    async def load(self):
        secret = self.router.url.query_parameters.get("receipt", "")
        self.is_loaded = True
        try:
            receipt = await asyncio.to_thread(services().departures.get_receipt, secret)
        except NoSuchReceipt:
            self.is_missing = True
            self.parts = []
            return
        self.is_missing = False
        # Nobody's time zone is known any more.
        self.asked = f"{receipt.asked_at:%Y-%m-%d %H:%M} UTC"
        self.done = f"{receipt.done_at:%Y-%m-%d %H:%M} UTC" if receipt.done_at else ""
        self.is_done = receipt.done_at is not None
        self.plan = t(f"goodbye.plan.{receipt.plan}") if receipt.plan else ""
        self.is_plan_going = receipt.plan == PlanOutcome.ENDING
        self.parts = gone_rows(receipt)
