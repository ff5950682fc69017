"""What agents are told is moderated where a service is asked, through its SDK over a local server."""

from collections.abc import Callable
from typing import Any

import pytest

from peak_app.adapters.openai.moderation import OpenAIModeration
from peak_app.config import Settings
from peak_app.domain.agents.conduct import Conduct, Stage
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.service import SAVED_PER_HOUR, AgentService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.scorecards.rubric import LEVELS, RubricChoice, checked_rubric
from peak_app.errors import InvalidInput, TooManyRequests
from peak_app.ports.clock import system_clock
from peak_app.ports.moderation import ModerationUnavailable, moderate_nothing
from peak_app.wiring import Services
from tests.emulators.language_server import Reply, language_server
from tests.held_calls import HeldCalls

MakeSettings = Callable[..., Settings]


def judged(*categories: str) -> Reply:
    """The service's answer, its categories under the names it uses."""
    names = ("harassment", "hate", "self-harm/intent", "sexual/minors", "violence", "illicit")
    result = {"flagged": bool(categories), "categories": {name: name in categories for name in names}}
    return Reply(body={"id": "modr_1", "model": "omni-moderation-latest", "results": [result]})


@pytest.fixture
def moderation(settings_for_tests: MakeSettings):
    made: list[OpenAIModeration] = []

    def make(url: str, **fields: object) -> OpenAIModeration:
        made.append(OpenAIModeration(settings_for_tests(openai_base_url=url, moderation="on", **fields)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("categories", "found"),
    [((), ()), (("violence",), ("violence",)), (("sexual/minors", "hate"), ("hate", "sexual_minors"))],
)
def test_a_text_is_flagged_by_the_names_of_its_categories(moderation, categories, found) -> None:
    with language_server(judged(*categories)) as server:
        assert moderation(server.url, moderation_model="m-1").moderate("You are Ada.") == found
        (request,) = server.requests
    assert (request.path, request.body) == ("/v1/moderations", {"input": "You are Ada.", "model": "m-1"})


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, {"error": {"message": "no"}}),
        Reply(body={}),
        Reply(body={"results": []}),
        Reply(body={"results": [{"flagged": True}]}),
        Reply(body={"results": "odd"}),
        Reply(body="<html>"),
    ],
)
def test_an_answer_that_says_nothing_is_no_answer_and_is_asked_for_once(moderation, reply: Reply) -> None:
    with language_server(reply) as server:
        with pytest.raises(ModerationUnavailable):
            moderation(server.url).moderate("You are Ada.")
        assert len(server.requests) == 1


def test_an_agent_whose_words_are_flagged_is_not_saved_and_a_sentence_says_why(held: HeldCalls, moderation) -> None:
    with language_server(judged("self-harm/intent", "violence")) as server:
        agents = AgentService(held.sessions, system_clock, moderation(server.url).moderate)
        before = agents.list_agents(held.user_id)
        with pytest.raises(InvalidInput, match="intended self-harm, violence") as refusal:
            agents.create_agent(held.user_id, name="Ada", instructions="Be cruel.")
        with pytest.raises(InvalidInput):
            agents.update_agent(held.user_id, held.agent_id, name="Ada", instructions="Be cruel.")
        assert [request.body["input"] for request in server.requests] == ["Ada\n\nBe cruel."] * 2
    assert refusal.value.field == "instructions"
    assert agents.list_agents(held.user_id) == before


CRUEL = "CRUEL"


class Judge:
    """Flags whatever has a word in it; `asked` are the texts it was shown. Away as often as it is told to be."""

    def __init__(self, away: int = 0) -> None:
        self.asked: list[str] = []
        self._away = away

    def __call__(self, text: str) -> tuple[str, ...]:
        if self._away:
            self._away -= 1
            raise ModerationUnavailable("away")
        self.asked.append(text)
        return ("hate",) if CRUEL in text else ()


def rubric_of(looks_for: str) -> RubricChoice:
    return RubricChoice(own=checked_rubric("Mine", [{"name": "Calm", "looks_for": looks_for}], levels=["x"] * LEVELS))


@pytest.mark.parametrize(
    "told",
    [
        {"name": CRUEL},
        {"instructions": CRUEL},
        {"conduct": Conduct(greeting=CRUEL)},
        {"conduct": Conduct(stages=(Stage("Opening", 5, CRUEL),))},
        {"conduct": Conduct(stages=(Stage(CRUEL, 5),))},
        {"rubric": rubric_of(CRUEL)},
    ],
    ids=["name", "instructions", "greeting", "goal of a stage", "stage", "rubric"],
)
def test_whatever_an_agent_is_told_or_says_first_is_moderated(held: HeldCalls, told: dict[str, Any]) -> None:
    agents = AgentService(held.sessions, held.clock, Judge())
    before = agents.get_words(held.user_id, held.agent_id)
    words = {"name": "Ada", "instructions": "Be kind.", **told}
    with pytest.raises(InvalidInput, match="hate"):
        agents.create_agent(held.user_id, **words)
    with pytest.raises(InvalidInput, match="hate"):
        agents.update_agent(held.user_id, held.agent_id, **words)
    assert agents.get_words(held.user_id, held.agent_id) == before


