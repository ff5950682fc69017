"""The list of agents, and the dialog that makes one."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.agents.models import INSTRUCTIONS_LIMIT, NAME_LIMIT
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t
from peak_app.state.agent_rows import AgentRow
from peak_app.state.conduct_form import ConductRow, conduct_sent, conduct_typed
from peak_app.state.form import sent, sent_text
from peak_app.state.formatting import zone_of
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services

TEMPLATES = ("backend", "behavioural", "product", "tutor")
"""Starting points, whose words are in the catalogue below `template.`."""
_CONDUCTS = {"tutor": Conduct(turn_taking="patient")}
"""Of templates that lead a call in a way of their own."""


class AgentsState(rx.State):
    rows: list[AgentRow] = []
    is_loaded: bool = False

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        agents = await asyncio.to_thread(services().agents.list_agents, user_id)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self.rows = [AgentRow.of(agent, zone, now) for agent in agents]
        self.is_loaded = True


class NewAgentState(rx.State):
    """The dialog "New agent". The fields are kept here so that a template can fill them in."""

    is_open: bool = False
    error: str = ""
    name: str = ""
    instructions: str = ""
    conduct: ConductRow = ConductRow()
    call_minutes: int = 0

    @rx.event
    async def set_open(self, is_open: bool):
        self.is_open = is_open is True
        if self.is_open:
            self._fill("", "", Conduct())

    @rx.event
    async def open_template(self, key: str):
        """Open with a template's words in the fields."""
        self.is_open = True
        if key in TEMPLATES:
            words = t(f"template.{key}.name"), t(f"template.{key}.instructions")
            self._fill(*words, _CONDUCTS.get(key, Conduct()))
        else:
            self._fill("", "", Conduct())

    @rx.event
    async def create(self, form: dict[str, Any]):
        user_id = await signed_in(self)
        self.error = ""
        # Kept so that a refusal takes nothing away from what was typed.
        self.name = sent_text(form, "name", NAME_LIMIT * 2)
        self.instructions = sent_text(form, "instructions", INSTRUCTIONS_LIMIT * 2)
        self.conduct = conduct_typed(form)
        try:
            agent = await asyncio.to_thread(
                services().agents.create_agent,
                user_id,
                name=sent(form, "name"),
                instructions=sent(form, "instructions"),
                conduct=conduct_sent(form),
            )
        except PeakError as problem:
            self.error = problem.sentence
            return None
        self.is_open = False
        await notify(self, "success", t("agents.created", name=agent.name))
        return rx.redirect(f"/agents/{agent.agent_id}")

    def _fill(self, name: str, instructions: str, conduct: Conduct) -> None:
        self.name, self.instructions, self.conduct = name, instructions, ConductRow.of(conduct)
        self.call_minutes = services().settings.max_call_minutes
        self.error = ""
