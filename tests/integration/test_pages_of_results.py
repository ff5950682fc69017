"""What the pages say of recordings and of how the conversation went, over the real web process."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import delete, select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.insights.deliveries import DeliveryService, Recorded
from peak_app.domain.insights.models import Insight
from peak_app.domain.insights.service import InsightService
from peak_app.domain.insights.steps import RECORDING, REQUIRED, StepFacts
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.turns import DelayParts, Turn
from peak_app.domain.progress.service import ProgressService
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.ports.ears import Heard, HeardWord, Stretch
from tests.conftest import ScratchDatabase
from tests.fakes.ears import FakeEars, NoMemory, no_recording
from tests.fakes.language import FakeLanguage
from tests.integration.web_stage import Browser, Page, WebStage

ANN = "ann@example.org"
PARTS = DelayParts(endpointing=450, recognition=0, model=120, synthesis=90, transport=20)
TURNS = (
    Turn("1", "agent", "Why?", start_ms=0, end_ms=1_000),
    Turn("2", "candidate", "Because I", start_ms=2_000, end_ms=4_000, was_cut_off=True, confidence=0.3),
    Turn("3", "agent", "I see.", start_ms=4_680, end_ms=6_000, reply_delay_ms=680, delay_parts=PARTS),
)


@dataclass
class Ann:
    browser: Browser
    user_id: UUID
    sessions: TenantSessions
    worker_sessions: TenantSessions

    def hold(self, turns: tuple[Turn, ...], *, is_recorded: bool = True) -> UUID:
        """A meeting that is over, with its results."""
        agent = AgentService(self.sessions, system_clock).create_agent(self.user_id, name="Ada", instructions="Ask.")
        meetings = MeetingService(self.sessions, system_clock)
        meeting_id = meetings.create_meeting(self.user_id, title="Round one", agent_id=agent.agent_id).meeting_id
        with self.sessions.for_user(self.user_id) as session:
            session.get_one(Meeting, meeting_id).is_recorded = is_recorded
        calls = CallService(self.worker_sessions, system_clock)
        calls.open_call(self.user_id, meeting_id, "bridge-1")
        calls.mark_connected(self.user_id, meeting_id, "bridge-1")
        for turn in turns:
            calls.save_turn(self.user_id, meeting_id, turn)
        calls.end_call(self.user_id, meeting_id, "ended_by_person")
        insights = InsightService(self.worker_sessions, FakeLanguage(), system_clock)
        deliveries = DeliveryService(self.worker_sessions, FakeEars(), no_recording, system_clock)
        for make in (insights.make_transcript, insights.make_summary, deliveries.make_delivery):
            make(self.user_id, meeting_id)
        meetings.complete_meeting(self.user_id, meeting_id)
        return meeting_id

    def note_recording(self, meeting_id: UUID, facts: dict[str, Any]) -> None:
        insights = InsightService(self.worker_sessions, FakeLanguage(), system_clock)
        insights.note_step_done(self.user_id, meeting_id, RECORDING, StepFacts(facts), run_id="run-1", duration_ms=5)


@pytest.fixture
def ann(running: WebStage, database: ScratchDatabase, sessions, worker_sessions) -> Iterator[Ann]:
    browser = running.browser()
    browser.sign_in(ANN)
    with sessions.for_email(ANN) as session:
        user_id = session.exec(select(Account.id)).one()
    yield Ann(browser, user_id, sessions, worker_sessions)
    running.close_browsers()


def _shown(page: Page, name: str) -> Any:
    return page.var("meeting____meeting_state", name)


async def _try_again(page: Page) -> None:
    await page.send(
        next(known for known in page.state if known.endswith("meeting____meeting_state")) + ".try_again", {}
    )


async def test_the_report_counts_cut_offs_and_splits_the_delay_of_each_reply(ann: Ann) -> None:
    async with ann.browser.page(f"/meetings/{ann.hold(TURNS)}") as page:
        await page.until(lambda: _shown(page, "is_loaded"))
        assert _shown(page, "cut_offs_text") == "1"
        assert [cite["line_id"] for cite in _shown(page, "cut_offs")] == ["L2"]
        assert [line["was_cut_off"] for line in _shown(page, "lines")] == [False, True, False]
        assert [line["is_doubtful"] for line in _shown(page, "lines")] == [False, True, False]
        assert [(row["name"], row["p50"]) for row in _shown(page, "latency_parts")][-1] == ("total", "680")
        assert [row["parts"] for row in _shown(page, "replies")] == [["450", "0", "120", "90", "20"]]


async def test_no_cut_off_is_said_as_well(ann: Ann) -> None:
    async with ann.browser.page(f"/meetings/{ann.hold(TURNS[:1])}") as page:
        await page.until(lambda: _shown(page, "is_loaded"))
        assert (_shown(page, "cut_offs_text"), _shown(page, "replies")) == ("0", [])


async def test_a_meeting_that_was_not_recorded_says_so_calmly(ann: Ann) -> None:
    meeting_id = ann.hold(TURNS, is_recorded=False)
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: _shown(page, "is_loaded"))
        assert (_shown(page, "recording"), _shown(page, "recording_url")) == ("off", "")
        assert _shown(page, "recording_text") == t("recording.off")
        assert _shown(page, "steps")[-1]["outcome"] == "none"

        ann.note_recording(meeting_id, {"is_recorded": False, "files_deleted": 0})
        await page.until(lambda: _shown(page, "steps")[-1]["outcome"] == "off")
        assert _shown(page, "recording") == "off"


async def test_the_delivery_tab_says_what_its_numbers_rest_on(ann: Ann) -> None:
    def shown(page: Page, name: str) -> Any:
        return page.var("delivery____delivery_state", name)

    meeting_id = ann.hold(TURNS, is_recorded=False)
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: shown(page, "basis") == "off")
        assert [row["name"] for row in shown(page, "measures")] == ["pace", "fillers", "delay", "talk"]
        assert (shown(page, "bars"), shown(page, "marks")) == ([], [])


async def test_a_tab_shows_numbers_anew_when_they_were_measured(ann: Ann) -> None:
    meeting_id = ann.hold(TURNS)
    heard = Heard(60_000, [Stretch(2_000, 9_000)], [Stretch(0, 1_000)], [HeardWord("Um,", 2_000, 2_300)], [])
    recorded = Recorded(voices=(), sha256="0" * 64, memory=NoMemory())
    deliveries = DeliveryService(ann.worker_sessions, FakeEars(heard), lambda *_: recorded, system_clock)
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: page.var("delivery____delivery_state", "basis") == "missing")

        deliveries.make_delivery(ann.user_id, meeting_id)

        await page.until(lambda: page.var("delivery____delivery_state", "basis") == "sound")
        measures = {row["name"]: row["value"] for row in page.var("delivery____delivery_state", "measures")}
        assert (measures["delay"], measures["pauses"], measures["overlaps"]) == ("1.0 s", "0", "0")
        assert [bar["start_ms"] for bar in page.var("delivery____delivery_state", "bars")] == [0, 30_000]


async def test_a_meeting_without_sound_has_no_recording_for_another_reason(ann: Ann) -> None:
    meeting_id = ann.hold(TURNS)
    ann.note_recording(meeting_id, {"has_audio": False})
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: _shown(page, "is_loaded"))
        assert _shown(page, "recording_text") == t("recording.none")
        assert _shown(page, "steps")[-1]["outcome"] == "done"


async def test_media_that_could_not_be_made_say_so_until_someone_has_them_made_again(ann: Ann) -> None:
    def shown() -> tuple[str, str]:
        return _shown(page, "recording"), page.var("delivery____delivery_state", "basis")

    meeting_id = ann.hold(TURNS)
    with ann.sessions.for_user(ann.user_id) as session:
        session.execute(delete(Insight))
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: shown() == ("preparing", "listening"))

        insights = InsightService(ann.worker_sessions, FakeLanguage(), system_clock)
        insights.note_step_failed(ann.user_id, meeting_id, RECORDING, "It broke.", run_id="run-1", duration_ms=0)
        await page.until(lambda: shown() == ("failed", "failed"))
        assert _shown(page, "recording_text") == "It broke."

        await _try_again(page)
        await page.until(lambda: shown() == ("preparing", "listening"))
        MeetingService(ann.sessions, system_clock).complete_meeting(ann.user_id, meeting_id)
        await page.until(lambda: _shown(page, "status") == "completed")
        assert shown() == ("preparing", "listening")


async def test_a_re_run_is_counted_from_its_first_step(ann: Ann) -> None:
    meeting_id = ann.hold(TURNS)
    insights = InsightService(ann.worker_sessions, FakeLanguage(), system_clock)

    def note(name: str) -> None:
        step = StepFacts(is_unchanged=True)
        insights.note_step_done(ann.user_id, meeting_id, name, step, run_id="run-1", duration_ms=5)

    for name in REQUIRED:
        note(name)
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: _shown(page, "is_loaded"))
        await _try_again(page)
        await page.until(lambda: _shown(page, "progress") == "Step 1 of 4: Transcript")
        assert {row["outcome"] for row in _shown(page, "steps")} == {"waiting"}

        note(REQUIRED[0])
        await page.until(lambda: _shown(page, "progress") == "Step 2 of 4: Summary")


async def test_practice_that_was_added_up_is_shown_by_day(ann: Ann) -> None:
    ann.hold(TURNS)
    ProgressService(ann.worker_sessions, system_clock).count_days(ann.user_id)
    async with ann.browser.page("/progress") as page:
        await page.until(lambda: page.var("progress_state", "is_loaded"))
        (day,) = page.var("progress_state", "days")
        assert (day["meetings"], day["score"]) == ("1", t("numbers.none"))
        assert "Today" in page.var("progress_state", "counted")


async def test_how_long_recordings_are_kept_is_set_on_the_settings_page(ann: Ann) -> None:
    async with ann.browser.page("/settings") as page:
        state = "retention_state"
        await page.until(lambda: page.var(state, "default_days"))
        assert page.var(state, "default_days") == "90"
        name = next(known for known in page.state if known.endswith(state)) + ".save"
        for junk in ({"retention_days": "0"}, {"retention_days": ["30"]}, {"retention_days": "x" * 5_000}):
            await page.send(name, {"form": junk})
            await page.until(lambda: page.var(state, "error"))
            assert page.var(state, "error") == "Recordings can be kept for 1 to 3,650 days."
        await page.send(name, {"form": {"retention_days": "30"}})
        await page.until(lambda: page.var(state, "own_days") == "30")
        assert page.var(state, "error") == ""


async def test_who_runs_the_installation_sees_how_it_fares(ann: Ann) -> None:
    ann.hold(TURNS)
    async with ann.browser.page("/operations") as page:
        await page.until(lambda: page.var("operations_state", "is_loaded"))
        assert not page.var("operations_state", "is_missing")
        assert page.var("operations_state", "waiting") == "1"
        assert "worker" in [row["name"] for row in page.var("operations_state", "processes")]


async def test_nobody_else_has_a_page_of_operations(ann: Ann, running: WebStage) -> None:
    ann.hold(TURNS)
    other = running.browser()
    other.sign_in("bob@example.org")
    async with other.page("/operations") as page:
        await page.until(lambda: page.var("operations_state", "is_loaded"))
        assert page.var("operations_state", "is_missing")
        assert (page.var("operations_state", "waiting"), page.var("operations_state", "processes")) == ("", [])
