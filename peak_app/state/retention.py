"""How long the recordings of one's own workspace are kept."""

import asyncio
from typing import Any

import reflex as rx

from peak_app.domain.recordings.retention import Retention
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t
from peak_app.state.form import sent
from peak_app.state.session import notify, signed_in
from peak_app.wiring import services


class RetentionState(rx.State):
    """`own_days` is empty while the installation's default holds."""

    own_days: str = ""
    default_days: str = ""
    error: str = ""

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        self.error = ""
        self._show(await asyncio.to_thread(services().recordings.get_retention, user_id))

    @rx.event
    async def save(self, form: dict[str, Any]):
        user_id = await signed_in(self)
        self.error = ""
        try:
            kept = await asyncio.to_thread(services().recordings.set_retention, user_id, sent(form, "retention_days"))
        except PeakError as problem:
            self.error = problem.sentence
            return
        self._show(kept)
        await notify(self, "success", t("retention.saved", days=f"{kept.days:,}"))

    def _show(self, kept: Retention) -> None:
        self.own_days = "" if kept.own_days is None else str(kept.own_days)
        self.default_days = str(kept.default_days)
