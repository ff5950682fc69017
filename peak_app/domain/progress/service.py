"""How someone's practice develops, from their completed meetings; read anew each time, so a deleted one is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from sqlmodel import Session

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents import repository as agents
from peak_app.domain.progress import repository
from peak_app.domain.progress.attempts import Attempt
from peak_app.domain.progress.drills import WINDOW, Suggestion, suggest
from peak_app.domain.progress.errors import NoSuchAttempt, NoSuchSuggestion, SameAttempt
from peak_app.domain.progress.models import ProgressDay
from peak_app.domain.progress.practice import Practice, practice_of
from peak_app.domain.scorecards.rubric import Rubric
from peak_app.ports.clock import Clock

ATTEMPT_LIMIT = 200
"""Newest meetings that charts show."""
CHOICE_LIMIT = 100
"""Newest meetings one may choose from to compare."""
DAY_LIMIT = 30


@dataclass(frozen=True, slots=True)
class Progress:
    """`attempts`, oldest first, are the newest ones of all that `practice` counts; `rubrics` are theirs, by key."""

    practice: Practice
    attempts: Sequence[Attempt]
    rubrics: Mapping[str, Rubric]
    suggestions: Sequence[Suggestion]
    has_agents: bool

    @property
    def is_demo(self) -> bool:
        """All of it is demonstration data: there is no completed meeting of the person's own."""
        return any(attempt.is_demo for attempt in self.attempts)

    def attempts_within(self, days: int | None, zone: tzinfo, now: datetime) -> list[Attempt]:
        """Those of the newest so many days, today included; None: all."""
        if days is None:
            return list(self.attempts)
        first = now.astimezone(zone).date() - timedelta(days=days - 1)
        return [attempt for attempt in self.attempts if attempt.held_at.astimezone(zone).date() >= first]


@dataclass(frozen=True, slots=True)
class Choice:
    """A meeting one may compare."""

    meeting_id: UUID
    title: str
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    first: Attempt
    second: Attempt
    rubrics: Mapping[str, Rubric]

    @property
    def is_same_scale(self) -> bool:
        """Whether scores of both may be subtracted: one rubric, one engine."""
        cards = self.first.card, self.second.card
        return cards[0] is not None and cards[1] is not None and cards[0].line_key == cards[1].line_key

    @property
    def is_same_basis(self) -> bool:
        measured = self.first.measured, self.second.measured
        return measured[0] is not None and measured[1] is not None and measured[0].basis == measured[1].basis


class ProgressService:
    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def count_days(self, owner_id: UUID) -> int:
        """Add up the person's completed meetings by day, and give how many days there are. May be repeated."""
        with self._sessions.for_user(owner_id) as session:
            return repository.count_days(session, owner_id, self._clock())

    def list_days(self, user_id: UUID) -> Sequence[ProgressDay]:
        """The person's newest days as they were counted last, newest first."""
        with self._sessions.for_user(user_id) as session:
            return repository.list_days(session, user_id, DAY_LIMIT)

    def get_progress(self, user_id: UUID, zone: tzinfo, *, limit: int = ATTEMPT_LIMIT) -> Progress:
        """All times of practice by day of that zone, and the newest `limit` meetings, with what to practise next."""
        with self._sessions.for_user(user_id) as session:
            attempts = repository.list_attempts(session, user_id, max(limit, WINDOW))
            rubrics = repository.list_rubrics(session, attempts)
            return Progress(
                practice=practice_of(repository.list_times(session, user_id), zone),
                attempts=attempts,
                rubrics=rubrics,
                suggestions=suggest(attempts[-WINDOW:], rubrics),
                has_agents=agents.has_agents(session, user_id),
            )

    def get_suggestion(self, user_id: UUID, key: object) -> Suggestion:
        """Raises: NoSuchSuggestion: nothing that is suggested now has this key."""
        with self._sessions.for_user(user_id) as session:
            attempts = repository.list_attempts(session, user_id, WINDOW)
            found = suggest(attempts, repository.list_rubrics(session, attempts))
        for suggestion in found:
            if suggestion.key == key:
                return suggestion
        raise NoSuchSuggestion

    def list_choices(self, user_id: UUID) -> list[Choice]:
        """The person's newest completed meetings, newest first."""
        with self._sessions.for_user(user_id) as session:
            return [
                Choice(meeting.id, meeting.title, meeting.started_at or meeting.created_at)
                for meeting in repository.list_completed(session, user_id, CHOICE_LIMIT)
            ]

    def find_pair(self, user_id: UUID) -> tuple[UUID, UUID] | None:
        """The newest attempt, and the one before it whose scores mean the same; any one before it when there is none.

        The earlier one first. None: there are no two.
        """
        with self._sessions.for_user(user_id) as session:
            attempts = repository.list_attempts(session, user_id, WINDOW)
        if len(attempts) < 2:
            return None
        *before, newest = attempts
        same = [each for each in before if each.card and newest.card and each.card.line_key == newest.card.line_key]
        return (same or before)[-1].meeting_id, newest.meeting_id

    def compare(self, user_id: UUID, first_id: UUID, second_id: UUID) -> Comparison:
        """Two attempts side by side.

        Raises:
            SameAttempt
            NoSuchAttempt: one of them is no completed meeting of this person.
        """
        if first_id == second_id:
            raise SameAttempt
        with self._sessions.for_user(user_id) as session:
            first, second = _both(session, user_id, first_id, second_id)
            return Comparison(first, second, repository.list_rubrics(session, (first, second)))


def _both(session: Session, user_id: UUID, first_id: UUID, second_id: UUID) -> tuple[Attempt, Attempt]:
    found = repository.find_attempts(session, user_id, (first_id, second_id))
    if first_id not in found or second_id not in found:
        raise NoSuchAttempt
    return found[first_id], found[second_id]
