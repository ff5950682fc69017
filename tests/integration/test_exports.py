"""Meetings as files, and corrections on the page, over the real web process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.insights.service import InsightService
from peak_app.domain.insights.steps import SEARCH_INDEX, SUMMARY
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.turns import Turn
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.fakes.language import FakeLanguage
from tests.integration.web_stage import Browser, Page, WebStage

ANN, BOB = "ann@example.org", "bob@example.org"
TITLE = 'Größe "one" <b>/..\\'
TURNS = (
    Turn("1", "agent", "Why did you choose a queue?", start_ms=0, end_ms=1_000),
    Turn("2", "candidate", "Because of the <b>building</b> service.", start_ms=2_000, end_ms=4_000),
)
TYPES = {
    "pdf": "application/pdf",
    "markdown": "text/markdown; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "json": "application/json",
}
MEETING = "meeting____meeting_state"


@dataclass
class Desk:
    """Ann, who has had meetings, and Bob, who has nothing to do with them."""

    ann: Browser
    bob: Browser
    user_id: UUID
    meetings: MeetingService
    agents: AgentService
    calls: CallService
    insights: InsightService

    def hold(self, turns: tuple[Turn, ...] = TURNS) -> UUID:
        """A call that is over; nothing is made of it yet."""
        agent = self.agents.create_agent(self.user_id, name="Ada", instructions="Ask.")
        meeting_id = self.meetings.create_meeting(self.user_id, title=TITLE, agent_id=agent.agent_id).meeting_id
        self.calls.open_call(self.user_id, meeting_id, "bridge-1")
        self.calls.mark_connected(self.user_id, meeting_id, "bridge-1")
        for turn in turns:
            self.calls.save_turn(self.user_id, meeting_id, turn)
        self.calls.end_call(self.user_id, meeting_id, "ended_by_person")
        return meeting_id

    def complete(self, turns: tuple[Turn, ...] = TURNS) -> UUID:
        """As `hold`, with its results."""
        meeting_id = self.hold(turns)
        self.insights.make_transcript(self.user_id, meeting_id)
        for name, make in ((SUMMARY, self.insights.make_summary), (SEARCH_INDEX, self.insights.make_search_index)):
            step = make(self.user_id, meeting_id)
            self.insights.note_step_done(self.user_id, meeting_id, name, step, run_id="run-1", duration_ms=1)
        self.meetings.complete_meeting(self.user_id, meeting_id)
        return meeting_id


@pytest.fixture
def desk(running: WebStage, database: ScratchDatabase, sessions, worker_sessions) -> Iterator[Desk]:
    ann, bob = running.browser(), running.browser()
    ann.sign_in(ANN)
    bob.sign_in(BOB)
    with sessions.for_email(ANN) as session:
        user_id = session.exec(select(Account.id)).one()
    yield Desk(
        ann,
        bob,
        user_id,
        MeetingService(sessions, system_clock),
        AgentService(sessions, system_clock),
        CallService(worker_sessions, system_clock),
        InsightService(worker_sessions, FakeLanguage(), system_clock),
    )
    running.close_browsers()


def _path(meeting_id: object, name: str) -> str:
    return f"/api/meetings/{meeting_id}/export/{name}"


@pytest.mark.parametrize("name", TYPES)
def test_a_meeting_is_exported_under_a_safe_name(desk: Desk, name: str) -> None:
    answer = desk.ann.http.get(_path(desk.complete(), name))
    assert (answer.status_code, answer.headers["content-type"]) == (200, TYPES[name])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="Gre one b ')
    assert "filename*=UTF-8''Gr%C3%B6%C3%9Fe%20one%20b%20" in disposition
    assert answer.content


def test_what_was_said_is_in_every_text_as_text(desk: Desk) -> None:
    meeting_id = desk.complete()
    texts = {name: desk.ann.http.get(_path(meeting_id, name)).text for name in ("markdown", "vtt", "srt")}
    assert "of the \\<b\\>building\\</b\\> service" in texts["markdown"]
    assert "of the &lt;b&gt;building&lt;/b&gt; service" in texts["vtt"]
    assert "<b>" not in texts["srt"]
    document = json.loads(desk.ann.http.get(_path(meeting_id, "json")).text)
    assert document["transcript"][1]["text"] == TURNS[1].text
    assert document["summary"]["questions"][0]["question"] == TURNS[0].text


@pytest.mark.parametrize("name", TYPES)
def test_nobody_else_can_export_it(desk: Desk, name: str, running: WebStage) -> None:
    meeting_id = desk.complete()
    for browser, status in ((desk.bob, 404), (running.browser(), 401)):
        answer = browser.http.get(_path(meeting_id, name))
        assert answer.status_code == status
        assert "queue" not in answer.text
    assert desk.bob.http.get(_path(meeting_id, name)).json() == {"error": t("refusal.meeting_missing")}


@pytest.mark.parametrize("name", ["doc", "PDF", "pdf%00", "..", "x" * 2_000])
def test_formats_that_are_none_are_not_found(desk: Desk, name: str) -> None:
    assert desk.ann.http.get(_path(desk.complete(), name)).status_code == 404


@pytest.mark.parametrize("meeting_id", ["nothing", str(uuid4()), "%27"])
def test_meetings_that_are_none_are_not_found(desk: Desk, meeting_id: str) -> None:
    assert desk.ann.http.get(_path(meeting_id, "json")).status_code == 404


def test_without_a_transcript_there_is_nothing_to_export(desk: Desk) -> None:
    answer = desk.ann.http.get(_path(desk.hold(), "pdf"))
    assert (answer.status_code, answer.json()) == (409, {"error": t("refusal.transcript_waits")})


@pytest.mark.parametrize("name", TYPES)
def test_a_silent_meeting_can_be_exported(desk: Desk, name: str) -> None:
    assert desk.ann.http.get(_path(desk.complete(()), name)).status_code == 200


def test_someone_who_exports_all_the_time_is_asked_to_wait(desk: Desk) -> None:
    desk.complete()
    for _ in range(40):
        answer = desk.bob.http.get(_path(uuid4(), "json"))
    assert answer.status_code == 429


def _shown(page: Page, name: str) -> Any:
    return page.var(MEETING, name)


async def _correct(page: Page, line_id: object, text: object) -> dict[str, Any]:
    """What the page was answered."""
    before = _shown(page, "correction")["count"]
    name = next(known for known in page.state if known.endswith(MEETING)) + ".correct_line"
    await page.send(name, {"line_id": line_id, "text": text})
    await page.until(lambda: _shown(page, "correction")["count"] > before)
    return _shown(page, "correction")


async def test_a_correction_shows_at_once_with_what_is_outdated(desk: Desk) -> None:
    meeting_id = desk.complete()
    async with desk.ann.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: _shown(page, "is_loaded"))
        assert _shown(page, "outdated_tabs") == []
        answer = await _correct(page, "L2", "Because of the billing service.")
        assert (answer["line_id"], answer["error"]) == ("L2", "")
        await page.until(lambda: _shown(page, "outdated_tabs") == ["summary", "ask"])
        line = _shown(page, "lines")[1]
        assert (line["text"], line["original"]) == ("Because of the billing service.", TURNS[1].text)
    vtt = desk.ann.http.get(_path(meeting_id, "vtt")).text
    assert "billing service" in vtt
    assert "building" not in vtt


async def test_what_can_not_be_a_correction_is_answered_with_a_sentence(desk: Desk) -> None:
    async with desk.ann.page(f"/meetings/{desk.complete()}") as page:
        await page.until(lambda: _shown(page, "is_loaded"))
        assert (await _correct(page, "L9", "Words."))["error"] == t("refusal.line_missing")
        for junk in ("", 7, None, ["x"], "x" * 20_000):
            assert (await _correct(page, "L2", junk))["error"] != ""
        assert (await _correct(page, {"a": 1}, "Words."))["error"] == t("refusal.line_missing")
        assert _shown(page, "lines")[1]["text"] == TURNS[1].text


async def test_a_stranger_corrects_nothing(desk: Desk) -> None:
    meeting_id = desk.complete()
    async with desk.bob.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: _shown(page, "is_loaded"))
        assert (await _correct(page, "L2", "Words."))["error"] == t("refusal.meeting_missing")
    assert desk.insights.get_results(desk.user_id, meeting_id).lines[1].text == TURNS[1].text
