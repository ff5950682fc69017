"""How one's practice develops, from completed meetings only."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from uuid import UUID

import reflex as rx

from peak_app.domain.progress.models import ProgressDay
from peak_app.domain.progress.practice import Practice, PracticeWeek, monday_of
from peak_app.domain.progress.service import ATTEMPT_LIMIT, Progress
from peak_app.i18n.catalogue import plural, t
from peak_app.state.drill_rows import SuggestionRow, suggestion_rows
from peak_app.state.formatting import date_text, length_text, moment_text, zone_of
from peak_app.state.live import on_change
from peak_app.state.session import SessionState, signed_in
from peak_app.state.trend_rows import TrendGroup, delivery_groups, score_groups
from peak_app.wiring import services

RANGES: dict[str, int | None] = {"30": 30, "90": 90, "all": None}
"""Days by what the address says."""
DEFAULT_RANGE = "90"
_MOST_WEEKS = 26


@dataclass
class WeekBar:
    """A week of practice; `value` in minutes."""

    label: str
    value: float
    text: str


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
    """`meeting_count` counts all that counts, `shown_count` what is within the range of the address."""

    range: str = DEFAULT_RANGE
    meeting_count: int = 0
    shown_count: int = 0
    is_demo: bool = False
    sessions: str = ""
    practised: str = ""
    streak: str = ""
    streak_hint: str = ""
    limited: str = ""
    """Says so when the charts can't show all of the range."""
    weeks: list[WeekBar] = []
    weeks_label: str = ""
    scores: list[TrendGroup] = []
    delivery: list[TrendGroup] = []
    suggestions: list[SuggestionRow] = []
    days: list[DayRow] = []
    counted: str = ""
    """As of when the days are."""
    is_loaded: bool = False

    @rx.event
    async def load(self):
        wanted = self.router.url.query_parameters.get("range", "")
        self.range = wanted if wanted in RANGES else DEFAULT_RANGE
        await self._fetch()

    @rx.event
    async def refresh(self, _meeting_id: str):
        """A meeting changed; which one does not matter here."""
        await signed_in(self)
        # Before that, what the address asks for is not known.
        if self.is_loaded:
            await self._fetch()

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        progress, counted = await asyncio.to_thread(_read, user_id, zone)
        shown = progress.attempts_within(RANGES[self.range], zone, now)
        self.meeting_count = len(progress.attempts)
        self.shown_count = len(shown)
        self.is_demo = progress.is_demo
        self.sessions = str(len(shown))
        self.practised = length_text(sum(attempt.connected_ms for attempt in shown))
        is_limited = len(shown) == len(progress.attempts) >= ATTEMPT_LIMIT
        self.limited = t("progress.limited", count=ATTEMPT_LIMIT) if is_limited else ""
        today = now.astimezone(zone).date()
        self.streak, self.streak_hint = streak_texts(progress.practice, today)
        self.weeks = [
            _week_bar(week) for week in progress.practice.weeks(today, _week_count(progress, self.range, today))
        ]
        self.weeks_label = t("progress.weeks_label", count=len(self.weeks))
        self.scores = score_groups(shown, progress.rubrics, zone, now)
        self.delivery = delivery_groups(shown, zone, now)
        self.suggestions = suggestion_rows(progress.suggestions, zone, now)
        self.days = [DayRow.of(day) for day in counted]
        self.counted = t("progress.counted", when=moment_text(counted[0].counted_at, zone, now)) if counted else ""
        self.is_loaded = True


def streak_texts(practice: Practice, today: date) -> tuple[str, str]:
    """Days in a row, and what keeps them or how many there once were."""
    streak = practice.streak(today)
    if not streak.days:
        return plural("streak.days", 0), t(
            "streak.longest", days=plural("streak.days", streak.longest)
        ) if streak.longest else t("streak.none")
    if not streak.has_today:
        return plural("streak.days", streak.days), t("streak.keep")
    longest = streak.longest > streak.days
    return plural("streak.days", streak.days), t(
        "streak.longest", days=plural("streak.days", streak.longest)
    ) if longest else t("streak.today")


def _read(user_id: UUID, zone: tzinfo) -> tuple[Progress, list[ProgressDay]]:
    progress = services().progress
    return progress.get_progress(user_id, zone), list(progress.list_days(user_id))


def _week_count(progress: Progress, chosen: str, today: date) -> int:
    """Weeks that the range touches; of all, those since the first."""
    days = RANGES[chosen]
    if days is not None:
        return -(-days // 7)
    first = min(progress.practice.by_day, default=today)
    return min(_MOST_WEEKS, (monday_of(today) - monday_of(first)).days // 7 + 1)


def _week_bar(week: PracticeWeek) -> WeekBar:
    sessions = plural("progress.sessions", week.meetings)
    text = t("progress.week_text", length=length_text(week.practice_ms), sessions=sessions)
    return WeekBar(date_text(week.monday), round(week.practice_ms / 60_000, 2), text)


on_change(ProgressState.refresh, "/progress")
