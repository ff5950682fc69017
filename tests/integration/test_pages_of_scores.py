"""What the page says of a meeting's scores, and how a rubric is set, over the real web process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.insights.service import InsightService
from peak_app.domain.insights.steps import SCORECARD
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.scorecards.service import ScorecardService
from peak_app.domain.scorecards.templates import templates
from peak_app.embedded.ai_server.reading.scorecard import score as score_by_rules
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.ports.language import Speaker
from tests.conftest import ScratchDatabase
from tests.fakes.language import ENGINE, FakeLanguage
from tests.held_calls import ENOUGH_WORDS, WORDS, turns_of
from tests.integration.web_stage import Browser, Page, WebStage

ANN = "ann@example.org"
OWN = {"name": "Ours", "criteria": [{"name": "Depth", "looks_for": "It goes deep."}]}


@dataclass
class Ann:
    """A person with an agent, and what the pipeline does for her meetings."""

    browser: Browser
    user_id: UUID
    sessions: TenantSessions
    worker_sessions: TenantSessions

    def __post_init__(self) -> None:
        self.agents = AgentService(self.sessions, system_clock)
        words = "A backend interview about databases."
        self.agent_id = self.agents.create_agent(self.user_id, name="Ada", instructions=words).agent_id
        self.insights = InsightService(self.worker_sessions, FakeLanguage(), system_clock)

    def hold(self, words: tuple[tuple[Speaker, str], ...] = ENOUGH_WORDS) -> UUID:
        """A meeting that is completed, without a scorecard so far."""
        meetings = MeetingService(self.sessions, system_clock)
        meeting_id = meetings.create_meeting(self.user_id, title="Round one", agent_id=self.agent_id).meeting_id
        calls = CallService(self.worker_sessions, system_clock)
        calls.open_call(self.user_id, meeting_id, "bridge-1")
        calls.mark_connected(self.user_id, meeting_id, "bridge-1")
        for turn in turns_of(words):
            calls.save_turn(self.user_id, meeting_id, turn)
        calls.end_call(self.user_id, meeting_id, "ended_by_person")
        self.insights.make_transcript(self.user_id, meeting_id)
        meetings.complete_meeting(self.user_id, meeting_id)
        return meeting_id

    def score(self, meeting_id: UUID, *, is_newest_rubric: bool = False) -> None:
        language = FakeLanguage(scorecard=score_by_rules)
        service = ScorecardService(self.worker_sessions, language, system_clock)
        service.make_scorecard(self.user_id, meeting_id, is_newest_rubric=is_newest_rubric)

    def fail(self, meeting_id: UUID, reason: str) -> None:
        self.insights.note_step_failed(self.user_id, meeting_id, SCORECARD, reason, run_id="run-1", duration_ms=5)


@pytest.fixture
def ann(running: WebStage, database: ScratchDatabase, sessions, worker_sessions) -> Iterator[Ann]:
    browser = running.browser()
    browser.sign_in(ANN)
    with sessions.for_email(ANN) as session:
        user_id = session.exec(select(Account.id)).one()
    yield Ann(browser, user_id, sessions, worker_sessions)
    running.close_browsers()


def _shown(page: Page, name: str) -> Any:
    return page.var("scorecard____scorecard_state", name)


async def test_a_scorecard_appears_by_itself_with_evidence_for_each_number(ann: Ann) -> None:
    meeting_id = ann.hold()
    async with ann.browser.page(f"/meetings/{meeting_id}?tab=scorecard") as page:
        await page.until(lambda: page.var("meeting____meeting_state", "tab") == "scorecard")
        assert _shown(page, "condition") == "preparing"

        ann.score(meeting_id)

        await page.until(lambda: _shown(page, "condition") == "ready")
        rows = {row["criterion_id"]: row for row in _shown(page, "criteria")}
        assert list(rows) == [criterion.id for criterion in templates()["software-engineering"].rubric.criteria]
        for row in rows.values():
            assert (row["score"] > 0) == bool(row["quotes"])
            assert (row["score_text"] == t("scorecard.no_evidence")) == (row["score"] == 0)
        assert rows["specifics"]["quotes"][0]["line_id"] in {"L2", "L4", "L6", "L8", "L9"}
        assert rows["depth"]["score"] == 0
        assert _shown(page, "engine") == t("scorecard.by_model", engine=ENGINE)
        assert "version 1 · prompts and models fake-1" in _shown(page, "versions")
        assert _shown(page, "stories")[0]["missing"]
        assert _shown(page, "changes") == []


async def test_when_too_little_was_said_the_page_says_so_and_shows_no_number(ann: Ann) -> None:
    meeting_id = ann.hold(WORDS[:2])
    ann.score(meeting_id)
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: _shown(page, "condition") == "ready")
        assert (_shown(page, "mean"), _shown(page, "mean_text")) == ("", t("scorecard.gap_little"))
        assert {row["score"] for row in _shown(page, "criteria")} == {0}


async def test_scores_by_another_rubric_are_shown_beside_the_earlier_ones(ann: Ann) -> None:
    meeting_id = ann.hold()
    ann.score(meeting_id)
    async with (
        ann.browser.page(f"/agents/{ann.agent_id}") as agent,
        ann.browser.page(f"/meetings/{meeting_id}") as page,
    ):
        await agent.until(lambda: agent.var("agent____agent_state", "is_loaded"))
        await agent.send(_save(agent), _form(json.dumps(OWN)))
        await agent.until(lambda: agent.var("agent____agent_state", "rubric")["is_own"])
        await page.until(lambda: _shown(page, "condition") == "ready")

        ann.score(meeting_id, is_newest_rubric=True)

        await page.until(lambda: _shown(page, "changes"))
        names = [row["name"] for row in _shown(page, "changes")]
        assert names[0] == "Depth"
        assert {"Specifics", "Reasons"} <= set(names)
        assert "“Ours”, version 1" in _shown(page, "versions")
        assert templates()["software-engineering"].rubric.name in _shown(page, "versions_before")


async def test_a_rubric_that_nobody_could_score_by_is_refused_with_a_sentence(ann: Ann) -> None:
    state = "agent____agent_state"
    async with ann.browser.page(f"/agents/{ann.agent_id}") as page:
        await page.until(lambda: page.var(state, "is_loaded"))
        for count in (0, 50):
            criteria = [{"name": f"C{number}", "looks_for": "It."} for number in range(count)]
            await page.send(_save(page), _form(json.dumps({"name": "R", "criteria": criteria})))
            sentence = f"A rubric has 1 to 12 criteria; this one has {count}."
            await page.until(lambda sentence=sentence: sentence in page.var(state, "error"))
        await page.send(_save(page), _form("[" * 90_000))
        await page.until(lambda: "can't be read" in page.var(state, "error"))
    assert ann.agents.get_agent(ann.user_id, ann.agent_id).version_number == 1


async def test_a_scorecard_that_could_not_be_made_says_why(ann: Ann) -> None:
    meeting_id = ann.hold()
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: page.var("meeting____meeting_state", "is_loaded"))
        ann.fail(meeting_id, "The text model declined to write about this meeting.")
        await page.until(lambda: _shown(page, "condition") == "failed")
        assert _shown(page, "problem") == "The text model declined to write about this meeting."


async def test_a_scorecard_of_someone_else_is_not_shown(ann: Ann, running: WebStage) -> None:
    meeting_id = ann.hold()
    ann.score(meeting_id)
    stranger = running.browser()
    stranger.sign_in("stranger@example.org")
    async with stranger.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: page.var("meeting____meeting_state", "is_missing"))
        name = next(known for known in page.state if known.endswith("scorecard____scorecard_state")) + ".refresh"
        await page.send(name, {"meeting_id": str(meeting_id)})
        assert (_shown(page, "criteria"), _shown(page, "stories"), _shown(page, "mean")) == ([], [], "")


def _save(page: Page) -> str:
    return next(known for known in page.state if known.endswith("agent____agent_state")) + ".save"


def _form(rubric: str) -> dict[str, Any]:
    return {"form": {"name": "Ada", "instructions": "A backend interview about databases.", "rubric": rubric}}
