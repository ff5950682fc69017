"""Asking over the real web process: words appear as a model writes them, and nobody reads anyone else's."""

import asyncio
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
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.deletion import DeletionService
from peak_app.domain.meetings.service import MeetingService
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.ports.language import Speaker
from tests.asked_model import AskedModel
from tests.conftest import ScratchDatabase
from tests.emulators.language_server import Reply, language_server, streamed
from tests.fakes.language import FakeLanguage
from tests.held_calls import WORDS, turns_of
from tests.integration.web_stage import Browser, Page, WebStage, running_web

ANN, BOB = "ann@example.org", "bob@example.org"
QUESTION = "How did I verify that both systems agree?"
PENGUINS: tuple[tuple[Speaker, str], ...] = (
    ("agent", "What about penguins?"),
    ("candidate", "Penguins live in Antarctica."),
)


@pytest.fixture(scope="module")
def model() -> AskedModel:
    return AskedModel()


@pytest.fixture(scope="module")
def running(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory, model: AskedModel
) -> Iterator[WebStage]:
    with language_server(model.respond) as server:
        told = {"PEAK_OPENAI_BASE_URL": server.url, "PEAK_OPENAI_API_KEY": "sk-test"}
        folder = tmp_path_factory.mktemp("web")
        with running_web(scratch_database.settings, scratch_database.web_url, folder, told) as web:
            yield web


@dataclass
class Person:
    browser: Browser
    user_id: UUID
    sessions: TenantSessions
    worker_sessions: TenantSessions

    def schedule(self) -> UUID:
        agent = AgentService(self.sessions, system_clock).create_agent(self.user_id, name="Ada", instructions="Ask.")
        meetings = MeetingService(self.sessions, system_clock)
        return meetings.create_meeting(self.user_id, title="Round one", agent_id=agent.agent_id).meeting_id

    def hold(self, words: tuple[tuple[Speaker, str], ...] = WORDS) -> UUID:
        """A meeting that is over and can be asked about."""
        meeting_id = self.schedule()
        calls = CallService(self.worker_sessions, system_clock)
        calls.open_call(self.user_id, meeting_id, "bridge-1")
        calls.mark_connected(self.user_id, meeting_id, "bridge-1")
        for turn in turns_of(words):
            calls.save_turn(self.user_id, meeting_id, turn)
        calls.end_call(self.user_id, meeting_id, "ended_by_person")
        insights = InsightService(self.worker_sessions, FakeLanguage(), system_clock)
        for make in (insights.make_transcript, insights.make_search_index):
            make(self.user_id, meeting_id)
        MeetingService(self.worker_sessions, system_clock).complete_meeting(self.user_id, meeting_id)
        return meeting_id

    def delete(self, meeting_id: UUID) -> None:
        """As in another tab."""
        DeletionService(self.sessions, system_clock).delete_meeting(self.user_id, meeting_id)


@pytest.fixture
def arrive(running: WebStage, database: ScratchDatabase, sessions, worker_sessions, model: AskedModel) -> Iterator[Any]:
    model.failure = None

    def come(email: str) -> Person:
        browser = running.browser()
        browser.sign_in(email)
        with sessions.for_email(email) as session:
            user_id = session.exec(select(Account.id)).one()
        return Person(browser, user_id, sessions, worker_sessions)

    yield come
    running.close_browsers()


def shown(page: Page, name: str) -> Any:
    return page.var("asking____ask_state", name)


async def send(page: Page, handler: str, payload: dict[str, Any] | None = None) -> None:
    state = next(name for name in page.state if name.endswith("asking____ask_state"))
    await page.send(f"{state}.{handler}", payload or {})


async def ask(page: Page, question: object) -> None:
    await page.until(lambda: shown(page, "is_loaded"))
    await send(page, "ask", {"form": {"question": question}})


def texts(rows: list[dict[str, Any]]) -> list[str]:
    return [row["text"] for row in rows]


