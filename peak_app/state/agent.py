"""One agent: its words, and the practice questions that were matched to them."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import reflex as rx

from peak_app.domain.agents.models import INSTRUCTIONS_LIMIT, NAME_LIMIT
from peak_app.domain.agents.service import AgentProfile
from peak_app.domain.fields import uuid_of
from peak_app.domain.scorecards.templates import template_for
from peak_app.errors import NotFound, PeakError, ServiceUnavailable
from peak_app.i18n.catalogue import t
from peak_app.state.agent_rows import ORB_HUES
from peak_app.state.conduct_form import ConductRow, VoiceRow, conduct_sent, conduct_typed
from peak_app.state.form import sent, sent_text
from peak_app.state.frame import FrameState
from peak_app.state.knowledge_form import DocumentRow, document_rows, knowledge_sent, knowledge_typed
from peak_app.state.path import id_in_path
from peak_app.state.rubric_form import RubricRow, rubric_sent, rubric_typed
from peak_app.state.session import notify, signed_in
from peak_app.state.versions import VersionsState, is_version_number
from peak_app.wiring import services


@dataclass
class BankOption:
    """A question bank to choose."""

    bank_id: str
    title: str


@dataclass
class BankRow:
    """The bank the coach will use, with its questions."""

    bank_id: str = ""
    title: str = ""
    description: str = ""
    questions: list[str] = field(default_factory=list)


class AgentState(rx.State):
    """The page of one agent. `chosen_bank` is empty while the bank is picked by the words."""

    agent_id_text: str = ""
    name: str = ""
    instructions: str = ""
    conduct: ConductRow = ConductRow()
    call_minutes: int = 0
    documents: list[DocumentRow] = []
    voice: VoiceRow = VoiceRow()
    rubric: RubricRow = RubricRow()
    fitting_rubric: str = ""
    """Template that fits the words that are saved."""
    version_text: str = ""
    hue: str = "0"
    is_demo: bool = False
    is_archived: bool = False
    is_loaded: bool = False
    is_missing: bool = False
    error: str = ""
    is_deleting: bool = False

    bank: BankRow = BankRow()
    bank_options: list[BankOption] = []
    chosen_bank: str = ""
    bank_note: str = ""

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        self.is_loaded = self.is_missing = self.is_deleting = False
        self.error = ""
        try:
            agent_id = id_in_path(self, t("refusal.agent_missing"))
            agent = await asyncio.to_thread(services().agents.get_agent, user_id, agent_id)
        except NotFound:
            self.is_missing = self.is_loaded = True
            return
        await self._show_all(user_id, agent)
        self.is_loaded = True

    @rx.event
    async def save(self, form: dict[str, Any]):
        user_id = await signed_in(self)
        self.error = ""
        try:
            agent = await asyncio.to_thread(
                services().agents.update_agent,
                user_id,
                self._agent_id(),
                name=sent(form, "name"),
                instructions=sent(form, "instructions"),
                practice_bank=self.chosen_bank,
                conduct=conduct_sent(form),
                rubric=rubric_sent(form),
                documents=knowledge_sent(form),
            )
        except PeakError as problem:
            self.error = problem.sentence
            # What was typed stays, whatever the page is drawn from next.
            self.name = sent_text(form, "name", NAME_LIMIT * 2)
            self.instructions = sent_text(form, "instructions", INSTRUCTIONS_LIMIT * 2)
            self.conduct, self.rubric = conduct_typed(form), rubric_typed(form)
            self.documents = knowledge_typed(form)
            return
        await self._show_all(user_id, agent)
        await notify(self, "success", t("agent.saved"))

    @rx.event
    async def restore(self, number: int):
        """Save an earlier version anew."""
        user_id = await signed_in(self)
        if not is_version_number(number):
            raise NotFound(t("refusal.agent_version"))
        agent = await asyncio.to_thread(services().agents.restore_version, user_id, self._agent_id(), number)
        await self._show_all(user_id, agent)
        await notify(self, "success", t("agent.restored", number=number))

    @rx.event
    async def duplicate(self):
        user_id = await signed_in(self)
        copy = await asyncio.to_thread(services().agents.duplicate_agent, user_id, self._agent_id())
        await notify(self, "success", t("agent.duplicated", name=copy.name))
        return rx.redirect(f"/agents/{copy.agent_id}")

    @rx.event
    async def archive(self, is_archived: bool):
        user_id = await signed_in(self)
        wanted = is_archived is True
        agent = await asyncio.to_thread(services().agents.archive_agent, user_id, self._agent_id(), wanted)
        self.is_archived = agent.is_archived
        await notify(self, "success", t("agent.archived" if wanted else "agent.unarchived", name=agent.name))

    @rx.event
    async def choose_bank(self, bank_id: str):
        """Use this bank for the agent; empty: by the words again. Kept at once, and nothing else with it."""
        user_id = await signed_in(self)
        known = [option.bank_id for option in self.bank_options]
        wanted = bank_id if bank_id in known else ""
        saved = await asyncio.to_thread(services().agents.get_agent, user_id, self._agent_id())
        await asyncio.to_thread(
            services().agents.update_agent,
            user_id,
            saved.agent_id,
            name=saved.name,
            instructions=saved.instructions,
            practice_bank=wanted,
        )
        self.chosen_bank = wanted
        self.fitting_rubric = template_for(wanted, saved.instructions).id
        await self._show_bank(saved.instructions)
        versions = await self.get_state(VersionsState)
        await versions._read(user_id, saved.agent_id)
        await notify(self, "success", t("agent.bank_saved"))

    @rx.event
    async def ask_delete(self, is_open: bool):
        self.is_deleting = is_open is True

    @rx.event
    async def delete(self):
        user_id = await signed_in(self)
        self.is_deleting = False
        await asyncio.to_thread(services().agents.delete_agent, user_id, self._agent_id())
        await notify(self, "success", t("agent.deleted", name=self.name))
        return rx.redirect("/agents")

    def _agent_id(self) -> UUID:
        return uuid_of(self.agent_id_text, t("refusal.agent_missing"))

    async def _show_all(self, user_id: UUID, agent: AgentProfile) -> None:
        words = await asyncio.to_thread(services().agents.get_words, user_id, agent.agent_id)
        self.documents = document_rows(words.documents)
        self._show(agent)
        await self._show_bank()
        versions = await self.get_state(VersionsState)
        await versions._read(user_id, agent.agent_id)

    def _show(self, agent: AgentProfile) -> None:
        self.agent_id_text = str(agent.agent_id)
        self.name, self.instructions = agent.name, agent.instructions
        self.conduct = ConductRow.of(agent.conduct)
        known = services()
        self.voice = VoiceRow.of(known.voice_choice, is_built_in=known.settings.is_embedded_ai)
        self.call_minutes = known.settings.max_call_minutes
        self.version_text = t("agent.version", number=agent.version_number)
        self.hue = str(agent.agent_id.int % ORB_HUES)
        self.is_demo, self.is_archived = agent.is_demo, agent.is_archived
        self.chosen_bank = agent.practice_bank
        self.rubric = RubricRow.of(agent.rubric)
        self.fitting_rubric = template_for(agent.practice_bank, agent.instructions).id

    async def _show_bank(self, instructions: str | None = None) -> None:
        """The bank of the practice coach, when it is the one who will ask."""
        frame = await self.get_state(FrameState)
        self.bank, self.bank_note = BankRow(), ""
        if not frame.is_practice_coach:
            return
        source = services().practice_banks
        try:
            banks = await source.fetch_banks()
            match = await source.fetch_match(self.instructions if instructions is None else instructions)
        except ServiceUnavailable as problem:
            self.bank_note = problem.sentence
            return
        self.bank_options = [BankOption(bank.bank_id, bank.title) for bank in banks]
        by_id = {bank.bank_id: bank for bank in banks}
        used = by_id.get(self.chosen_bank) or by_id.get(match.bank_id)
        if used is None:
            return
        self.bank = BankRow(used.bank_id, used.title, used.description, list(used.questions))
        if self.chosen_bank in by_id:
            self.bank_note = t("agent.bank_chosen")
        else:
            self.bank_note = t("agent.bank_matched" if match.is_confident else "agent.bank_general")
