"""The plan, what was used of it, and for what."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx

from peak_app.domain.billing.allowance import month_of
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import date_text, length_text, moment_text, zone_of
from peak_app.state.session import SessionState, signed_in
from peak_app.wiring import services


@dataclass
class LedgerRow:
    """One entry of the ledger; `path` is empty when the meeting is gone."""

    title: str
    when: str
    duration: str
    path: str


class BillingState(rx.State):
    plan: str = ""
    used: str = ""
    left: str = ""
    included: str = ""
    renews: str = ""
    used_percent: int = 0
    is_low: bool = False
    is_exhausted: bool = False
    rows: list[LedgerRow] = []
    is_loaded: bool = False

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        allowance = await asyncio.to_thread(services().billing.get_allowance, user_id)
        entries = await asyncio.to_thread(services().billing.list_usage, user_id, since=month_of(now)[0])
        self.plan = allowance.plan
        self.used = length_text(allowance.used.total_seconds() * 1000)
        self.left = t("time.minutes", minutes=allowance.remaining_minutes)
        self.included = t("billing.included", minutes=allowance.included_minutes)
        self.renews = t("billing.renews", day=date_text(allowance.renews_on))
        self.used_percent = round(allowance.used_share * 100)
        self.is_low, self.is_exhausted = allowance.is_running_low, allowance.is_exhausted
        self.rows = [
            LedgerRow(
                title=title or t("billing.gone"),
                when=moment_text(entry.occurred_at, zone, now),
                duration=length_text(entry.seconds * 1000),
                path=f"/meetings/{entry.meeting_id}" if title and entry.meeting_id else "",
            )
            for entry, title in entries
        ]
        self.is_loaded = True
