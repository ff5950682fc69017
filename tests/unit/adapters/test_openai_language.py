"""The adapter against a scripted server: what is sent, and what every kind of failure becomes."""

import json
import logging
import math
from collections.abc import Callable, Iterator

import pytest

from peak_app.adapters.openai.language import EMBEDDING_BATCH, OpenAILanguage
from peak_app.adapters.openai.parts import PART_LIMIT, merged_summary
from peak_app.adapters.openai.prompts import PROMPT_VERSION
from peak_app.config import Settings
from peak_app.errors import LanguageUnavailable
from peak_app.ports.language import (
    EMBEDDING_DIMENSIONS,
    AskedText,
    Citation,
    CitedText,
    CriterionScore,
    MeetingAnswer,
    MeetingScorecard,
    MeetingSummary,
    MeetingText,
    RubricCriterion,
    RubricText,
    ScoringText,
    StoryText,
    TextLine,
    Usage,
)
from tests.emulators.language_server import Reply, embeddings, language_server, refused, streamed, written

SECRET_WORDS = "the purple elephant deal"
LINES = [
    TextLine(id="L1", speaker="agent", start_ms=0, end_ms=900, text="What did you do?"),
    TextLine(id="L2", speaker="candidate", start_ms=1_000, end_ms=4_000, text=f"I closed {SECRET_WORDS}."),
]
MEETING = MeetingText(title="Practice", agent_name="Ada", agent_instructions="Sales interview", lines=LINES)
SUMMARY = MeetingSummary(
    overview=[CitedText(text="You closed a deal.", line_ids=["L2"])], questions=[], strengths=[], next_steps=[]
)
LEVELS = ["None.", "Little.", "Some.", "Much.", "All."]
SCORING = ScoringText(
    **MEETING.model_dump(),
    rubric=RubricText(
        name=f"Rubric for {SECRET_WORDS}",
        criteria=[RubricCriterion(id="result", name="Result", looks_for="What came of it.", levels=LEVELS)],
    ),
    stories=[StoryText(question_line_id="L1", line_ids=["L2"], parts=[])],
)
UNIT = [1.0] + [0.0] * (EMBEDDING_DIMENSIONS - 1)

MakeLanguage = Callable[..., OpenAILanguage]


@pytest.fixture
def language_at(settings_for_tests: Callable[..., Settings]) -> Iterator[MakeLanguage]:
    made: list[OpenAILanguage] = []

    def make(url: str, *, retries: int = 0, **fields: object) -> OpenAILanguage:
        settings = settings_for_tests(openai_base_url=url, openai_api_key="sk-test", **fields)
        made.append(OpenAILanguage(settings, retries=retries))
        return made[-1]

    yield make
    for language in made:
        language.close()


def test_a_summary_is_asked_for_by_name_and_shape_and_nothing_is_kept(language_at: MakeLanguage):
    with language_server(written(SUMMARY.model_dump_json())) as server:
        result = language_at(server.url, text_model="gpt-x").summarize(MEETING)

    (request,) = server.requests
    form = request.body["text"]["format"]
    assert result.value == SUMMARY
    assert result.engine == "gpt-test-2026"
    assert result.usage == Usage(12, 7)
    assert request.path == "/v1/responses"
    assert request.headers["authorization"] == "Bearer sk-test"
    assert (request.body["model"], request.body["store"]) == ("gpt-x", False)
    assert (form["type"], form["name"], form["strict"]) == ("json_schema", "meeting_summary", True)
    assert form["schema"]["additionalProperties"] is False
    assert set(form["schema"]["required"]) == {"overview", "questions", "strengths", "next_steps"}
    note = form["schema"]["$defs"]["QuestionNote"]
    assert set(note["required"]) == {"question", "note", "line_ids", "first_line_id", "last_line_id"}


def test_no_request_of_text_lets_the_service_keep_anything(language_at: MakeLanguage):
    answer = MeetingAnswer(found=False, claims=[]).model_dump_json()
    rated = MeetingScorecard(criteria=[]).model_dump_json()
    replies = (written(SUMMARY.model_dump_json()), written(rated), streamed(answer), embeddings([UNIT]))
    with language_server(*replies) as server:
        language = language_at(server.url)
        language.summarize(MEETING)
        language.score(SCORING)
        language.answer(AskedText(question="What?", meetings=[]))
        language.embed(["What?"])

    asked = {request.path: [] for request in server.requests}
    for request in server.requests:
        asked[request.path].append(request.body.get("store"))
    # The service keeps nothing of embeddings, and knows no such word there.
    assert asked == {"/v1/responses": [False, False, False], "/v1/embeddings": [None]}


