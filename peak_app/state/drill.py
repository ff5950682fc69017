"""The dialog "Practise this": a meeting with a focus, begun at once."""

import asyncio
from typing import Any

import reflex as rx

from peak_app.domain.fields import uuid_of
from peak_app.domain.meetings.models import FOCUS_LIMIT, TITLE_LIMIT
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t
from peak_app.state.agent_rows import AgentOption
from peak_app.state.drill_rows import focus_text, skill_name
from peak_app.state.form import sent
from peak_app.state.session import signed_in
from peak_app.wiring import services


class DrillState(rx.State):
    """`agent_id` is the agent of the newest meeting the suggestion rests on, when it is still there."""

    is_open: bool = False
    title: str = ""
    focus: str = ""
    agents: list[AgentOption] = []
    agent_id: str = ""
    error: str = ""

    @rx.event
    async def open_for(self, key: str):
        """Open for one of the suggestions there are now."""
        user_id = await signed_in(self)
        all_services = services()
        suggestion = await asyncio.to_thread(all_services.progress.get_suggestion, user_id, key)
        agents = await asyncio.to_thread(all_services.agents.list_agents, user_id)
        self.agents = [AgentOption(str(agent.agent_id), agent.name) for agent in agents]
        known, wanted = [agent.agent_id for agent in self.agents], str(suggestion.agent_id)
        self.agent_id = wanted if wanted in known else next(iter(known), "")
        self.title = t("drill.title", name=skill_name(suggestion))[:TITLE_LIMIT]
        self.focus = focus_text(suggestion)[:FOCUS_LIMIT]
        self.error, self.is_open = "", True

    @rx.event
    async def close(self):
        await signed_in(self)
        self.is_open = False

    @rx.event
    async def start(self, form: dict[str, Any]):
        """Make the meeting and go to its lobby."""
        user_id = await signed_in(self)
        self.error = ""
        try:
            await asyncio.to_thread(services().billing.require_minutes, user_id)
            meeting = await asyncio.to_thread(
                services().meetings.create_meeting,
                user_id,
                title=sent(form, "title"),
                agent_id=uuid_of(sent(form, "agent"), t("meetings.no_agent")),
                focus=sent(form, "focus"),
            )
        except PeakError as problem:
            self.error = problem.sentence
            return None
        self.is_open = False
        return rx.redirect(f"/call/{meeting.meeting_id}")
