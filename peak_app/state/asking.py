"""Questions about a meeting or about all of one's own, and their answers with quotes."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import reflex as rx

from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.fields import uuid_of
from peak_app.domain.insights.answers import AnswerClaim
from peak_app.errors import LanguageUnavailable, NotFound, PeakError, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.state.asking_rows import ClaimRow, MessageRow, claim_rows, message_row
from peak_app.state.form import sent, sent_text
from peak_app.state.formatting import zone_of
from peak_app.state.newest import Newest
from peak_app.state.path import id_in_path
from peak_app.state.session import SessionState, signed_in
from peak_app.wiring import services

QUESTIONS_PER_MINUTE = 10
"""Of one person, in all tabs together, whatever they are about."""
ANSWERED_AT_ONCE = 4
SHOWN_EVERY_S = 0.08
"""How often the page is sent the words of an answer that is being written: smooth, and ten small messages a second."""
ALL_MEETINGS = "all"
"""What a chat is about, when it is not a meeting's id."""


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


class AskState(rx.State):
    messages: list[MessageRow] = []
    pending: str = ""
    """The question that is being answered; empty while none is."""
    written: list[ClaimRow] = []
    """What there is of its answer."""
    draft: str = ""
    """What the field starts with: empty, or a question that was refused."""
    turn: int = 0
    """Counts answers; each makes the field anew."""
    error: str = ""
    can_repeat: bool = False
    """Whether asking the same once more may help."""
    is_clearing: bool = False
    """Whether the person is being asked if they mean it."""
    is_empty_handed: bool = False
    """On the page about all meetings: whether there is nothing to search yet."""
    is_loaded: bool = False
    _about: str = ""
    """The id of a meeting, or `ALL_MEETINGS`; empty: nothing that exists."""

    @rx.event
    async def load(self):
        await signed_in(self)
        try:
            about = self._wanted()
        except NotFound:
            self.messages, self._about = [], ""
            return
        if self._about != about:
            self.error = self.draft = self.pending = ""
            self.written, self.can_repeat, self.is_clearing = [], False, False
        self._about = about
        await self._fetch()

    @rx.event(background=True)
    async def ask(self, form: dict[str, Any]):
        """In the background: a model may think for seconds, and the page stays usable meanwhile."""
        async with self:
            user_id = await signed_in(self)
            if self.pending:
                return
            question = sent(form, "question")
            self.draft = sent_text(form, "question", 2_000)
            self.pending, self.error, self.written, self.can_repeat = self.draft.strip()[:500], "", [], False
            about = self._about
            zone = zone_of((await self.get_state(SessionState)).time_zone)
        problem, can_repeat, is_answered = t("refusal.unexpected"), True, False
        try:
            meeting_id = _meeting_id(about)
            count_question(user_id)
            newest = Newest[Sequence[AnswerClaim]]([])
            answering = asyncio.get_running_loop().run_in_executor(
                _answering(), services().asking.ask, user_id, meeting_id, question, newest.tell
            )
            async for claims in newest.until(answering, every_s=SHOWN_EVERY_S):
                async with self:
                    if await self._is_still(user_id, about):
                        self.written = claim_rows(claims, zone)
            await answering
            problem, can_repeat, is_answered = "", False, True
        except LanguageUnavailable as refused:
            problem, can_repeat = refused.sentence, refused.retryable
        except PeakError as refused:
            problem, can_repeat = refused.sentence, False
        finally:
            async with self:
                if await self._is_still(user_id, about):
                    self.pending, self.error, self.written, self.can_repeat = "", problem, [], can_repeat
                    if is_answered:
                        self.draft = ""
                        self.turn += 1
                        # Within the lock: what is deleted from here on is taken off the page after this.
                        await self._fetch()

    @rx.event
    async def ask_clear(self, is_open: bool):
        """Open or close the question whether to clear."""
        self.is_clearing = is_open is True

    @rx.event
    async def clear(self):
        """Forget the conversation on the page."""
        user_id = await signed_in(self)
        await asyncio.to_thread(services().asking.clear, user_id, _meeting_id(self._about))
        self.messages, self.error, self.is_clearing = [], "", False

    def _wanted(self) -> str:
        """What the page in the address is about. Raises: NotFound."""
        path = (self.router.url.path or "").rstrip("/")
        return ALL_MEETINGS if path == "/ask" else str(id_in_path(self, t("refusal.meeting_missing")))

    async def _is_still(self, user_id: UUID, about: str) -> bool:
        """Whether the tab still belongs to the same person and shows the same conversation."""
        return await signed_in(self) == user_id and self._about == about

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        try:
            found = await asyncio.to_thread(services().asking.list_messages, user_id, _meeting_id(self._about))
        except NotFound:
            self.reset()
            return
        if self._about == ALL_MEETINGS:
            self.is_empty_handed = not await asyncio.to_thread(services().asking.has_anything, user_id)
        zone = zone_of((await self.get_state(SessionState)).time_zone)
        self.messages = [message_row(message, zone) for message in found]
        self.is_loaded = True


def _meeting_id(about: str) -> UUID | None:
    """Raises: NotFound."""
    return None if about == ALL_MEETINGS else uuid_of(about, t("refusal.meeting_missing"))
