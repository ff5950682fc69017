"""The list of agents, and the dialog that makes one."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.agents.models import INSTRUCTIONS_LIMIT, NAME_LIMIT
from peak_app.domain.agents.words import AgentWords
from peak_app.domain.fields import uuid_of
from peak_app.domain.scorecards.rubric import RubricChoice
from peak_app.domain.scorecards.templates import template_for
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t
from peak_app.state.agent_rows import AgentRow
from peak_app.state.conduct_form import ConductRow, VoiceRow, conduct_sent, conduct_typed
from peak_app.state.form import sent, sent_text, typed_text
from peak_app.state.formatting import zone_of
from peak_app.state.gallery import GalleryState, known
from peak_app.state.knowledge_form import DocumentRow, knowledge_sent, knowledge_typed
from peak_app.state.rubric_form import RubricRow, rubric_sent, rubric_typed
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services

SEARCH_LIMIT = 100


class AgentsState(rx.State):
    """`rows` are those that match what is searched for, of `_all`, which has the words of each beside it."""

    rows: list[AgentRow] = []
    search: str = ""
    is_archive: bool = False
    has_any: bool = False
    is_loaded: bool = False
    _all: list[tuple[AgentRow, str]] = []

    @rx.event
    async def load(self):
        self.is_archive, self.search = False, ""
        await self._read()

    @rx.event
    async def show_archive(self, is_archive: bool):
        self.is_archive = is_archive is True
        await self._read()

    @rx.event
    async def search_for(self, text: str):
        await signed_in(self)
        self.search = typed_text(text, SEARCH_LIMIT)
        self._match()

    @rx.event
    async def open_imported(self, agent_id: str):
        """Go to an agent that was just brought in."""
        user_id = await signed_in(self)
        wanted = uuid_of(agent_id, t("refusal.agent_missing"))
        agent = await asyncio.to_thread(services().agents.get_agent, user_id, wanted)
        await notify(self, "success", t("agents.imported", name=agent.name))
        return rx.redirect(f"/agents/{agent.agent_id}")

    async def _read(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        agents = await asyncio.to_thread(services().agents.list_agents, user_id, is_archived=self.is_archive)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self._all = [
            (AgentRow.of(agent, zone, now), f"{agent.name} {agent.instructions}".casefold()) for agent in agents
        ]
        self.has_any = bool(self._all)
        self._match()
        self.is_loaded = True

    def _match(self) -> None:
        words = self.search.casefold().split()
        self.rows = [row for row, text in self._all if all(word in text for word in words)]


class NewAgentState(rx.State):
    """The dialog "New agent". The fields are kept here so that a template can fill them in."""

    is_open: bool = False
    error: str = ""
    form_key: str = "0"
    """Changes with what the fields are filled from."""
    name: str = ""
    instructions: str = ""
    conduct: ConductRow = ConductRow()
    rubric: RubricRow = RubricRow()
    fitting_rubric: str = ""
    documents: list[DocumentRow] = []
    voice: VoiceRow = VoiceRow()
    call_minutes: int = 0
    _bank: str = ""

    @rx.event
    async def set_open(self, is_open: bool):
        self.is_open = is_open is True
        if self.is_open:
            self._fill(None)

    @rx.event
    async def open_template(self, key: str):
        """Open with an agent of the gallery in the fields."""
        gallery = await self.get_state(GalleryState)
        gallery.is_shown = False
        agent = known(key)
        self.is_open = True
        self._fill(agent.words if agent else None)

    @rx.event
    async def create(self, form: dict[str, Any]):
        user_id = await signed_in(self)
        self.error = ""
        # Kept so that a refusal takes nothing away from what was typed.
        self.name = sent_text(form, "name", NAME_LIMIT * 2)
        self.instructions = sent_text(form, "instructions", INSTRUCTIONS_LIMIT * 2)
        self.conduct, self.rubric = conduct_typed(form), rubric_typed(form)
        self.documents = knowledge_typed(form)
        try:
            agent = await asyncio.to_thread(
                services().agents.create_agent,
                user_id,
                name=sent(form, "name"),
                instructions=sent(form, "instructions"),
                practice_bank=self._bank,
                conduct=conduct_sent(form),
                rubric=rubric_sent(form),
                documents=knowledge_sent(form),
            )
        except PeakError as problem:
            self.error = problem.sentence
            return None
        self.is_open = False
        await notify(self, "success", t("agents.created", name=agent.name))
        return rx.redirect(f"/agents/{agent.agent_id}")

    def _fill(self, words: AgentWords | None) -> None:
        self.name, self.instructions = (words.name, words.instructions) if words else ("", "")
        self._bank = words.practice_bank if words else ""
        self.conduct = ConductRow.of(words.conduct if words else Conduct())
        self.rubric = RubricRow.of(words.rubric if words else RubricChoice())
        self.fitting_rubric = template_for(self._bank, self.instructions).id
        self.documents = []
        known_services = services()
        self.voice = VoiceRow.of(known_services.voice_choice, is_built_in=known_services.settings.is_embedded_ai)
        self.call_minutes = known_services.settings.max_call_minutes
        self.form_key = str(int(self.form_key) + 1)
        self.error = ""
