"""`peak seed` against a real PostgreSQL."""

import itertools
from datetime import UTC, datetime

from sqlmodel import select

from peak_app.cli.demo import AGENTS, EMAIL
from peak_app.cli.demo_talks import TALKS
from peak_app.cli.seed import seed, turns_of
from peak_app.db.models import OutboxEvent
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts import repository as accounts
from peak_app.domain.insights.lines import Line, text_lines
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.scorecards.coverage import coverage_of
from peak_app.domain.scorecards.evidence import check_scorecard
from peak_app.domain.scorecards.rubric import RubricChoice
from peak_app.domain.scorecards.scorecard import mean_of
from peak_app.domain.scorecards.stories import stories_of, story_texts
from peak_app.domain.scorecards.templates import rubric_for
from peak_app.embedded.ai_server.reading.scorecard import score as score_by_rules
from peak_app.ports.language import ScoringText

AT = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


def test_it_fills_the_account_once_with_marked_data(sessions: TenantSessions, worker_sessions: TenantSessions):
    assert seed(sessions, worker_sessions, at=AT) is True
    assert seed(sessions, worker_sessions, at=AT) is False
    with sessions.for_email(EMAIL) as session:
        account = accounts.find_account_by_email(session, EMAIL)
    assert account is not None
    page = MeetingService(sessions, lambda: AT).list_meetings(account.id)
    assert page.total == len(TALKS) + 1
    assert all(meeting.is_demo and meeting.title.startswith("Demo: ") for meeting in page.meetings)
    held = [meeting for meeting in page.meetings if meeting.status is MeetingStatus.PROCESSING]
    assert len(held) == len(TALKS)
    assert all(meeting.connected_ms > 60_000 for meeting in held)
    # The pipeline makes the results, as for any call.
    with worker_sessions.without_tenant() as session:
        assert len(session.exec(select(OutboxEvent)).all()) == len(TALKS)


def test_the_demonstration_account_does_not_become_the_operator(
    sessions: TenantSessions, worker_sessions: TenantSessions
):
    seed(sessions, worker_sessions, at=AT)
    with sessions.for_email(EMAIL) as session:
        account = accounts.find_account_by_email(session, EMAIL)
        assert account is not None
        assert not accounts.is_operator(session, account.id)


def test_every_demonstration_talk_has_enough_in_it_for_scores_and_tells_a_story():
    for talk in TALKS:
        agent = next(agent for agent in AGENTS if agent.name == talk.agent_name)
        lines = [
            Line(id=f"L{n}", speaker=turn.speaker, start_ms=turn.start_ms, end_ms=turn.end_ms, text=turn.text)
            for n, turn in enumerate(turns_of(talk), start=1)
        ]
        rubric, stories = rubric_for(RubricChoice(), "", agent.instructions), stories_of(lines)
        meeting = ScoringText(
            title=talk.title,
            agent_name=agent.name,
            agent_instructions=agent.instructions,
            lines=text_lines(lines),
            rubric=rubric.to_text(),
            stories=story_texts(stories),
        )

        checked = check_scorecard(score_by_rules(meeting), rubric, lines)

        assert coverage_of(lines).gap is None
        assert checked.dropped == 0
        assert mean_of(checked.value) is not None
        assert stories


def test_turns_follow_each_other_without_overlap():
    for talk in TALKS:
        turns = turns_of(talk)
        assert all(a.end_ms < b.start_ms for a, b in itertools.pairwise(turns))
        assert [turn.speaker for turn in turns[:2]] == ["agent", "candidate"]