async def test_the_words_of_an_answer_come_one_after_the_other_with_quotes_that_lead_to_the_moment(arrive) -> None:
    ann = arrive(ANN)
    meeting_id = ann.hold()
    async with ann.browser.page("/ask") as page:
        await ask(page, QUESTION)
        await page.until(lambda: shown(page, "written"))
        first = texts(shown(page, "written"))[0]
        quotes = shown(page, "written")[0]["quotes"]
        await page.until(lambda: shown(page, "messages"))

        answer = shown(page, "messages")[1]
        growing = [message for message in page.received if '"written_rx_state_":[{' in message]
        assert len(growing) > 2
        assert WORDS[5][1].startswith(first)
        assert len(first) < len(WORDS[5][1])
        assert [quote["path"] for quote in quotes] == [f"/meetings/{meeting_id}?line=L6"]
        assert texts(answer["claims"]) == [WORDS[5][1]]
        assert answer["claims"][0]["quotes"][0]["place"] == "Round one · Today · You · 0:45"
        assert (shown(page, "pending"), shown(page, "written"), shown(page, "turn")) == ("", [], 1)


async def test_the_address_of_a_quote_shows_its_line_and_no_other_address_does(arrive) -> None:
    ann = arrive(ANN)
    meeting_id = ann.hold()
    for line, tab, focus in (("L6", "transcript", "L6"), ("L99", "summary", ""), ("<script>", "summary", "")):
        async with ann.browser.page(f"/meetings/{meeting_id}?line={line}") as page:
            await page.until(lambda page=page: page.var("meeting____meeting_state", "is_loaded"))
            state = [page.var("meeting____meeting_state", name) for name in ("tab", "focus_line", "arrival_line")]
            assert state == [tab, focus, focus]


async def test_a_conversation_is_kept_per_meeting_and_can_be_cleared(arrive) -> None:
    ann = arrive(ANN)
    meeting_id = ann.hold()
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await ask(page, QUESTION)
        await page.until(lambda: shown(page, "messages"))
    async with ann.browser.page("/ask") as other:
        await other.until(lambda: shown(other, "is_loaded"))
        assert shown(other, "messages") == []
    async with ann.browser.page(f"/meetings/{meeting_id}") as again:
        await again.until(lambda: shown(again, "messages"))
        await send(again, "clear")
        await again.until(lambda: shown(again, "messages") == [])
    async with ann.browser.page(f"/meetings/{meeting_id}") as empty:
        await empty.until(lambda: shown(empty, "is_loaded"))
        assert shown(empty, "messages") == []


async def go(page: Page, path: str) -> None:
    """To another page in the same tab."""
    page.path = path
    await page.send("reflex___state____state.hydrate_and_load", {"vars": {}})


async def test_every_open_tab_forgets_a_meeting_that_is_deleted_in_another(arrive) -> None:
    ann = arrive(ANN)
    kept, gone = ann.hold(), ann.hold(PENGUINS)
    async with (
        ann.browser.page("/ask") as asking,
        ann.browser.page(f"/meetings/{gone}") as elsewhere,
        ann.browser.page(f"/meetings/{gone}") as there,
    ):
        await ask(asking, QUESTION)
        await asking.until(lambda: len(shown(asking, "messages")) == 2)
        await ask(asking, "Where do penguins live?")
        await asking.until(lambda: len(shown(asking, "messages")) == 4)
        for page in (elsewhere, there):
            await page.until(lambda page=page: page.var("meeting____meeting_state", "lines"))
        await go(elsewhere, "/meetings")
        await elsewhere.until(lambda: len(elsewhere.var("meetings____meetings_state", "rows") or []) == 2)
        await go(elsewhere, "/settings")
        await elsewhere.until(lambda: elsewhere.var("retention_state", "default_days"))
        assert PENGUINS[1][1] in str(asking.state)
        assert PENGUINS[1][1] in str(elsewhere.state)

        ann.delete(gone)

        for page in (asking, elsewhere, there):
            await page.until(lambda page=page: PENGUINS[1][1] not in str(page.state))
        assert texts(shown(asking, "messages")) == [QUESTION, WORDS[5][1]]
        await elsewhere.until(lambda: str(gone) not in str(elsewhere.state))
        assert [row["meeting_id"] for row in elsewhere.var("meetings____meetings_state", "rows")] == [str(kept)]
        assert elsewhere.var("retention_state", "default_days")
        await there.until(lambda: there.var("meeting____meeting_state", "is_missing"))
        assert there.var("meeting____meeting_state", "is_loaded")


