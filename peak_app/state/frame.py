"""What the frame around every page shows: minutes left, and whose words the coach follows."""

import asyncio

import reflex as rx

from peak_app.state.live import on_change, on_own_change
from peak_app.state.session import signed_in
from peak_app.wiring import services


class FrameState(rx.State):
    used_ms: int = 0
    """Of this month, when it was last read; the page counts on from there while calls run."""
    included_ms: int = 0
    live_calls: int = 0
    is_loaded: bool = False
    is_practice_coach: bool = False
    """Whether the embedded coach leads the interviews: it follows reviewed question banks, not free instructions."""

    @rx.event
    async def load(self):
        await self._fetch()

    @rx.event
    async def refresh(self, _meeting_id: str):
        """A meeting changed, and with it perhaps what is left of the minutes; or the plan."""
        await self._fetch()

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        allowance = await asyncio.to_thread(services().billing.get_allowance, user_id)
        self.used_ms = round(allowance.used.total_seconds() * 1000)
        self.included_ms = allowance.included_minutes * 60_000
        self.live_calls = allowance.live_calls
        self.is_practice_coach = services().settings.is_practice_coach
        self.is_loaded = True


on_change(FrameState.refresh)
on_own_change(FrameState.refresh)
