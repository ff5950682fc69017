"""Answers as a stream brings them: what is sent, what is shown on the way, and what every kind of failure becomes."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from peak_app.adapters.openai.answers import answer_so_far
from peak_app.adapters.openai.language import OpenAILanguage
from peak_app.config import Settings
from peak_app.errors import LanguageUnavailable
from peak_app.ports.language import AskedLine, AskedMeeting, AskedText, Citation, Claim, MeetingAnswer, Usage
from tests.emulators.language_server import Reply, Stream, language_server, streamed, written

SECRET_WORDS = "the purple elephant deal"
LINES = [
    AskedLine(id="M1.L1", speaker="agent", start_ms=0, end_ms=900, text="What did you do?"),
    AskedLine(id="M1.L2", speaker="candidate", start_ms=1_000, end_ms=4_000, text=f"I closed {SECRET_WORDS}.", rank=1),
]
ASKED = AskedText(
    question=f"When did I close {SECRET_WORDS}?",
    meetings=[AskedMeeting(title="Practice", agent_name="Ada", held_on="2026-11-26", is_whole=False, lines=LINES)],
)
ANSWER = MeetingAnswer(
    found=True,
    claims=[
        Claim(citations=[Citation(line_id="M1.L2", quote="I closed")], text="You closed a deal."),
        Claim(citations=[Citation(line_id="M1.L2", quote="elephant deal")], text="It was about an elephant."),
    ],
)
WRITTEN = ANSWER.model_dump_json()

MakeLanguage = Callable[..., OpenAILanguage]


@pytest.fixture
def language_at(settings_for_tests: Callable[..., Settings]) -> Iterator[MakeLanguage]:
    made: list[OpenAILanguage] = []

    def make(url: str, **fields: object) -> OpenAILanguage:
        settings = settings_for_tests(openai_base_url=url, openai_api_key="sk-test", **fields)
        made.append(OpenAILanguage(settings, retries=0))
        return made[-1]

    yield make
    for language in made:
        language.close()


def test_a_question_is_asked_by_name_and_shape_as_data_and_nothing_is_kept(language_at: MakeLanguage):
    with language_server(streamed(WRITTEN)) as server:
        result = language_at(server.url).answer(ASKED)

    (request,) = server.requests
    form = request.body["text"]["format"]
    assert (result.value, result.engine, result.usage) == (ANSWER, "gpt-test-2026", Usage(12, 7))
    assert (request.body["stream"], request.body["store"]) == (True, False)
    assert (form["type"], form["name"], form["strict"]) == ("json_schema", "meeting_answer", True)
    assert set(form["schema"]["required"]) == {"found", "claims"}
    assert list(form["schema"]["$defs"]["Claim"]["properties"]) == ["citations", "text"]
    assert AskedText.model_validate_json(request.body["input"][0]["content"]) == ASKED
    assert SECRET_WORDS not in request.body["instructions"]


def test_words_are_told_of_while_they_are_written(language_at: MakeLanguage):
    shown: list[MeetingAnswer] = []
    with language_server(streamed(WRITTEN, pause_s=0.02)) as server:
        language_at(server.url).answer(ASKED, shown.append)

    assert len(shown) > 3
    assert all(ANSWER.text.startswith(partial.text) for partial in shown)
    assert len({len(partial.text) for partial in shown}) > 3


@pytest.mark.parametrize("end", range(0, len(WRITTEN), 3))
def test_half_a_document_never_shows_a_claim_before_its_quotes(end: int):
    partial = answer_so_far(WRITTEN[:end])

    for shown, claim in zip(partial.claims if partial else [], ANSWER.claims, strict=False):
        assert shown.citations == claim.citations
        assert claim.text.startswith(shown.text)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[",
        "nonsense",
        '{"found": false, "claims": [{"citations": [], "text": "x"}]}',
        '{"found": true, "claims": {"text": "x"}}',
        '{"found": true, "claims": ["x"]}',
        '{"found": true, "claims": [{"citations": 7, "text": "x"}]}',
        '{"found": true, "claims": [{"citations": [{"line_id": 1}], "text": "x"}]}',
        '{"found": true, "claims": [{"citations": [], "text": 5}]}',
    ],
)
def test_nothing_is_made_of_a_document_of_another_shape(document: str):
    assert answer_so_far(document) is None


REFUSED = Stream(
    [
        {"type": "response.refusal.delta", "delta": SECRET_WORDS},
        {
            "type": "response.completed",
            "response": {
                **written("").body,  # pyright: ignore[reportGeneralTypeIssues]
                "output": [
                    {
                        "id": "msg_1",
                        "type": "message",
                        "role": "assistant",
                        "status": "completed",
                        "content": [{"type": "refusal", "refusal": SECRET_WORDS}],
                    }
                ],
            },
        },
    ]
)
TRUNCATED = streamed(WRITTEN[:40], status="incomplete", incomplete_details={"reason": "max_output_tokens"})
FILTERED = streamed("{", status="incomplete", incomplete_details={"reason": "content_filter"})


@pytest.mark.parametrize(
    ("reply", "is_retryable"),
    [
        (REFUSED, False),
        (TRUNCATED, True),
        (FILTERED, False),
        (streamed("", status="failed"), True),
        (streamed("not json"), True),
        (streamed('{"found": "maybe"}'), True),
        (replace(streamed(WRITTEN), events=streamed(WRITTEN).events[:4]), True),
        (replace(streamed(WRITTEN), events=streamed(WRITTEN).events[:4], is_cut=True), True),
        (Stream([{"type": "error", "message": SECRET_WORDS, "code": "server_error"}]), True),
        (Stream([{"type": "error", "error": {"message": SECRET_WORDS}}]), True),
        (Stream([{"type": "response.novelty", "text": "x"}]), True),
        (Reply(body="<html>gateway</html>"), True),
        (Reply(400, {"error": {"message": SECRET_WORDS}}), False),
        (Reply(401, {"error": {"message": "bad key"}}), False),
        (Reply(500, "broken"), True),
        (Reply(429, {"error": {"message": "slow down"}}), True),
    ],
)
def test_every_failure_is_one_error_that_knows_whether_asking_again_helps(
    language_at: MakeLanguage, caplog: pytest.LogCaptureFixture, reply: Reply | Stream, is_retryable: bool
):
    caplog.set_level(logging.DEBUG, "peak_app")
    with language_server(reply) as server, pytest.raises(LanguageUnavailable) as raised:
        language_at(server.url).answer(ASKED)

    assert raised.value.retryable is is_retryable
    assert raised.value.sentence.endswith(".")
    assert SECRET_WORDS not in raised.value.sentence + caplog.text
    assert len(server.requests) == 1


def test_a_stream_that_stops_or_never_ends_is_given_up(language_at: MakeLanguage):
    slow = streamed(json.dumps({"found": True, "claims": []}), piece_chars=1, pause_s=0.05)
    with language_server(slow) as server, pytest.raises(LanguageUnavailable, match="too long"):
        language_at(server.url, provider_timeout_s=0.3).answer(ASKED)
    with language_server(replace(slow, pause_s=1.0)) as server, pytest.raises(LanguageUnavailable, match="too long"):
        language_at(server.url, provider_timeout_s=0.2).answer(ASKED)
