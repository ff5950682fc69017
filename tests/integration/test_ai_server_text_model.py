"""The embedded AI server with a text model behind it, played by a small chat server."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import openai
import pytest
import uvicorn
from openai import OpenAI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from peak_app.ports.language import MeetingAnswer
from tests.ai_process import AiProcess, ai_process
from tests.contracts.realtime_conformance.client import recording
from tests.ports import free_port

MODEL = "tiny-test-model"
SPOKEN = "That sounds interesting. How many people used it? "


@dataclass
class ChatServer:
    """Speaks enough of chat completions. `mode` is how it behaves to the next requests."""

    port: int = field(default_factory=free_port)
    mode: str = "good"
    asked: list[dict[str, object]] = field(default_factory=list)
    _answer: str = '{"found": true, "claims": [{"citations": [], "text": "One two three."}]}'

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        if self.mode == "broken":
            return JSONResponse({"error": {"message": "out of memory"}}, 400)
        if body.get("stream"):
            words = self._answer if "response_format" in body else SPOKEN
            return StreamingResponse(self._stream(words), media_type="text/event-stream")
        text = json.dumps({"found": True, "claims": []}) if self.mode == "good" else "{"
        reason = "stop" if self.mode == "good" else "length"
        message = {"role": "assistant", "content": text}
        return JSONResponse(
            {
                "id": "c1",
                "object": "chat.completion",
                "created": 1,
                "model": MODEL,
                "choices": [{"index": 0, "message": message, "finish_reason": reason}],
                "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
            }
        )

    async def _stream(self, words: str) -> AsyncIterator[str]:
        for index, word in enumerate(words.split(" ")):
            if self.mode == "dies" and index == 4:
                raise ConnectionError
            if self.mode == "slow":
                await asyncio.sleep(0.25)
            choice = {"index": 0, "delta": {"content": word + " "}, "finish_reason": None}
            chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}
            yield f"data: {json.dumps(chunk)}\n\n"
        last = {"index": 0, "delta": {}, "finish_reason": "length" if self.mode == "cut" else "stop"}
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [last]}
        yield f"data: {json.dumps(chunk)}\n\n"
        yield "data: [DONE]\n\n"


@pytest.fixture(scope="module")
def chat() -> Iterator[ChatServer]:
    server = ChatServer()
    running = uvicorn.Server(uvicorn.Config(server.app, host="127.0.0.1", port=server.port, log_level="critical"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    yield server
    running.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, chat: ChatServer) -> Iterator[AiProcess]:
    folder: Path = tmp_path_factory.mktemp("text-model")
    url = f"http://127.0.0.1:{chat.port}/v1"
    with ai_process(folder, PEAK_LLM_BASE_URL=url, PEAK_LLM_MODEL=MODEL, PEAK_LLM_API_KEY="k") as process:
        yield process


@pytest.fixture
def good(chat: ChatServer) -> Iterator[ChatServer]:
    chat.mode = "good"
    chat.asked.clear()
    yield chat
    chat.mode = "good"


async def test_the_model_speaks_with_the_local_voice(server: AiProcess, good: ChatServer) -> None:
    async with recording(server.voice_url, "m") as client:
        await client.configure(instructions="Your name is Mira.")
        first = await client.respond()
        await client.say_text("I wrote a small game.")
        done = await client.respond()
    assert done["status"] == first["status"] == "completed"
    assert done["output"][0]["content"][0]["transcript"] == SPOKEN.strip()
    assert done["usage"]["output_token_details"]["audio_tokens"] > 0
    messages = good.asked[-1]["messages"]
    assert isinstance(messages, list)
    assert [message["role"] for message in messages] == ["system", "assistant", "user"]
    assert messages[0]["content"].startswith("Your name is Mira.")
    assert messages[-1]["content"] == "I wrote a small game."


async def test_the_first_sentence_is_spoken_before_the_last_is_written(server: AiProcess, good: ChatServer) -> None:
    good.mode = "slow"
    async with recording(server.voice_url, "m") as client:
        begun = time.monotonic()
        await client.send("response.create")
        await client.wait("response.output_audio.delta")
        first_sound = time.monotonic() - begun
        await client.wait("response.done")
        end = time.monotonic() - begun
    assert end - first_sound > 0.8


async def test_a_slow_answer_can_be_cancelled(server: AiProcess, good: ChatServer) -> None:
    good.mode = "slow"
    async with recording(server.voice_url, "m") as client:
        await client.send("response.create")
        created = await client.wait("response.created")
        await client.wait("response.output_audio.delta")
        await client.send("response.cancel")
        done = await client.finished(created["response"]["id"])
    assert done["status"] == "cancelled"
    assert done["output"][0]["content"][0]["transcript"] == "That sounds interesting."


@pytest.mark.parametrize("mode", ["broken", "dies"])
async def test_a_failing_model_is_admitted_and_survived(server: AiProcess, good: ChatServer, mode: str) -> None:
    async with recording(server.voice_url, "m") as client:
        good.mode = mode
        failed = await client.respond()
        good.mode = "good"
        done = await client.respond()
    assert failed["status"] == "failed"
    assert failed["status_details"]["error"]["type"] == "server_error"
    assert failed["output"][0]["content"][0]["transcript"].endswith("Please say that again in a moment.")
    assert done["status"] == "completed"


def test_structured_answers_come_from_the_model_under_its_name(server: AiProcess, good: ChatServer) -> None:
    sdk = OpenAI(api_key="local", base_url=f"{server.url}/v1", max_retries=0)
    reply = sdk.responses.parse(
        model="m", instructions="Be exact.", input="a meeting", text_format=MeetingAnswer, store=False
    )
    assert reply.model == MODEL
    assert reply.output_parsed == MeetingAnswer(found=True, claims=[])
    assert reply.usage is not None
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (7, 5)
    wanted = good.asked[-1]["response_format"]
    assert isinstance(wanted, dict)
    assert wanted["json_schema"]["name"] == "MeetingAnswer"
    assert wanted["json_schema"]["strict"] is True


@pytest.mark.parametrize(
    ("mode", "end"), [("good", "response.completed"), ("cut", "response.incomplete"), ("dies", "error")]
)
def test_the_models_words_are_passed_on_as_they_come(server: AiProcess, good: ChatServer, mode: str, end: str) -> None:
    good.mode = mode
    sdk = OpenAI(api_key="local", base_url=f"{server.url}/v1", max_retries=0)
    form = {"type": "json_schema", "name": "meeting_answer", "schema": MeetingAnswer.model_json_schema()}
    with sdk.responses.create(model="m", input="a question", text={"format": form}, stream=True) as stream:  # pyright: ignore[reportArgumentType, reportCallIssue]
        events = list(stream)

    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert [event.type for event in events][:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert events[-1].type == end
    assert text.startswith('{"found": true')
    if mode == "good":
        assert MeetingAnswer.model_validate_json(text).text == "One two three."
        assert events[-1].response.output_text == text  # pyright: ignore[reportAttributeAccessIssue]
        assert len({event.response.id for event in events if hasattr(event, "response")}) == 1  # pyright: ignore[reportAttributeAccessIssue]


def test_a_model_that_fails_before_its_first_word_is_a_bad_gateway_for_streams_too(
    server: AiProcess, good: ChatServer
) -> None:
    good.mode = "broken"
    sdk = OpenAI(api_key="local", base_url=f"{server.url}/v1", max_retries=0)
    with pytest.raises(openai.InternalServerError):
        sdk.responses.create(model="m", input="a question", stream=True)


def test_an_answer_that_was_cut_off_is_incomplete(server: AiProcess, good: ChatServer) -> None:
    good.mode = "cut"
    sdk = OpenAI(api_key="local", base_url=f"{server.url}/v1", max_retries=0)
    reply = sdk.responses.create(model="m", input="a meeting", store=False)
    assert reply.status == "incomplete"
    assert reply.incomplete_details is not None
    assert reply.incomplete_details.reason == "max_output_tokens"


def test_a_failing_model_is_a_bad_gateway(server: AiProcess, good: ChatServer) -> None:
    good.mode = "broken"
    sdk = OpenAI(api_key="local", base_url=f"{server.url}/v1", max_retries=0)
    with pytest.raises(openai.InternalServerError) as failure:
        sdk.responses.create(model="m", input="a meeting", store=False)
    assert failure.value.status_code == 502


def test_health_names_the_model(server: AiProcess) -> None:
    assert httpx.get(f"{server.url}/healthz").json()["model"] == MODEL