def test_the_meeting_is_data_in_the_users_part_never_instructions(language_at: MakeLanguage):
    with language_server(written(SUMMARY.model_dump_json())) as server:
        language_at(server.url).summarize(MEETING)

    (request,) = server.requests
    (message,) = request.body["input"]
    assert message["role"] == "user"
    assert MeetingText.model_validate_json(message["content"]) == MEETING
    assert SECRET_WORDS not in request.body["instructions"]
    assert "Sales interview" not in request.body["instructions"]


def scorecard(score: int | None, *line_ids: str, reason: str = "It was said.") -> MeetingScorecard:
    quotes = [Citation(line_id=line_id, quote="I closed it") for line_id in line_ids]
    return MeetingScorecard(criteria=[CriterionScore(criterion_id="result", score=score, reason=reason, quotes=quotes)])


def test_a_scorecard_is_asked_for_by_name_and_shape_with_the_rubric_as_data(language_at: MakeLanguage):
    with language_server(written(scorecard(4, "L2").model_dump_json())) as server:
        result = language_at(server.url).score(SCORING)

    (request,) = server.requests
    form = request.body["text"]["format"]
    assert result.value == scorecard(4, "L2")
    assert (form["name"], form["strict"]) == ("meeting_scorecard", True)
    assert set(form["schema"]["$defs"]["CriterionScore"]["required"]) == {"criterion_id", "score", "reason", "quotes"}
    assert ScoringText.model_validate_json(request.body["input"][0]["content"]) == SCORING
    assert SECRET_WORDS not in request.body["instructions"]


def test_a_very_long_meeting_is_scored_in_parts_and_every_part_counts(language_at: MakeLanguage):
    words = "x" * (PART_LIMIT // 3)
    lines = [TextLine(id=f"L{n}", speaker="candidate", start_ms=n, end_ms=n, text=words) for n in range(1, 11)]
    stories = [
        StoryText(question_line_id=first, line_ids=[second], parts=[])
        for first, second in (("L1", "L2"), ("L3", "L4"), ("L7", "L8"))
    ]
    meeting = SCORING.model_copy(update={"lines": lines, "stories": stories})
    parts = (
        scorecard(2, "L1", "L2", reason="Two."),
        scorecard(5, "L4", "L5", "L6", "L4", reason="Five."),
        scorecard(3, "L7", reason="Three."),
        scorecard(None, reason="Nothing."),
    )

    with language_server(*(written(part.model_dump_json()) for part in parts)) as server:
        result = language_at(server.url).score(meeting)

    sent = [ScoringText.model_validate_json(request.body["input"][0]["content"]) for request in server.requests]
    (entry,) = result.value.criteria
    assert [line.id for part in sent for line in part.lines] == [line.id for line in lines]
    assert [[story.line_ids for story in part.stories] for part in sent] == [[["L2"]], [], [["L8"]], []]
    assert (entry.score, entry.reason) == (3, "Three.")
    assert [quote.line_id for quote in entry.quotes] == ["L1", "L4", "L7", "L2", "L5", "L6"]
    assert result.usage == Usage(48, 28)


def test_a_criterion_that_no_part_shows_stays_without_a_number(language_at: MakeLanguage):
    lines = [TextLine(id=f"L{n}", speaker="agent", start_ms=n, end_ms=n, text="x" * PART_LIMIT) for n in (1, 2)]
    with language_server(written(scorecard(None, reason="Nothing.").model_dump_json())) as server:
        result = language_at(server.url).score(SCORING.model_copy(update={"lines": lines}))

    assert len(server.requests) == 2
    assert result.value == scorecard(None, reason="Nothing.")


@pytest.mark.parametrize(
    ("reply", "is_retryable"),
    [
        (refused("No."), False),
        (written("{", status="incomplete", incomplete_details={"reason": "max_output_tokens"}), True),
        (written("{}", status="incomplete", incomplete_details={"reason": "content_filter"}), False),
        (written("", status="failed"), True),
        (written("not json"), True),
        (written('{"overview": "a string"}'), True),
        (Reply(body="<html>gateway</html>"), True),
        (Reply(400, {"error": {"message": SECRET_WORDS}}), False),
        (Reply(401, {"error": {"message": "bad key"}}), False),
        (Reply(403, {"error": {"message": "no"}}), False),
        (Reply(404, {"error": {"message": "no such model"}}), False),
        (Reply(409, {"error": {"message": "later"}}), True),
        (Reply(500, "broken"), True),
        (Reply(503, {"error": {"message": "overloaded"}}), True),
        (Reply(429, {"error": {"message": "slow down"}}), True),
        (Reply(429, {"error": {"message": "pay", "code": "insufficient_quota"}}), False),
    ],
)
def test_every_failure_is_one_error_that_knows_whether_waiting_helps(
    language_at: MakeLanguage, caplog: pytest.LogCaptureFixture, reply: Reply, is_retryable: bool
):
    caplog.set_level(logging.DEBUG, "peak_app")
    with language_server(reply) as server, pytest.raises(LanguageUnavailable) as raised:
        language_at(server.url).summarize(MEETING)

    assert raised.value.retryable is is_retryable
    assert raised.value.sentence.endswith(".")
    assert raised.value.__cause__ is None
    assert SECRET_WORDS not in raised.value.sentence + caplog.text
    assert len(server.requests) == 1, "without retries there is one request"


@pytest.mark.parametrize(
    ("reply", "is_retryable"),
    [
        (refused("No."), False),
        (written("{", status="incomplete", incomplete_details={"reason": "max_output_tokens"}), True),
        (written('{"criteria": [{"criterion_id": "result", "score": "high", "reason": "", "quotes": []}]}'), True),
        (written('{"criteria": [{"criterion_id": "result", "score": 4.5, "reason": "", "quotes": []}]}'), True),
        (written('{"criteria": [{"criterion_id": "result", "score": 4}]}'), True),
        (written("[]"), True),
        (Reply(429, {"error": {"message": SECRET_WORDS}}), True),
        (Reply(500, "broken"), True),
    ],
)
def test_a_scorecard_that_is_none_fails_like_everything_else(
    language_at: MakeLanguage, caplog: pytest.LogCaptureFixture, reply: Reply, is_retryable: bool
):
    caplog.set_level(logging.DEBUG, "peak_app")
    with language_server(reply) as server, pytest.raises(LanguageUnavailable) as raised:
        language_at(server.url).score(SCORING)

    assert raised.value.retryable is is_retryable
    assert SECRET_WORDS not in raised.value.sentence + caplog.text


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "999999"}, None),
        ({}, None),
    ],
)
def test_a_busy_service_says_how_long_to_wait(language_at: MakeLanguage, headers: dict[str, str], wait_s: float | None):
    reply = Reply(429, {"error": {"message": "slow down"}}, headers)
    with language_server(reply) as server, pytest.raises(LanguageUnavailable) as raised:
        language_at(server.url).embed(["hello"])

    assert raised.value.retry_after_s == wait_s


