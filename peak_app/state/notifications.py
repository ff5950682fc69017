"""The bell of the frame: what one was told, and whether it was read; and how one wants to be told."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import reflex as rx

from peak_app.domain.fields import uuid_of
from peak_app.domain.notifications.choices import LEADS, Choice
from peak_app.domain.notifications.models import Kind
from peak_app.domain.notifications.service import NotificationView
from peak_app.errors import NotFound, PeakError
from peak_app.i18n.catalogue import plural, t
from peak_app.state.form import sent
from peak_app.state.formatting import moment_text, zone_of
from peak_app.state.live import on_change
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services

_MOST_COUNTED = 99


@dataclass
class NotificationRow:
    """`sign` is reminder, ready or failed; `about` says what is with the meeting, `when` how long one knows."""

    notification_id: str
    title: str
    about: str
    when: str
    sign: str
    is_unread: bool
    path: str

    @classmethod
    def of(cls, told: NotificationView, zone: tzinfo, now: datetime) -> "NotificationRow":
        outcome = "ready" if told.is_good else "failed"
        sign = "reminder" if told.kind is Kind.REMINDER else outcome
        return cls(
            notification_id=str(told.notification_id),
            title=told.title,
            about=t(f"notifications.{sign}", when=moment_text(told.at, zone, now))
            if sign == "reminder"
            else t(f"notifications.{sign}"),
            when=moment_text(told.created_at, zone, now),
            sign=sign,
            is_unread=not told.is_read,
            path=f"/meetings/{told.meeting_id}",
        )


class NotificationsState(rx.State):
    rows: list[NotificationRow] = []
    unread: int = 0
    badge: str = ""
    """The number as the bell shows it; empty for none."""
    label: str = ""
    """What the bell is called."""

    @rx.event
    async def load(self):
        await self._fetch()

    @rx.event
    async def refresh(self, _meeting_id: str):
        """A meeting changed, and perhaps one was told of it."""
        await self._fetch()

    @rx.event
    async def open(self, notification_id: str):
        """Go to what it is about; from then on it is read."""
        user_id = await signed_in(self)
        row = next((row for row in self.rows if row.notification_id == notification_id), None)
        if row is None:
            raise NotFound(t("notifications.gone"))
        wanted = uuid_of(row.notification_id, t("notifications.gone"))
        await asyncio.to_thread(services().notifications.mark_read, user_id, [wanted])
        await self._fetch()
        return rx.redirect(row.path)

    @rx.event
    async def mark_all(self):
        user_id = await signed_in(self)
        await asyncio.to_thread(services().notifications.mark_read, user_id)
        await self._fetch()

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        found = await asyncio.to_thread(services().notifications.list_newest, user_id)
        self.rows = [NotificationRow.of(told, zone, now) for told in found.newest]
        self.unread = found.unread
        self.badge = "" if not found.unread else str(min(found.unread, _MOST_COUNTED))
        self.label = plural("notifications.bell", found.unread) if found.unread else t("notifications.title")


class NotificationChoicesState(rx.State):
    """How one wants to be told: for each kind whether in the app and by mail, and when to be reminded."""

    reminder_in_app: bool = True
    reminder_by_mail: bool = True
    results_in_app: bool = True
    results_by_mail: bool = False
    leads: list[int] = []
    key: str = ""
    """Changes with what is chosen, so that the boxes show it."""
    error: str = ""

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        self.error = ""
        self._show(await asyncio.to_thread(services().notifications.get_choices, user_id))

    @rx.event
    async def save(self, form: dict[str, Any]):
        user_id = await signed_in(self)
        self.error = ""
        told = services().notifications
        try:
            for kind in Kind:
                leads = [lead for lead in LEADS if _is_ticked(form, f"lead_{lead}")]
                await asyncio.to_thread(
                    told.choose,
                    user_id,
                    kind,
                    in_app=_is_ticked(form, f"{kind.value}_in_app"),
                    by_mail=_is_ticked(form, f"{kind.value}_by_mail"),
                    leads=leads if kind is Kind.REMINDER else (),
                )
        except PeakError as refusal:
            self.error = refusal.sentence
            return
        self._show(await asyncio.to_thread(told.get_choices, user_id))
        await notify(self, "success", t("notifications.saved"))

    def _show(self, choices: dict[Kind, Choice]) -> None:
        reminder, results = choices[Kind.REMINDER], choices[Kind.RESULTS]
        self.reminder_in_app, self.reminder_by_mail = reminder.in_app, reminder.by_mail
        self.results_in_app, self.results_by_mail = results.in_app, results.by_mail
        self.leads = list(reminder.leads)
        self.key = repr((reminder, results))


def _is_ticked(form: object, name: str) -> bool:
    # A browser sends a box that is not ticked by not sending it.
    return sent(form, name) in ("on", True)


on_change(NotificationsState.refresh)
