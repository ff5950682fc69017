"""The list of meetings, and the dialog that makes one."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

import reflex as rx

from peak_app.domain.fields import uuid_of
from peak_app.domain.meetings.listing import Sort
from peak_app.domain.meetings.moments import ChosenMoment, moment_of
from peak_app.domain.meetings.service import PAGE_LIMIT, MeetingPage
from peak_app.errors import NotFound, PeakError
from peak_app.i18n.catalogue import plural, t
from peak_app.state.agent_rows import AgentOption
from peak_app.state.calendar_rows import (
    CalendarWeek,
    first_of,
    month_after,
    month_text,
    shown_days,
    start_of,
    weeks_of,
)
from peak_app.state.form import sent
from peak_app.state.formatting import zone_of
from peak_app.state.live import on_change
from peak_app.state.meeting_query import ListQuery
from peak_app.state.meeting_rows import MeetingRow
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services

PAGE_SIZE = 20
FIELDS = ("q", "state", "agent", "from", "to", "score", "sort", "view", "month")
"""What the page itself may change of its address."""
_REMEMBERED = 20


class MeetingsState(rx.State):
    """One page of the list, or one month of it. The address says which: whatever changes something changes that."""

    rows: list[MeetingRow] = []
    weeks: list[CalendarWeek] = []
    agents: list[AgentOption] = []
    selected: list[str] = []
    ticks_key: int = 0
    """Goes up when boxes must show something other than what was pressed: a browser ticks a box by itself."""
    total_text: str = ""
    cut_text: str = ""
    """That a month has more meetings than the calendar shows; empty when it has not."""
    has_any: bool = False
    is_loaded: bool = False

    search: str = ""
    status: str = ""
    agent_id: str = ""
    since: str = ""
    until: str = ""
    score: str = ""
    sort: str = Sort.NEWEST.value
    view: str = "table"
    filter_count: int = 0
    is_unfolded: bool = False
    """Whether a phone shows the filters."""
    fields_key: int = 0
    """Goes up when fields must show something other than what was typed into them."""

    page: int = 1
    page_count: int = 1
    previous_path: str = ""
    next_path: str = ""
    month: str = ""
    _query: ListQuery = ListQuery()
    _chosen: list[str] = []
    """Addresses this page itself asked for, until they are loaded."""

    @rx.event
    async def load(self):
        """Show what the address says, and have the address say what is shown."""
        user_id = await signed_in(self)
        self.agents = await self._list_agents(user_id)
        said = dict(self.router.url.query_parameters)
        before, self._query = self._query, ListQuery.of(said, self._agent_ids())
        path = self._query.to_path()
        if path in self._chosen:
            self._chosen = self._chosen[self._chosen.index(path) + 1 :]
        elif self._query.typed != before.typed:
            self.fields_key += 1
        await self._fetch()
        if self._query.to_params() != said:
            return rx.redirect(self._query.to_path(), replace=True)
        return None

    @rx.event
    async def refresh(self, _meeting_id: str):
        """A meeting changed; whichever it is, it may be on this page of the list."""
        await signed_in(self)
        # Before that, what the address asks for is not known.
        if self.is_loaded:
            await self._fetch()

    @rx.event
    async def change(self, name: str, value: str):
        """Set one of `FIELDS`; what makes no sense changes nothing. Typing goes on in the same entry of the history."""
        await signed_in(self)
        if not isinstance(value, str) or name not in FIELDS:
            return None
        query = self._query.having(name, value, self._agent_ids())
        is_refused = bool(value) and name not in ("q", "view", "sort") and name not in query.to_params()
        if query == self._query or is_refused:
            return None
        if set(self._query.to_params()) - {"page", name} <= set(query.to_params()):
            self._chosen = [*self._chosen, query.to_path()][-_REMEMBERED:]
        return rx.redirect(query.to_path(), replace=name == "q")

    @rx.event
    async def clear_filters(self):
        await signed_in(self)
        return rx.redirect(ListQuery(view=self._query.view, sort=self._query.sort).to_path())

    @rx.event
    async def unfold(self, is_open: bool):
        self.is_unfolded = is_open is True

    @rx.event
    async def select(self, meeting_id: str, is_selected: bool):
        """Choose a meeting of this page for what is done to several at once, or no longer."""
        await signed_in(self)
        others = [known for known in self.selected if known != meeting_id]
        is_here = any(row.meeting_id == meeting_id for row in self.rows)
        self.selected = [*others, meeting_id] if is_selected is True and is_here else others

    @rx.event
    async def select_all(self, is_selected: bool):
        await signed_in(self)
        self._select([row.meeting_id for row in self.rows] if is_selected is True else [])

    def _select(self, meeting_ids: list[str]) -> None:
        self.selected = meeting_ids
        self.ticks_key += 1

    async def _list_agents(self, user_id: UUID) -> list[AgentOption]:
        """All that are offered for meetings, then those that are put away and have some."""
        known = services()
        offered = await asyncio.to_thread(known.agents.list_agents, user_id)
        archived = await asyncio.to_thread(known.agents.list_agents, user_id, is_archived=True)
        met = await asyncio.to_thread(known.meetings.list_agent_ids, user_id) if archived else set()
        return [
            *(AgentOption(str(agent.agent_id), agent.name) for agent in offered),
            *(
                AgentOption(str(agent.agent_id), t("meetings.agent_archived", name=agent.name))
                for agent in archived
                if agent.agent_id in met
            ),
        ]

    def _agent_ids(self) -> list[str]:
        return [agent.agent_id for agent in self.agents]

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        if self._query.view == "calendar":
            total = await self._fetch_month(user_id, zone, now)
        else:
            total = await self._fetch_page(user_id, zone, now)
        query = self._query
        self.search, self.status, self.agent_id = query.words, query.status or "", query.agent_id
        self.since = query.since.isoformat() if query.since else ""
        self.until = query.until.isoformat() if query.until else ""
        self.score, self.sort, self.view = str(query.score or ""), query.sort.value, query.view
        self.filter_count = query.filter_count
        self.total_text = plural("meetings.count", total)
        self.has_any = total > 0 or bool(query.words or query.filter_count) or query.view == "calendar"
        shown = {row.meeting_id for row in self.rows}
        if not shown.issuperset(self.selected):
            self._select([meeting_id for meeting_id in self.selected if meeting_id in shown])
        self.is_loaded = True

    async def _fetch_page(self, user_id: UUID, zone: tzinfo, now: datetime) -> int:
        query = self._query
        found = await self._find(
            user_id,
            since=start_of(query.since, zone) if query.since else None,
            until=start_of(query.until + timedelta(days=1), zone) if query.until else None,
            sort=query.sort,
            limit=PAGE_SIZE,
            offset=(query.page - 1) * PAGE_SIZE,
        )
        self.page, self.page_count = query.page, max(1, -(-found.total // PAGE_SIZE))
        if self.page > self.page_count:
            self._query = replace(query, page=self.page_count)
            return await self._fetch_page(user_id, zone, now)
        self.rows = [MeetingRow.of(meeting, zone, now) for meeting in found.meetings]
        self.weeks, self.month, self.cut_text = [], "", ""
        self.previous_path = replace(query, page=query.page - 1).to_path() if query.page > 1 else ""
        self.next_path = replace(query, page=query.page + 1).to_path() if query.page < self.page_count else ""
        return found.total

    async def _fetch_month(self, user_id: UUID, zone: tzinfo, now: datetime) -> int:
        query = self._query
        month = query.month or first_of(now.astimezone(zone).date())
        first, last = shown_days(month)
        since = max(first, query.since or first)
        until = min(last, query.until or last)
        found = await self._find(
            user_id,
            since=start_of(since, zone),
            until=start_of(until + timedelta(days=1), zone),
            sort=Sort.OLDEST,
            limit=PAGE_LIMIT,
            offset=0,
        )
        self.weeks = weeks_of(month, found.meetings, zone, now, query)
        self.rows, self.page, self.page_count = [], 1, 1
        self.month = month_text(month)
        is_cut = found.total > len(found.meetings)
        self.cut_text = t("meetings.cut", count=len(found.meetings), total=found.total) if is_cut else ""
        before, after = month_after(month, -1), month_after(month, 1)
        self.previous_path = replace(query, month=before).to_path() if before else ""
        self.next_path = replace(query, month=after).to_path() if after else ""
        return found.total

    async def _find(self, user_id: UUID, **asked: Any) -> MeetingPage:
        query = self._query
        return await asyncio.to_thread(
            services().meetings.list_meetings,
            user_id,
            search=query.words,
            status=query.status,
            agent_id=UUID(query.agent_id) if query.agent_id else None,
            least_score=query.score,
            **asked,
        )


on_change(MeetingsState.refresh, "/meetings")


def planned_text(sentence: str, chosen: ChosenMoment) -> str:
    """The sentence, with what there is to say of a time that comes twice."""
    return f"{sentence} {t('meetings.first_of_two')}" if chosen.is_twice else sentence


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
            chosen = moment_of(sent(form, "at"), zone_of(session.time_zone)) if self._is_later else None
            if not self._is_later:
                await asyncio.to_thread(services().billing.require_minutes, user_id)
            meeting = await asyncio.to_thread(
                services().meetings.create_meeting,
                user_id,
                title=sent(form, "title"),
                agent_id=uuid_of(sent(form, "agent"), t("meetings.no_agent")),
                scheduled_at=chosen.at if chosen else None,
            )
        except PeakError as problem:
            self.error = problem.sentence
            if isinstance(problem, NotFound):
                await self._list_agents()
            return None
        self.is_open = False
        if chosen is None:
            return rx.redirect(f"/call/{meeting.meeting_id}")
        await notify(self, "success", planned_text(t("meetings.scheduled"), chosen))
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
