"""`/progress/compare`: two attempts side by side. Which two is in the address."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import reflex as rx

from peak_app.domain.progress.errors import NoSuchAttempt
from peak_app.domain.progress.service import Choice, Comparison
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t
from peak_app.state.compare_rows import (
    AttemptHead,
    ChoiceOption,
    PairRow,
    choice_options,
    delivery_rows,
    head_of,
    length_row,
    score_rows,
)
from peak_app.state.form import sent
from peak_app.state.formatting import zone_of
from peak_app.state.live import on_change
from peak_app.state.session import SessionState, signed_in
from peak_app.wiring import services

PATH = "/progress/compare"


class CompareState(rx.State):
    """`problem` says why nothing is compared; empty while something is, or there is nothing to choose from."""

    first_id: str = ""
    second_id: str = ""
    choices: list[ChoiceOption] = []
    first: AttemptHead = AttemptHead()
    second: AttemptHead = AttemptHead()
    lengths: list[PairRow] = []
    scores: list[PairRow] = []
    delivery: list[PairRow] = []
    scores_note: str = ""
    delivery_note: str = ""
    problem: str = ""
    is_ready: bool = False
    is_loaded: bool = False

    @rx.event
    async def load(self):
        asked = self.router.url.query_parameters
        self.first_id, self.second_id = asked.get("first", "")[:36], asked.get("second", "")[:36]
        await self._fetch()

    @rx.event
    async def refresh(self, _meeting_id: str):
        """A meeting changed; it may be one of the two, or one more to choose."""
        await signed_in(self)
        # Before that, what the address asks for is not known.
        if self.is_loaded:
            await self._fetch()

    @rx.event
    async def choose(self, form: dict[str, Any]):
        """Compare other ones: the address says which, so that it can be kept."""
        await signed_in(self)
        first, second = _id_text(sent(form, "first")), _id_text(sent(form, "second"))
        return rx.redirect(f"{PATH}?first={first}&second={second}")

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        choices, found = await asyncio.to_thread(_read, user_id, self.first_id, self.second_id)
        self.choices = choice_options(choices, zone, now)
        self.is_ready, self.is_loaded = isinstance(found, Comparison), True
        if not isinstance(found, Comparison):
            self.problem = found
            return
        self.problem = ""
        self.first_id, self.second_id = str(found.first.meeting_id), str(found.second.meeting_id)
        rubrics = [
            found.rubrics.get(each.card.rubric_key) if each.card else None for each in (found.first, found.second)
        ]
        self.first = head_of(found.first, rubrics[0], zone, now)
        self.second = head_of(found.second, rubrics[1], zone, now)
        self.lengths, self.scores, self.delivery = [length_row(found)], score_rows(found), delivery_rows(found)
        has_both = found.first.card is not None and found.second.card is not None
        self.scores_note = t("compare.other_scale") if has_both and not found.is_same_scale else ""
        has_both = found.first.measured is not None and found.second.measured is not None
        self.delivery_note = t("compare.other_basis") if has_both and not found.is_same_basis else ""


def _read(user_id: UUID, first: str, second: str) -> tuple[list[Choice], Comparison | str]:
    """What there is to choose, and the comparison, or why there is none; empty when nothing was asked for."""
    progress = services().progress
    choices = progress.list_choices(user_id)
    if not first and not second:
        pair = progress.find_pair(user_id)
        if pair is None:
            return choices, ""
        first, second = map(str, pair)
    try:
        return choices, progress.compare(user_id, _id_of(first), _id_of(second))
    except PeakError as problem:
        return choices, problem.sentence


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchAttempt from None


def _id_text(value: object) -> str:
    """An id from the page as an address may hold it; empty for anything else."""
    try:
        return str(UUID(value if isinstance(value, str) else ""))
    except ValueError:
        return ""


on_change(CompareState.refresh, PATH)
