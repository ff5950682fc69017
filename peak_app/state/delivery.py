"""How the candidate of a meeting spoke: what the tab shows, and what the numbers rest on."""

import asyncio
from uuid import UUID

import reflex as rx

from peak_app.domain.insights.results import MeetingResults
from peak_app.domain.insights.steps import DELIVERY, RECORDING
from peak_app.domain.meetings.service import MeetingView
from peak_app.state.delivery_rows import MarkRow, MeasureRow, PaceBar, mark_rows, measure_rows, pace_bars
from peak_app.state.insight_rows import line_rows
from peak_app.state.live import on_change
from peak_app.state.meeting_tab import MeetingTab
from peak_app.wiring import services


class DeliveryState(MeetingTab, rx.State):
    """`basis` is sound (measured), listening (still being measured), off (not recorded), missing (no sound there),
    failed, or nothing while there are no numbers."""

    basis: str = ""
    problem: str = ""
    engine: str = ""
    measures: list[MeasureRow] = []
    bars: list[PaceBar] = []
    marks: list[MarkRow] = []
    length_ms: int = 0
    average: float = 0

    async def _fetch(self, user_id: UUID, meeting_id: UUID) -> None:
        meeting = await asyncio.to_thread(services().meetings.get_meeting, user_id, meeting_id)
        results = await asyncio.to_thread(services().insights.get_results, user_id, meeting_id)
        delivery = results.delivery
        self.basis, self.problem = basis_of(meeting, results)
        if delivery is None:
            self.measures, self.bars, self.marks = [], [], []
            return
        places = {line.line_id: line for line in line_rows(results.lines, meeting.agent_name)}
        self.measures = measure_rows(delivery, places)
        self.bars, self.marks = pace_bars(delivery), mark_rows(delivery)
        self.length_ms = delivery.pace[-1].end_ms if delivery.pace else 0
        self.average = delivery.words_per_minute or 0
        step = next((step for step in results.steps if step.name == DELIVERY and step.is_done), None)
        self.engine = str(step.facts.get("engine", "")) if step else ""


def basis_of(meeting: MeetingView, results: MeetingResults) -> tuple[str, str]:
    """What the numbers rest on, and why nothing better: a sentence, empty unless something failed."""
    if results.delivery is None:
        return "", ""
    if results.delivery.basis == "sound":
        return "sound", ""
    if not meeting.is_recorded:
        return "off", ""
    if failed := results.find_failure(DELIVERY, RECORDING):
        return "failed", failed.reason
    return ("missing" if results.is_measured or meeting.is_demo else "listening"), ""


on_change(DeliveryState.refresh, "/meetings/[meeting_id]")