def test_a_service_that_is_slow_or_gone_is_unavailable(language_at: MakeLanguage):
    with language_server(Reply(delay_s=1.0)) as server, pytest.raises(LanguageUnavailable, match="too long"):
        language_at(server.url, provider_timeout_s=0.1).summarize(MEETING)
    with pytest.raises(LanguageUnavailable, match="reached"):
        language_at(server.url).summarize(MEETING)


def test_with_retries_a_hiccup_goes_unnoticed(language_at: MakeLanguage):
    with language_server(Reply(500, "x", {"retry-after-ms": "1"}), written(SUMMARY.model_dump_json())) as server:
        assert language_at(server.url, retries=1).summarize(MEETING).value == SUMMARY

    assert len(server.requests) == 2


def test_a_proxy_of_the_environment_is_not_asked_for_the_embedded_server(
    settings_for_tests: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with language_server(written(SUMMARY.model_dump_json())) as server:
        language = OpenAILanguage(settings_for_tests(ai_url=server.url.removesuffix("/v1")), retries=0)
        assert language.summarize(MEETING).value == SUMMARY
        language.close()


def test_embeddings_come_in_the_order_of_the_texts_at_length_one(language_at: MakeLanguage):
    double = [0.0, 2.0] + [0.0] * (EMBEDDING_DIMENSIONS - 2)
    with language_server(embeddings([UNIT, double])) as server:
        first, second = language_at(server.url, embedding_model="embed-x").embed(["one", "two"]).value

    (request,) = server.requests
    assert (first[0], second[1]) == pytest.approx((1.0, 1.0))
    assert math.hypot(*second) == pytest.approx(1.0)
    assert request.body["dimensions"] == EMBEDDING_DIMENSIONS
    assert (request.body["input"], request.body["model"]) == (["one", "two"], "embed-x")


def test_many_texts_go_in_several_requests(language_at: MakeLanguage):
    texts = [f"text {number}" for number in range(EMBEDDING_BATCH + 1)]
    with language_server(embeddings([UNIT] * EMBEDDING_BATCH), embeddings([UNIT])) as server:
        assert len(language_at(server.url).embed(texts).value) == len(texts)

    assert [len(request.body["input"]) for request in server.requests] == [EMBEDDING_BATCH, 1]


def test_embeddings_tell_who_made_them_and_of_how_many_tokens(language_at: MakeLanguage):
    texts = ["text"] * (EMBEDDING_BATCH + 1)
    with language_server(embeddings([UNIT] * EMBEDDING_BATCH), embeddings([UNIT])) as server:
        written = language_at(server.url, embedding_usd_per_million=20.0).embed(texts)

    assert (written.engine, written.usage) == ("embed-test", Usage(2, 0, pytest.approx(0.00004)))


def test_embeddings_of_a_server_that_counts_nothing_have_no_cost(language_at: MakeLanguage):
    reply = embeddings([UNIT])
    assert isinstance(reply.body, dict)
    del reply.body["usage"]
    with language_server(reply) as server:
        assert language_at(server.url, embedding_usd_per_million=20.0).embed(["one"]).usage == Usage(0, 0)


@pytest.mark.parametrize(
    ("prices", "cost_usd"),
    [
        ({"text_input_usd_per_million": 2.0, "text_output_usd_per_million": 10.0}, 0.000094),
        ({"text_input_usd_per_million": 2.0}, None),
        ({}, None),
    ],
)
def test_a_summary_costs_what_the_settings_say_and_without_them_nobody_guesses(
    language_at: MakeLanguage, prices: dict[str, float], cost_usd: float | None
):
    with language_server(written(SUMMARY.model_dump_json())) as server:
        usage = language_at(server.url, **prices).summarize(MEETING).usage

    assert usage.cost_usd == (None if cost_usd is None else pytest.approx(cost_usd))


def test_the_practice_coach_costs_nothing_whatever_tokens_do(settings_for_tests: Callable[..., Settings]):
    prices = {"text_input_usd_per_million": 2.0, "text_output_usd_per_million": 10.0, "embedding_usd_per_million": 1.0}
    with language_server(written(SUMMARY.model_dump_json()), embeddings([UNIT])) as server:
        language = OpenAILanguage(settings_for_tests(ai_url=server.url.removesuffix("/v1"), **prices), retries=0)
        costs = [language.summarize(MEETING).usage.cost_usd, language.embed(["one"]).usage.cost_usd]
        language.close()

    assert costs == [None, None]


def test_nothing_to_embed_asks_nobody(language_at: MakeLanguage):
    assert language_at("http://127.0.0.1:9/v1").embed([]).value == []


@pytest.mark.parametrize("vectors", [[UNIT, UNIT], [[1.0, 0.0]], [[0.0] * EMBEDDING_DIMENSIONS]])
def test_embeddings_of_another_shape_are_refused_for_good(language_at: MakeLanguage, vectors: list[list[float]]):
    with language_server(embeddings(vectors)) as server, pytest.raises(LanguageUnavailable) as raised:
        language_at(server.url).embed(["one"])

    assert not raised.value.retryable


def test_no_embeddings_at_all_may_be_a_passing_trouble(language_at: MakeLanguage):
    with language_server(embeddings([])) as server, pytest.raises(LanguageUnavailable) as raised:
        language_at(server.url).embed(["one"])

    assert raised.value.retryable


def test_a_very_long_meeting_is_summed_up_in_parts_of_which_none_is_left_out(language_at: MakeLanguage):
    words = "x" * (PART_LIMIT // 3)
    lines = [TextLine(id=f"L{n}", speaker="candidate", start_ms=n, end_ms=n, text=words) for n in range(1, 8)]

    def part(line_id: str) -> Reply:
        cited = [CitedText(text=f"About {line_id}.", line_ids=[line_id])]
        return written(
            MeetingSummary(overview=cited * 5, questions=[], strengths=cited * 2, next_steps=[]).model_dump_json()
        )

    with language_server(part("L1"), part("L4"), part("L7")) as server:
        result = language_at(server.url).summarize(MEETING.model_copy(update={"lines": lines}))

    sent = [json.loads(request.body["input"][0]["content"])["lines"] for request in server.requests]
    assert [line["id"] for part_lines in sent for line in part_lines] == [line.id for line in lines]
    assert [cited.line_ids for cited in result.value.strengths] == [["L1"], ["L4"], ["L7"]]
    assert len(result.value.overview) == 6
    assert result.usage == Usage(36, 21)


def test_the_version_changes_with_the_model_and_not_with_the_embedded_servers_port(
    settings_for_tests: Callable[..., Settings],
):
    def version(**fields: object) -> str:
        return OpenAILanguage(settings_for_tests(**fields), retries=0).version

    embedded = version(ai_url="http://127.0.0.1:4000")
    assert embedded == version(ai_url="http://127.0.0.1:5000")
    assert embedded != version(openai_api_key="sk-test")
    assert version(openai_api_key="sk-test", text_model="a") != version(openai_api_key="sk-test", text_model="b")
    assert embedded.startswith(PROMPT_VERSION)
    assert len(embedded) <= 20


def test_of_many_parts_the_points_are_taken_from_beginning_to_end():
    points = [CitedText(text=f"Point {number}.", line_ids=["L1"]) for number in range(7)]
    parts = [MeetingSummary(overview=[], questions=[], strengths=[point], next_steps=[]) for point in points]

    assert merged_summary(parts).strengths == [points[0], points[3], points[6]]
