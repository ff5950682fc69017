"""`POST /v1/responses`: structured answers about a meeting, by the extractive engine or the connected text model."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from peak_app.config import EMBEDDED_MODEL
from peak_app.embedded.ai_server.engines import Engines
from peak_app.embedded.ai_server.faults import InvalidRequest, ModelFailed
from peak_app.embedded.ai_server.limits import MAX_TEXT_CHARS
from peak_app.embedded.ai_server.reading.answer import answer
from peak_app.embedded.ai_server.reading.scorecard import score
from peak_app.embedded.ai_server.reading.summary import summarize
from peak_app.embedded.ai_server.realtime.conversation import new_id
from peak_app.embedded.ai_server.realtime.usage import text_tokens
from peak_app.embedded.ai_server.routes.replies import engines_of, json_reply, read_json
from peak_app.embedded.ai_server.routes.response_events import EventLines, words_of
from peak_app.ports.language import AskedText, MeetingText, ScoringText

if TYPE_CHECKING:
    from peak_app.embedded.ai_server.text_model import TextModel

_MAX_INPUT_CHARS = 2_000_000
_READ: dict[str, type[MeetingText] | type[AskedText]] = {
    "meeting_summary": MeetingText,
    "meeting_answer": AskedText,
    "meeting_scorecard": ScoringText,
}
"""What can be written without a text model, by the name of its schema, and the input it is written from."""


class _Part(BaseModel):
    type: Literal["input_text", "output_text"]
    text: str = Field(max_length=_MAX_INPUT_CHARS)


class _Message(BaseModel):
    role: Literal["user", "system", "developer", "assistant"]
    content: str | list[_Part]


class _Format(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    type: Literal["text", "json_schema", "json_object"]
    name: str | None = Field(default=None, max_length=64)
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None
    description: str | None = None


class _Text(BaseModel):
    format: _Format | None = None


class ResponsesRequest(BaseModel):
    """Fields that change nothing here, such as temperature, are accepted."""

    input: str | list[_Message]
    model: str = Field(default=EMBEDDED_MODEL, max_length=200)
    instructions: str | None = Field(default=None, max_length=MAX_TEXT_CHARS)
    text: _Text | None = None
    stream: bool = False
    metadata: dict[str, str] | None = None

    @property
    def prompt(self) -> str:
        """All input as one text."""
        if isinstance(self.input, str):
            return self.input
        contents = (
            entry.content if isinstance(entry.content, str) else " ".join(part.text for part in entry.content)
            for entry in self.input
        )
        return "\n\n".join(contents)

    @property
    def schema_name(self) -> str | None:
        """Name of the JSON schema the answer is wanted in; None: no schema."""
        wanted = self.text.format if self.text else None
        return wanted.name if wanted and wanted.type == "json_schema" else None


@dataclass(frozen=True, slots=True)
class _Written:
    """A finished text; `refusal` stands in for it when the model declined."""

    text: str
    model: str
    input_tokens: int
    output_tokens: int
    is_cut: bool = False
    refusal: str | None = None


async def responses(request: Request) -> Response:
    """One response, whole or as server-sent events."""
    wanted = await read_json(request, ResponsesRequest)
    if len(wanted.prompt) > _MAX_INPUT_CHARS:
        raise InvalidRequest("The input is too long.", "context_length_exceeded", "input")
    engines = engines_of(request)
    if engines.text_model and wanted.stream:
        return await _relayed(wanted, engines.text_model)
    written = await (_proxy(wanted, engines.text_model) if engines.text_model else _extract(wanted, engines))
    body = _body(wanted, written)
    if wanted.stream:
        lines = EventLines(body)
        words = [lines.piece(word) for word in words_of(written.text)] if not written.refusal else []
        return StreamingResponse(iter([*lines.opening(), *words, *lines.closing(body)]), media_type="text/event-stream")
    return json_reply(body)


async def _extract(wanted: ResponsesRequest, engines: Engines) -> _Written:
    name = wanted.schema_name
    shape = _READ.get(name or "")
    if shape is None:
        raise InvalidRequest(
            "Without a text model only summaries and scorecards of meetings and answers about them can be given. "
            "Connect one by setting PEAK_LLM_BASE_URL or an OpenAI key.",
            "text_model_required",
            "text.format",
        )
    try:
        material = shape.model_validate_json(wanted.prompt)
    except ValidationError as error:
        # The content is the person's own words: it stays out of the message.
        raise InvalidRequest(
            "The input is not a meeting, or a question about some, in JSON.", "invalid_value", "input"
        ) from error
    if isinstance(material, AskedText):
        if not material.question.strip():
            raise InvalidRequest("There is no question.", "missing_required_parameter", "input.question")
        result = await answer(material, engines.embedder)
    elif isinstance(material, ScoringText):
        # A long meeting takes a moment, in which calls must not stutter.
        result = await asyncio.to_thread(score, material)
    else:
        result = await summarize(material, engines.embedder)
    text = result.model_dump_json()
    return _Written(text, EMBEDDED_MODEL, text_tokens(wanted.prompt), text_tokens(text))


def _schema(wanted: ResponsesRequest) -> dict[str, Any] | None:
    shape = wanted.text.format if wanted.text else None
    if not shape or shape.type != "json_schema":
        return None
    if not shape.name or shape.schema_ is None:
        raise InvalidRequest(
            "A json_schema format has a name and a schema.", "missing_required_parameter", "text.format"
        )
    return {"name": shape.name, "schema": shape.schema_, "strict": bool(shape.strict)}


async def _proxy(wanted: ResponsesRequest, model: "TextModel") -> _Written:
    completion = await model.write(wanted.instructions, wanted.prompt, _schema(wanted))
    choice = completion.choices[0] if completion.choices else None
    text = (choice.message.content or "") if choice else ""
    usage = completion.usage
    return _Written(
        text,
        completion.model or model.name,
        usage.prompt_tokens if usage else text_tokens(wanted.prompt),
        usage.completion_tokens if usage else text_tokens(text),
        is_cut=choice is not None and choice.finish_reason == "length",
        refusal=choice.message.refusal if choice else None,
    )


async def _relayed(wanted: ResponsesRequest, model: "TextModel") -> Response:
    """The model's words as they come. Nothing is sent before the first: until then a failure is an HTTP error."""
    parts = model.write_parts(wanted.instructions, wanted.prompt, _schema(wanted))
    first = await anext(parts, None)

    async def lines_of() -> AsyncIterator[bytes]:
        begun = _body(wanted, _Written("", model.name, 0, 0))
        lines = EventLines(begun)
        text, refusal, reason, part = "", "", None, first
        for line in lines.opening():
            yield line
        try:
            while part is not None:
                text += part.text
                refusal += part.refusal
                reason = part.finish_reason or reason
                if part.text:
                    yield lines.piece(part.text)
                part = await anext(parts, None)
        except ModelFailed as failed:
            yield lines.failure(failed.code, failed.sentence)
            return
        tokens = text_tokens(wanted.prompt), text_tokens(text)
        written = _Written(text, model.name, *tokens, is_cut=reason == "length", refusal=refusal or None)
        for line in lines.closing(_body(wanted, written, begun)):
            yield line

    return StreamingResponse(lines_of(), media_type="text/event-stream")


def _body(wanted: ResponsesRequest, written: _Written, begun: dict[str, Any] | None = None) -> dict[str, Any]:
    """The response as JSON, under the ids of the one that was begun."""
    message_id = begun["output"][0]["id"] if begun else new_id("msg")
    status = "incomplete" if written.is_cut else "completed"
    part: dict[str, Any] = {"type": "output_text", "text": written.text, "annotations": [], "logprobs": []}
    if written.refusal:
        part = {"type": "refusal", "refusal": written.refusal}
    shape = wanted.text.format if wanted.text else None
    return {
        "id": begun["id"] if begun else new_id("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if written.is_cut else None,
        "instructions": wanted.instructions,
        "metadata": wanted.metadata or {},
        "model": written.model,
        "output": [{"type": "message", "id": message_id, "status": status, "role": "assistant", "content": [part]}],
        "parallel_tool_calls": False,
        "temperature": None,
        "tool_choice": "none",
        "tools": [],
        "top_p": None,
        "store": False,
        "text": {"format": shape.model_dump(by_alias=True, exclude_none=True) if shape else {"type": "text"}},
        "usage": {
            "input_tokens": written.input_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": written.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": written.input_tokens + written.output_tokens,
        },
    }
