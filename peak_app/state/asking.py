"""Questions about a meeting, and their answers with quotes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import reflex as rx

from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.fields import uuid_of
from peak_app.domain.insights.models import ChatMessage
from peak_app.domain.meetings.repository import MISSING
from peak_app.errors import NotFound, PeakError, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.state.form import sent, sent_text
from peak_app.state.insight_rows import engine_text
from peak_app.state.meeting import MeetingState
from peak_app.state.path import id_in_path
from peak_app.state.session import signed_in
from peak_app.wiring import services

QUESTIONS_PER_MINUTE = 10
"""Of one person, in all tabs together."""
ANSWERED_AT_ONCE = 4


@cache
def _questions() -> AttemptLimit:
    return AttemptLimit(QUESTIONS_PER_MINUTE, timedelta(minutes=1))


@cache
def _answering() -> ThreadPoolExecutor:
    # Apart from the threads everything else needs, signing in included: a model may hold its thread for a minute.
    return ThreadPoolExecutor(ANSWERED_AT_ONCE, thread_name_prefix="ask")


def count_question(user_id: UUID) -> None:
    """Raises: TooManyRequests."""
    if not _questions().admit(str(user_id), system_clock()):
        raise TooManyRequests(t("ask.too_many"))


@dataclass
class QuoteRow:
    """Words of the meeting, and where they are."""

    line_id: str
    quote: str
    place: str


@dataclass
class MessageRow:
    """A question or an answer. `engine` says who wrote an answer; empty for a question."""

    message_id: str
    is_question: bool
    text: str
    engine: str
    quotes: list[QuoteRow] = field(default_factory=list)


class AskState(rx.State):
    messages: list[MessageRow] = []
    pending: str = ""
    """The question that is being answered; empty while none is."""
    draft: str = ""
    """What the field starts with: empty, or a question that was refused."""
    turn: int = 0
    """Counts answers; each makes the field anew."""
    error: str = ""
    _meeting_id_text: str = ""

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        try:
            meeting_id = id_in_path(self, MISSING)
            found = await asyncio.to_thread(services().insights.list_messages, user_id, meeting_id)
        except NotFound:
            self.messages, self._meeting_id_text = [], ""
            return
        if self._meeting_id_text != str(meeting_id):
            self.error = self.draft = self.pending = ""
        self._meeting_id_text = str(meeting_id)
        await self._show(found)

    @rx.event(background=True)
    async def ask(self, form: dict[str, Any]):
        """In the background: a model may think for seconds, and the page stays usable meanwhile."""
        async with self:
            user_id = await signed_in(self)
            if self.pending:
                return
            question = sent(form, "question")
            self.draft = sent_text(form, "question", 2_000)
            self.pending, self.error = self.draft.strip()[:500], ""
            meeting_text = self._meeting_id_text
        problem, found = "", None
        try:
            meeting_id = uuid_of(meeting_text, MISSING)
            count_question(user_id)
            await asyncio.get_running_loop().run_in_executor(
                _answering(), services().insights.ask, user_id, meeting_id, question
            )
            found = await asyncio.to_thread(services().insights.list_messages, user_id, meeting_id)
        except PeakError as refused:
            problem = refused.sentence
        async with self:
            # The tab may belong to someone else, or show another meeting, by now.
            if await signed_in(self) != user_id or self._meeting_id_text != meeting_text:
                return
            self.pending, self.error = "", problem
            if found is not None:
                self.draft = ""
                self.turn += 1
                await self._show(found)

    async def _show(self, messages: Any) -> None:
        meeting = await self.get_state(MeetingState)
        places = {line.line_id: f"{line.speaker_name} · {line.at}" for line in meeting.lines}
        self.messages = [_row(message, places) for message in messages]


def _row(message: ChatMessage, places: dict[str, str]) -> MessageRow:
    return MessageRow(
        message_id=str(message.id),
        is_question=message.role == "user",
        text=message.text,
        engine=engine_text(message.engine),
        quotes=[
            QuoteRow(str(cited["line_id"]), str(cited["quote"]), places.get(str(cited["line_id"]), ""))
            for cited in message.citations
        ],
    )
