"""What the frame around every page shows: minutes left, and whose words the coach follows."""

import asyncio

import reflex as rx

from peak_app.i18n.catalogue import t
from peak_app.state.live import on_change
from peak_app.state.session import signed_in
from peak_app.wiring import services


class FrameState(rx.State):
    minutes_text: str = ""
    used_percent: int = 0
    is_low: bool = False
    is_practice_coach: bool = False
    """Whether the embedded coach leads the interviews: it follows reviewed question banks, not free instructions."""

    @rx.event
    async def load(self):
        await self._fetch()

    @rx.event
    async def refresh(self, _meeting_id: str):
        """A meeting changed, and with it perhaps what is left of the minutes."""
        await self._fetch()

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        allowance = await asyncio.to_thread(services().billing.get_allowance, user_id)
        self.minutes_text = t(
            "frame.minutes_left",
            left=allowance.remaining_minutes,
            included=allowance.included_minutes,
        )
        self.used_percent = round(allowance.used_share * 100)
        self.is_low = allowance.is_running_low
        self.is_practice_coach = services().settings.is_practice_coach


on_change(FrameState.refresh)
