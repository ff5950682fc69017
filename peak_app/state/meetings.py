"""The list of meetings, and the dialog that makes one."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from peak_app.domain.fields import uuid_of
from peak_app.domain.meetings.models import TITLE_LIMIT
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import NotFound, PeakError
from peak_app.i18n.catalogue import plural, t
from peak_app.state.agent_rows import AgentOption
from peak_app.state.form import sent
from peak_app.state.formatting import local_moment, zone_of
from peak_app.state.live import on_change
from peak_app.state.meeting_rows import MeetingRow
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services

PAGE_SIZE = 10


class MeetingsState(rx.State):
    """One page of the list. `status` is a state's name, or empty for all."""

    rows: list[MeetingRow] = []
    total_text: str = ""
    has_any: bool = False
    is_loaded: bool = False
    status: str = ""
    search: str = ""
    page: int = 0
    page_count: int = 1

    @rx.event
    async def load(self):
        await self._fetch()

    @rx.event
    async def refresh(self, _meeting_id: str):
        """A meeting changed; whichever it is, it may be on this page of the list."""
        await self._fetch()

    @rx.event
    async def filter_by(self, status: str):
        self.status = status if isinstance(status, str) and status in set(MeetingStatus) else ""
        self.page = 0
        await self._fetch()

    @rx.event
    async def search_for(self, text: str):
        self.search = text[:TITLE_LIMIT] if isinstance(text, str) else ""
        self.page = 0
        await self._fetch()

    @rx.event
    async def turn_page(self, step: int):
        self.page += 1 if step == 1 else -1
        await self._fetch()

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        self.page = max(0, self.page)
        result = await asyncio.to_thread(
            services().meetings.list_meetings,
            user_id,
            status=MeetingStatus(self.status) if self.status else None,
            search=self.search,
            limit=PAGE_SIZE,
            offset=self.page * PAGE_SIZE,
        )
        self.page_count = max(1, -(-result.total // PAGE_SIZE))
        if self.page >= self.page_count:
            self.page = self.page_count - 1
            return await self._fetch()
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self.rows = [MeetingRow.of(meeting, zone, now) for meeting in result.meetings]
        self.total_text = plural("meetings.count", result.total)
        self.has_any = result.total > 0 or bool(self.status or self.search)
        self.is_loaded = True
        return None


on_change(MeetingsState.refresh, "/meetings")


class NewMeetingState(rx.State):
    """The dialog "New meeting"; which of its two buttons was pressed arrives just before the form."""

    is_open: bool = False
    error: str = ""
    agents: list[AgentOption] = []
    agent_id: str = ""
    is_loaded: bool = False
    _is_later: bool = False

    @rx.event
    async def open_for(self, agent_id: str):
        """Open with one agent chosen already."""
        await self._open(agent_id)

    @rx.event
    async def set_open(self, is_open: bool):
        if is_open is True:
            await self._open("")
        else:
            self.is_open = False

    @rx.event
    async def choose(self, when: str):
        self._is_later = when == "later"

    @rx.event
    async def create(self, form: dict[str, Any]):
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        self.error = ""
        try:
            at = local_moment(sent(form, "at"), zone_of(session.time_zone)) if self._is_later else None
            if not self._is_later:
                await asyncio.to_thread(services().billing.require_minutes, user_id)
            meeting = await asyncio.to_thread(
                services().meetings.create_meeting,
                user_id,
                title=sent(form, "title"),
                agent_id=uuid_of(sent(form, "agent"), t("meetings.no_agent")),
                scheduled_at=at,
            )
        except PeakError as problem:
            self.error = problem.sentence
            if isinstance(problem, NotFound):
                await self._list_agents()
            return None
        self.is_open = False
        if at is None:
            return rx.redirect(f"/call/{meeting.meeting_id}")
        await notify(self, "success", t("meetings.scheduled"))
        return rx.redirect(f"/meetings/{meeting.meeting_id}")

    async def _open(self, agent_id: str) -> None:
        self.error, self._is_later, self.is_loaded = "", False, False
        await self._list_agents()
        known = [agent.agent_id for agent in self.agents]
        self.agent_id = agent_id if agent_id in known else next(iter(known), "")
        self.is_loaded = self.is_open = True

    async def _list_agents(self) -> None:
        user_id = await signed_in(self)
        self.agents = [
            AgentOption(str(agent.agent_id), agent.name)
            for agent in await asyncio.to_thread(services().agents.list_agents, user_id)
        ]