def test_what_an_agent_is_given_to_read_is_moderated_once_and_the_sentence_names_it(held: HeldCalls) -> None:
    judge = Judge()
    agents = AgentService(held.sessions, held.clock, judge)
    kept, refused = Document("My CV", "cv", "Ann, engineer"), Document("The role", "job", CRUEL)
    words: dict[str, Any] = {"name": "Ada", "instructions": "Be kind."}
    agents.update_agent(held.user_id, held.agent_id, **words, documents=[kept])
    with pytest.raises(InvalidInput, match="“The role” can't be kept") as refusal:
        agents.update_agent(held.user_id, held.agent_id, **words, documents=[kept, refused])
    assert refusal.value.field == "Knowledge"
    assert judge.asked == ["Ada\n\nBe kind.", "My CV\n\nAnn, engineer", "Ada\n\nBe kind.", f"The role\n\n{CRUEL}"]
    assert agents.get_words(held.user_id, held.agent_id).documents == (kept,)


def test_saving_the_same_again_asks_nobody(held: HeldCalls) -> None:
    judge = Judge()
    agents = AgentService(held.sessions, held.clock, judge)
    for _ in range(3):
        agents.update_agent(held.user_id, held.agent_id, name="Ada", instructions="Be kind.")
    assert judge.asked == ["Ada\n\nBe kind."]


def test_an_old_version_is_moderated_before_it_is_the_newest_again(held: HeldCalls) -> None:
    """It may have been saved while nobody could be asked."""
    agents = AgentService(held.sessions, held.clock, Judge(away=1))
    saved = agents.update_agent(held.user_id, held.agent_id, name="Ada", instructions=CRUEL)
    agents.update_agent(held.user_id, held.agent_id, name="Ada", instructions="Be kind.")
    with pytest.raises(InvalidInput, match="hate"):
        agents.restore_version(held.user_id, held.agent_id, saved.version_number)
    assert agents.get_agent(held.user_id, held.agent_id).instructions == "Be kind."


def test_a_copy_is_moderated_like_any_agent(held: HeldCalls) -> None:
    agents = AgentService(held.sessions, held.clock, Judge(away=1))
    agents.update_agent(held.user_id, held.agent_id, name="Ada", instructions=CRUEL)
    with pytest.raises(InvalidInput, match="hate"):
        agents.duplicate_agent(held.user_id, held.agent_id)


def test_what_is_refused_counts_as_a_try_so_that_nobody_is_asked_without_end(held: HeldCalls) -> None:
    judge = Judge()
    agents = AgentService(held.sessions, held.clock, judge)
    for _ in range(SAVED_PER_HOUR):
        with pytest.raises(InvalidInput):
            agents.update_agent(held.user_id, held.agent_id, name="Ada", instructions=CRUEL)
    with pytest.raises(TooManyRequests):
        agents.update_agent(held.user_id, held.agent_id, name="Ada", instructions=CRUEL)
    assert len(judge.asked) == SAVED_PER_HOUR


def test_what_a_meeting_is_to_practise_is_moderated_and_its_title_is_not(held: HeldCalls) -> None:
    judge = Judge()
    meetings = MeetingService(held.sessions, held.clock, moderate=judge)
    planned = meetings.create_meeting(held.user_id, title=CRUEL, agent_id=held.agent_id)
    with pytest.raises(InvalidInput, match="This focus can't be kept"):
        meetings.create_meeting(held.user_id, title="Round one", agent_id=held.agent_id, focus=CRUEL)
    assert judge.asked == [CRUEL]
    assert [meeting.meeting_id for meeting in meetings.list_meetings(held.user_id).meetings] == [planned.meeting_id]


def test_an_agent_is_saved_when_the_service_is_away(held: HeldCalls, moderation) -> None:
    agents = AgentService(held.sessions, system_clock, moderation("http://127.0.0.1:9/v1").moderate)
    assert agents.create_agent(held.user_id, name="Bea", instructions="Be kind.").name == "Bea"


@pytest.mark.parametrize(
    ("fields", "is_asked"),
    [
        ({}, False),
        ({"moderation": "on"}, False),
        ({"openai_api_key": "sk-x"}, True),
        ({"openai_api_key": "sk-x", "moderation": "off"}, False),
        ({"openai_base_url": "http://127.0.0.1:9/v1"}, False),
        ({"openai_base_url": "http://127.0.0.1:9/v1", "moderation": "on"}, True),
    ],
)
def test_only_a_server_that_has_a_moderation_model_is_asked(
    settings_for_tests: MakeSettings, fields: dict[str, object], is_asked: bool
) -> None:
    services = Services(settings_for_tests(database_url="postgresql://nobody@127.0.0.1:9/none", **fields), "web")
    assert (services.moderate is not moderate_nothing) is is_asked
