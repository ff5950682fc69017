"""Asking in a browser: words appear while the model writes, and a quote leads to the moment it rests on."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from peak_app.db.engine import engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights.service import InsightService
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.service import MeetingService
from peak_app.ports.clock import system_clock
from tests.asked_model import AskedModel
from tests.conftest import ScratchDatabase
from tests.e2e.room_stage import TITLE, RoomStage, room_stage
from tests.emulators.language_server import language_server
from tests.fakes.language import FakeLanguage
from tests.held_calls import WORDS, turns_of

QUESTION = "How did I verify that both systems agree?"
ANSWER = WORDS[5][1]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def stage(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[RoomStage]:
    model = AskedModel()
    with language_server(model.respond) as server:
        told = {"PEAK_OPENAI_BASE_URL": server.url}
        with room_stage(scratch_database, tmp_path_factory.mktemp("web"), told) as built:
            built.sign_in(browser)
            yield built


def hold(stage: RoomStage, worker: TenantSessions) -> UUID:
    """A completed meeting with a recording, as far as the page knows."""
    owner_id, meeting_id = stage.owner_id, stage.new_meeting()
    calls = CallService(worker, system_clock)
    calls.open_call(owner_id, meeting_id, "bridge-1")
    calls.mark_connected(owner_id, meeting_id, "bridge-1")
    for turn in turns_of(WORDS):
        calls.save_turn(owner_id, meeting_id, turn)
    calls.end_call(owner_id, meeting_id, "ended_by_person")
    insights = InsightService(worker, FakeLanguage(), system_clock)
    for make in (insights.make_transcript, insights.make_summary, insights.make_search_index):
        make(owner_id, meeting_id)
    MeetingService(stage.sessions, system_clock).complete_meeting(owner_id, meeting_id)
    return meeting_id


def open_page(stage: RoomStage, browser: Browser, path: str, **options: object) -> Page:
    page = stage.open_call(browser, UUID(int=0), **options)
    page.goto(path)
    return page


def ask(page: Page, name: str) -> None:
    page.get_by_role("textbox", name=name).fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()


def test_an_answer_about_all_meetings_appears_word_by_word_and_leads_to_the_moment(
    stage: RoomStage, browser: Browser, scratch_database: ScratchDatabase
) -> None:
    page = open_page(stage, browser, "/ask")
    expect(page.get_by_role("heading", level=1, name="Ask about all meetings")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing to search yet")).to_be_visible()
    meeting_id = hold(stage, TenantSessions(engine(scratch_database.worker_url)))
    page.reload()
    ask(page, "Ask about all meetings")

    writing = page.locator("[data-writing] .claim p")
    expect(writing).to_be_visible()
    first = writing.inner_text()
    assert len(first) < len(ANSWER)
    assert ANSWER.startswith(first)
    log = page.get_by_role("log", name="Questions and answers")
    expect(log.get_by_text(ANSWER)).to_be_visible()
    expect(page.locator("[data-writing]")).to_have_count(0)
    quote = log.get_by_role("link", name=re.compile("Show the line at 0:45"))
    expect(quote).to_contain_text(f"{TITLE} · Today · You · 0:45")

    quote.click()
    expect(page).to_have_url(re.compile(f"/meetings/{meeting_id}"))
    expect(page.locator("#line-L6")).to_be_focused()
    expect(page.locator("#line-L6")).to_contain_text("compared the totals")


def test_a_conversation_stays_until_it_is_cleared_and_fits_a_phone(
    stage: RoomStage, browser: Browser, scratch_database: ScratchDatabase
) -> None:
    meeting_id = hold(stage, TenantSessions(engine(scratch_database.worker_url)))
    page = open_page(stage, browser, f"/meetings/{meeting_id}?tab=ask", viewport={"width": 390, "height": 844})
    ask(page, "Ask about this meeting")
    log = page.get_by_role("log", name="Questions and answers")
    expect(log.get_by_role("button", name=re.compile("Show the line at 0:45"))).to_be_visible(timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0

    page.reload()
    expect(log.get_by_text(QUESTION)).to_be_visible()
    page.get_by_role("button", name="Clear conversation").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Yes, clear it").click()
    expect(log.get_by_text("Ask anything that was said.")).to_be_visible()
    page.reload()
    expect(log.get_by_text("Ask anything that was said.")).to_be_visible()
    assert stage.close_visits() == []
