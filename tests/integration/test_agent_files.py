"""Files into and out of agents, through the real web process."""

import json

import pytest
from sqlmodel import select

from peak_app.api.knowledge import FILES_PER_MINUTE
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.knowledge import DOCUMENT_LIMIT, FILE_LIMIT, Document
from peak_app.domain.agents.models import Agent
from peak_app.domain.agents.portable import FILE_LIMIT as AGENT_FILE_LIMIT
from peak_app.domain.agents.portable import of_file
from peak_app.domain.agents.service import AgentProfile, AgentService
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from tests.integration.web_stage import Browser, WebStage
from tests.unit.documents import files

RAW = {"content-type": "application/octet-stream"}
SECRET = "xylograph"


@pytest.fixture
def ann(web: WebStage) -> Browser:
    browser = web.browser()
    browser.sign_in("ann@example.org")
    return browser


@pytest.fixture
def agent(ann: Browser, sessions: TenantSessions) -> AgentProfile:
    with sessions.for_email("ann@example.org") as session:
        user_id = session.exec(select(Account.id)).one()
    return AgentService(sessions, system_clock).create_agent(
        user_id, name="Bea 🎯 <b>", instructions="Ask.", documents=[Document("CV", "cv", f"Played the {SECRET}.")]
    )


def agents_of(sessions: TenantSessions, email: str) -> list[str]:
    with sessions.for_email(email) as session:
        user_id = session.exec(select(Account.id)).one()
    with sessions.for_user(user_id) as session:
        return sorted(agent.name for agent in session.exec(select(Agent)))


def test_a_file_is_sent_and_its_text_comes_back(ann: Browser) -> None:
    answer = ann.http.post(
        "/api/knowledge",
        params={"name": "C:\\temp\\Ann CV.pdf"},
        content=files.pdf(f"Played the {SECRET}"),
        headers=RAW,
    )
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json()
    assert (told["name"], told["kind"], told["text"].split()) == ("Ann CV.pdf", "cv", ["Played", "the", SECRET])


def test_what_is_refused_is_refused_with_a_sentence_and_never_logged(web: WebStage, ann: Browser) -> None:
    for content, status, sentence in (
        (b"", 422, "This file is empty."),
        (f"<html>{SECRET}<script>".encode(), 422, "This is a web page"),
        (files.locked_pdf("secret", owner="secret"), 422, "locked by a password"),
        (bytes(FILE_LIMIT + 1), 413, "too large"),
    ):
        answer = ann.http.post("/api/knowledge", content=content, headers=RAW)
        assert answer.status_code == status
        assert sentence in answer.json()["error"]
    assert SECRET not in web.log.read_text()


def test_of_a_long_file_the_beginning_is_taken_and_the_rest_is_told(ann: Browser) -> None:
    told = ann.http.post("/api/knowledge", content=b"x" * (DOCUMENT_LIMIT + 5), headers=RAW).json()
    assert (len(told["text"]), told["characters"], told["kind"]) == (DOCUMENT_LIMIT, DOCUMENT_LIMIT + 5, "notes")


def test_files_are_taken_only_from_our_own_pages_and_people(web: WebStage, ann: Browser) -> None:
    for path in ("/api/knowledge", "/api/agents/import"):
        assert web.browser().http.post(path, content=b"x", headers=RAW).status_code == 401
        assert ann.http.post(path, content=b"x", headers={**RAW, "origin": "https://evil.example"}).status_code == 403
        assert ann.http.post(path, data={"x": "y"}).status_code == 415
        assert ann.http.get(path).status_code in (404, 405)


def test_only_so_many_files_are_read_a_minute(ann: Browser, web: WebStage) -> None:
    dora = web.browser()
    dora.sign_in("dora@example.org")
    statuses = {
        dora.http.post("/api/knowledge", content=b"<html>", headers=RAW).status_code for _ in range(FILES_PER_MINUTE)
    }
    assert statuses == {422}
    assert dora.http.post("/api/knowledge", content=b"<html>", headers=RAW).status_code == 429
    assert ann.http.post("/api/knowledge", content=b"notes", headers=RAW).status_code == 200


def test_an_agent_goes_out_as_a_file_and_comes_in_again(
    web: WebStage, ann: Browser, agent: AgentProfile, sessions: TenantSessions
) -> None:
    answer = ann.http.get(f"/api/agents/{agent.agent_id}/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert 'filename="Bea b.agent.json"' in answer.headers["content-disposition"]
    assert of_file(answer.content).documents == (Document("CV", "cv", f"Played the {SECRET}."),)

    bob = web.browser()
    bob.sign_in("bob@example.org")
    assert bob.http.get(f"/api/agents/{agent.agent_id}/export").status_code == 404
    assert web.browser().http.get(f"/api/agents/{agent.agent_id}/export").status_code == 401
    brought = bob.http.post("/api/agents/import", content=answer.content, headers=RAW)
    assert brought.status_code == 201
    assert bob.http.get(f"/api/agents/{brought.json()['agent_id']}/export").content == answer.content
    assert agents_of(sessions, "bob@example.org") == ["Bea 🎯 <b>"]
    assert len(agents_of(sessions, "ann@example.org")) == 1


def test_a_file_that_is_no_agent_brings_nothing_in(
    web: WebStage, ann: Browser, agent: AgentProfile, sessions: TenantSessions
) -> None:
    good = ann.http.get(f"/api/agents/{agent.agent_id}/export").json()
    for content, status, sentence in (
        (b"<html>", 422, t("refusal.no_agent_file")),
        (b"[" * 200_000, 422, t("refusal.no_agent_file")),
        (json.dumps({**good, "instructions": "x" * 10_000}).encode(), 422, "at most 8,000 characters; this has 10,000"),
        (json.dumps({**good, "owner_id": SECRET}).encode(), 422, "has parts that no agent has"),
        (b" " * (AGENT_FILE_LIMIT + 1), 413, "too large"),
    ):
        answer = ann.http.post("/api/agents/import", content=content, headers=RAW)
        assert answer.status_code == status
        assert sentence in answer.json()["error"]
    assert agents_of(sessions, "ann@example.org") == ["Bea 🎯 <b>"]
    assert SECRET not in web.log.read_text()
