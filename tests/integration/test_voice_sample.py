"""Hearing the coach in the lobby, through the real web process and a scripted speech service."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from peak_app.api.voice_sample import SAMPLES_PER_MINUTE
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.service import MeetingService
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.emulators.language_server import LanguageServer, Reply, language_server
from tests.emulators.wav_files import wav
from tests.integration.web_stage import Browser, WebStage, running_web

SPOKEN = wav(b"\1\2" * 2_400)


@dataclass
class Lobby:
    web: WebStage
    speech: LanguageServer
    sessions: TenantSessions

    def visitor(self, name: str) -> Browser:
        browser = self.web.browser()
        browser.sign_in(f"{name}@example.org")
        return browser

    def meeting(self, owner: str, agent_name: str) -> UUID:
        with self.sessions.for_email(f"{owner}@example.org") as session:
            owner_id = session.exec(select(Account.id)).one()
        agent = AgentService(self.sessions, system_clock).create_agent(owner_id, name=agent_name, instructions="Ask.")
        meetings = MeetingService(self.sessions, system_clock)
        return meetings.create_meeting(owner_id, title="Round one", agent_id=agent.agent_id).meeting_id


@pytest.fixture(scope="module")
def web_and_speech(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[WebStage, LanguageServer]]:
    with language_server(Reply(body=SPOKEN)) as speech:
        told = {"PEAK_OPENAI_BASE_URL": speech.url, "PEAK_OPENAI_API_KEY": "sk-test"}
        folder = tmp_path_factory.mktemp("web")
        with running_web(scratch_database.settings, scratch_database.web_url, folder, told) as web:
            yield web, speech


@pytest.fixture
def lobby(
    web_and_speech: tuple[WebStage, LanguageServer], database: ScratchDatabase, sessions: TenantSessions
) -> Iterator[Lobby]:
    web, speech = web_and_speech
    speech.requests.clear()
    speech.replies[:] = [Reply(body=SPOKEN)]
    yield Lobby(web, speech, sessions)
    web.close_browsers()


def test_the_coach_is_heard_and_says_its_name(lobby: Lobby) -> None:
    ann = lobby.visitor("ann")
    path = f"/api/calls/{lobby.meeting('ann', 'Ada')}/voice"
    answer = ann.http.get(path)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "audio/wav", SPOKEN)
    assert answer.headers["cache-control"] == "no-store"
    assert ann.http.get(path).content == SPOKEN
    (request,) = lobby.speech.requests
    assert "Ada" in request.body["input"]


def test_the_one_voice_of_a_service_can_be_heard_before_it_is_chosen(lobby: Lobby) -> None:
    ann = lobby.visitor("ann")
    assert ann.http.get("/api/voices/marin").content == SPOKEN
    assert ann.http.get("/api/voices/nobody").status_code == 404
    assert lobby.web.browser().http.get("/api/voices/marin").status_code == 401
    (request,) = lobby.speech.requests
    assert request.body["voice"] == "marin"


def test_only_the_owner_of_a_meeting_hears_its_coach(lobby: Lobby) -> None:
    lobby.visitor("ann")
    path = f"/api/calls/{lobby.meeting('ann', 'Bea')}/voice"
    assert lobby.visitor("bob").http.get(path).status_code == 404
    assert lobby.web.browser().http.get(path).status_code == 401
    assert lobby.visitor("ann").http.get(f"/api/calls/{uuid4()}/voice").status_code == 404
    assert lobby.visitor("ann").http.get("/api/calls/no-id/voice").status_code == 404
    assert lobby.speech.requests == []


def test_a_service_that_fails_is_said_in_a_sentence(lobby: Lobby) -> None:
    lobby.speech.replies[:] = [Reply(401, {"error": {"message": "secret words"}})]
    ann = lobby.visitor("ann")
    answer = ann.http.get(f"/api/calls/{lobby.meeting('ann', 'Cleo')}/voice")
    assert answer.status_code == 503
    assert answer.json() == {"error": "The voice can't be played just now. The call doesn't depend on it."}
    assert "secret words" not in lobby.web.log.read_text()


def test_it_can_be_asked_for_only_so_often(lobby: Lobby) -> None:
    ann = lobby.visitor("ann")
    path = f"/api/calls/{lobby.meeting('ann', 'Dora')}/voice"
    statuses = [ann.http.get(path).status_code for _ in range(SAMPLES_PER_MINUTE + 1)]
    assert statuses == [200] * SAMPLES_PER_MINUTE + [429]
