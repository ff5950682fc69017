"""How one's practice develops, from completed meetings only."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

import reflex as rx

from peak_app.domain.progress.models import ProgressDay
from peak_app.domain.progress.service import PracticePoint
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import date_text, day_text, length_text, moment_text, zone_of
from peak_app.state.live import on_change
from peak_app.state.session import SessionState, signed_in
from peak_app.wiring import services


@dataclass
class ChartPoint:
    """One bar or dot: `value` places it, `text` is what it says, `path` is where a click leads."""

    label: str
    title: str
    value: float
    text: str
    path: str


@dataclass
class DayRow:
    """A day of practice, in words; a dash where there is nothing to say."""

    day: str
    meetings: str
    practised: str
    score: str
    pace: str
    fillers: str

    @classmethod
    def of(cls, day: ProgressDay) -> "DayRow":
        none = t("numbers.none")
        return cls(
            day=f"{date_text(day.day)} {day.day.year}",
            meetings=str(day.meetings),
            practised=length_text(day.practice_ms),
            score=none if day.mean_score is None else f"{day.mean_score:.1f}",
            pace=none if day.words_per_minute is None else f"{day.words_per_minute:.0f}",
            fillers=none if day.fillers_per_minute is None else f"{day.fillers_per_minute:.1f}",
        )


class ProgressState(rx.State):
    """`meeting_count` counts what the charts show: with none there is nothing to draw, with one no development."""

    minutes: list[ChartPoint] = []
    pace: list[ChartPoint] = []
    meeting_count: int = 0
    total: str = ""
    average_pace: str = ""
    average_talk: str = ""
    days: list[DayRow] = []
    counted: str = ""
    """As of when the days are."""
    is_loaded: bool = False

    @rx.event
    async def load(self):
        await self._fetch()

    @rx.event
    async def refresh(self, _meeting_id: str):
        """A meeting changed; which one does not matter here."""
        await self._fetch()

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        points = await asyncio.to_thread(services().progress.list_practice, user_id)
        counted = await asyncio.to_thread(services().progress.list_days, user_id)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        days = [day_text(point.held_at, zone, now) for point in points]
        self.minutes = [
            _chart_point(point, day, point.connected_ms / 60_000, length_text(point.connected_ms))
            for point, day in zip(points, days, strict=True)
        ]
        self.pace = [
            _chart_point(point, day, point.words_per_minute, t("progress.wpm", words=round(point.words_per_minute)))
            for point, day in zip(points, days, strict=True)
            if point.words_per_minute is not None
        ]
        self.meeting_count = len(points)
        self.total = length_text(sum(point.connected_ms for point in points))
        paces = [point.words_per_minute for point in points if point.words_per_minute is not None]
        shares = [point.talk_ratio for point in points if point.talk_ratio is not None]
        self.average_pace = f"{fmean(paces):.0f}" if paces else t("numbers.none")
        self.average_talk = f"{fmean(shares):.0%}" if shares else t("numbers.none")
        self.days = [DayRow.of(day) for day in counted]
        self.counted = t("progress.counted", when=moment_text(counted[0].counted_at, zone, now)) if counted else ""
        self.is_loaded = True


def _chart_point(point: PracticePoint, day: str, value: float, text: str) -> ChartPoint:
    return ChartPoint(day, point.title, round(value, 2), text, f"/meetings/{point.meeting_id}")


on_change(ProgressState.refresh, "/progress")