async def test_a_lobby_says_that_its_meeting_was_deleted(arrive) -> None:
    ann = arrive(ANN)
    meeting_id = ann.schedule()
    async with ann.browser.page(f"/call/{meeting_id}") as page:
        await page.until(lambda: page.var("call____call_state", "call_id"))
        ann.delete(meeting_id)
        await page.until(lambda: page.var("call____call_state", "is_missing"))
        assert (page.var("call____call_state", "call_id"), page.var("call____call_state", "title")) == ("", "")


async def test_an_answer_says_that_what_it_quotes_was_deleted_while_it_was_written(arrive) -> None:
    ann = arrive(ANN)
    meeting_id = ann.hold()
    async with ann.browser.page("/ask") as page:
        await ask(page, QUESTION)
        await page.until(lambda: shown(page, "written"))
        ann.delete(meeting_id)
        await page.until(lambda: shown(page, "error"))
        assert (shown(page, "error"), shown(page, "draft")) == (t("refusal.quoted_is_gone"), QUESTION)
        assert (shown(page, "messages"), shown(page, "written"), shown(page, "pending")) == ([], [], "")


async def test_someone_without_meetings_is_told_so_and_hears_nothing_of_others(arrive) -> None:
    ann, bob = arrive(ANN), arrive(BOB)
    meeting_id = ann.hold()
    async with ann.browser.page("/ask") as own:
        await ask(own, QUESTION)
        await own.until(lambda: shown(own, "messages"))
    for path in ("/ask", f"/meetings/{meeting_id}"):
        async with bob.browser.page(path) as page:
            await page.until(lambda page=page: page.var("session____session_state", "email") == BOB)
            if path == "/ask":
                await page.until(lambda page=page: shown(page, "is_empty_handed"))
            await page.until(lambda page=page: any(name.endswith("ask_state") for name in page.state))
            async with asyncio.timeout(20):
                while not shown(page, "error"):
                    # Once more: what the page finds out about the meeting meanwhile takes a question back.
                    await send(page, "ask", {"form": {"question": f"Quote {meeting_id}: {QUESTION}"}})
                    await asyncio.sleep(0.5)
            assert shown(page, "messages") in (None, [])
            assert WORDS[5][1] not in "".join(page.received)


@pytest.mark.parametrize(
    ("failure", "sentence", "can_repeat"),
    [
        (Reply(500, "broken"), "has a problem", True),
        (streamed('{"found": tr', status="incomplete", incomplete_details={"reason": "max_tokens"}), "broke off", True),
        (streamed("{", status="incomplete", incomplete_details={"reason": "content_filter"}), "declined", False),
        (Reply(body="<html>gateway</html>"), "broke off", True),
    ],
)
async def test_what_went_wrong_is_said_and_the_question_stays_to_be_asked_again(
    arrive, model: AskedModel, failure: Any, sentence: str, can_repeat: bool
) -> None:
    ann = arrive(ANN)
    ann.hold()
    model.failure = failure
    async with ann.browser.page("/ask") as page:
        await ask(page, QUESTION)
        await page.until(lambda: shown(page, "error"))
        assert sentence in shown(page, "error")
        assert (shown(page, "can_repeat"), shown(page, "draft"), shown(page, "pending")) == (can_repeat, QUESTION, "")
        model.failure = None
        await ask(page, shown(page, "draft"))
        await page.until(lambda: shown(page, "messages"))
        assert (shown(page, "error"), shown(page, "can_repeat"), shown(page, "draft")) == ("", False, "")


@pytest.mark.parametrize("question", ["", "x" * 501, None, 7, {"a": 1}])
async def test_a_question_that_is_none_is_refused_with_a_sentence(arrive, question: object) -> None:
    ann = arrive(ANN)
    ann.hold()
    async with ann.browser.page("/ask") as page:
        await ask(page, question)
        await page.until(lambda: shown(page, "error"))
        assert shown(page, "error").startswith("Question")
        assert shown(page, "messages") == []
