"""What agents are told is moderated where a service is asked, through its SDK over a local server."""

from collections.abc import Callable

import pytest

from peak_app.adapters.openai.moderation import OpenAIModeration
from peak_app.config import Settings
from peak_app.domain.agents.service import AgentService
from peak_app.errors import InvalidInput
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
