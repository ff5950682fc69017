"""`Language` over the OpenAI SDK: the service itself, any compatible server, or the embedded one."""

import hashlib
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import httpx2
import openai
from openai.types import CreateEmbeddingResponse
from openai.types.responses import Response, ResponseTextConfigParam
from pydantic import BaseModel, ValidationError

from peak_app.adapters.openai.answers import INSTRUCTIONS, read_stream
from peak_app.adapters.openai.leaving import telling_client
from peak_app.adapters.openai.parts import joined, merged_scorecard, merged_summary, parts_of, with_lines
from peak_app.adapters.openai.prompts import PROMPT_VERSION, SCORECARD, SUMMARY
from peak_app.config import Settings
from peak_app.errors import LanguageUnavailable
from peak_app.i18n.catalogue import t
from peak_app.ports.language import (
    EMBEDDING_DIMENSIONS,
    AskedText,
    MeetingAnswer,
    MeetingScorecard,
    MeetingSummary,
    MeetingText,
    ScoringText,
    Usage,
    Written,
)
from peak_app.ports.outflows import Tell, tell_nobody

T = TypeVar("T", bound=BaseModel)
log = logging.getLogger(__name__)

EMBEDDING_BATCH = 64
EMBEDDING_TEXT_LIMIT = 8_000
"""Characters of a text that count for its embedding: below the 8 191 tokens the models take."""
TOKENS: dict[type[BaseModel], int] = {MeetingSummary: 8_000, MeetingScorecard: 8_000, MeetingAnswer: 2_000}
"""Longest outputs, in tokens, what a model thinks in silence included."""
_USAGE = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
_PART = {"type": "output_text", "text": "", "annotations": []}
_MESSAGE = {"id": "", "type": "message", "role": "assistant", "status": "completed", "content": [_PART]}
_ANSWER: dict[str, Any] = {"id": "", "object": "response", "created_at": 0, "model": "", "status": "completed"} | {
    "output": [_MESSAGE], "usage": _USAGE, "parallel_tool_calls": False, "tools": [], "tool_choice": "auto",
}  # fmt: skip
_VECTORS: dict[str, Any] = {"object": "list", "model": "", "usage": {"prompt_tokens": 1, "total_tokens": 1}} | {
    "data": [{"object": "embedding", "index": 0, "embedding": [0.0]}]
}
"""Answers as the service gives them, of which the SDK learns its own classes."""
_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


class OpenAILanguage:
    """Makes its client at first use, so that a process may fork before. `retries` is how often the SDK tries again."""

    def __init__(self, settings: Settings, *, retries: int, tell: Tell = tell_nobody) -> None:
        self._settings = settings
        self._retries = retries
        self._tell = tell

    @cached_property
    def _client(self) -> openai.OpenAI:
        return openai.OpenAI(
            api_key=self._settings.language_api_key,
            base_url=self._settings.language_api_url,
            timeout=self._settings.provider_timeout_s,
            max_retries=self._retries,
            http_client=telling_client(self._settings, self._tell),
        )

    @property
    def version(self) -> str:
        settings = self._settings
        models = (
            settings.language_api_url,
            settings.text_model,
            settings.embedding_model,
            settings.llm_base_url if settings.is_embedded_ai else None,
            settings.llm_model if settings.is_embedded_ai else None,
        )
        # The embedded server's port changes with every start; what it is does not.
        named = models[1:] if settings.is_embedded_ai else models
        return f"{PROMPT_VERSION}/{hashlib.sha256(repr(named).encode()).hexdigest()[:8]}"

    def warm_up(self) -> None:
        """Make the client, and have the SDK load and build what it leaves for the first answer. Asks nobody.

        For a process that forks: its children find it all done, and there is no connection yet.
        """
        client = self._client
        for part in (client.responses, client.embeddings):
            _ = part.create
        for shape in TOKENS:
            openai.pydantic_function_tool(shape)
        Response.construct(**_ANSWER)
        CreateEmbeddingResponse.construct(**_VECTORS)

    def close(self) -> None:
        """Close connections that are kept open for the next request."""
        if "_client" in self.__dict__:
            self._client.close()

    def summarize(self, meeting: MeetingText) -> Written[MeetingSummary]:
        parts = [
            self._write(meeting.model_copy(update={"lines": lines}), SUMMARY, "meeting_summary", MeetingSummary)
            for lines in parts_of(meeting.lines)
        ]
        return joined(parts, merged_summary)

    def score(self, meeting: ScoringText) -> Written[MeetingScorecard]:
        parts = [
            self._write(with_lines(meeting, lines), SCORECARD, "meeting_scorecard", MeetingScorecard)
            for lines in parts_of(meeting.lines)
        ]
        return joined(parts, lambda scorecards: merged_scorecard(meeting, scorecards))

    def answer(
        self, asked: AskedText, on_progress: Callable[[MeetingAnswer], None] | None = None
    ) -> Written[MeetingAnswer]:
        timeout_s = self._settings.provider_timeout_s
        try:
            stream = self._client.responses.create(
                model=self._settings.text_model,
                instructions=INSTRUCTIONS,
                input=[{"role": "user", "content": asked.model_dump_json()}],
                text=_form("meeting_answer", MeetingAnswer),
                max_output_tokens=TOKENS[MeetingAnswer],
                store=False,
                stream=True,
            )
            with stream:
                response = read_stream(stream, on_progress or _nobody, within_s=timeout_s)
        except httpx2.TimeoutException:
            # While a stream is read, what goes wrong on the line comes as it is.
            raise LanguageUnavailable(t("model.text_too_long")) from None
        except httpx2.HTTPError:
            raise LanguageUnavailable(t("model.text_broke_off")) from None
        except (openai.OpenAIError, ValueError) as error:
            raise _translated(error) from None
        return self._priced(_read(response, MeetingAnswer))

    def embed(self, texts: Sequence[str]) -> Written[list[list[float]]]:
        batches = [
            self._embed_batch([text[:EMBEDDING_TEXT_LIMIT] for text in texts[start : start + EMBEDDING_BATCH]])
            for start in range(0, len(texts), EMBEDDING_BATCH)
        ]
        if not batches:
            return Written([], "", Usage(0, 0))
        return joined(batches, lambda vectors: [vector for batch in vectors for vector in batch])

    def _embed_batch(self, texts: list[str]) -> Written[list[list[float]]]:
        try:
            answer = self._client.embeddings.create(
                model=self._settings.embedding_model, input=texts, dimensions=EMBEDDING_DIMENSIONS
            )
        except (openai.OpenAIError, ValueError) as error:
            raise _translated(error) from None
        rows = sorted(answer.data, key=lambda row: row.index)
        if len(rows) != len(texts) or any(len(row.embedding) != EMBEDDING_DIMENSIONS for row in rows):
            raise LanguageUnavailable(t("model.search_shape_choose"), retryable=False)
        tokens = answer.usage.prompt_tokens if answer.usage else 0
        price = None if self._settings.is_embedded_ai else self._settings.embedding_usd_per_million
        cost = tokens * price / 1_000_000 if tokens and price is not None else None
        return Written([_unit(row.embedding) for row in rows], str(answer.model), Usage(tokens, 0, cost))

    def _write(self, meeting: MeetingText, instructions: str, name: str, shape: type[T]) -> Written[T]:
        try:
            response = self._client.responses.create(
                model=self._settings.text_model,
                instructions=instructions,
                input=[{"role": "user", "content": meeting.model_dump_json()}],
                text=_form(name, shape),
                max_output_tokens=TOKENS[shape],
                # Interviews are private: the service is asked to keep nothing.
                store=False,
            )
        except (openai.OpenAIError, ValueError) as error:
            raise _translated(error) from None
        return self._priced(_read(response, shape))

    def _priced(self, written: Written[T]) -> Written[T]:
        """With what it cost, where the settings say what a token does."""
        settings, usage = self._settings, written.usage
        prices = (settings.text_input_usd_per_million, settings.text_output_usd_per_million)
        is_counted = usage.input_tokens + usage.output_tokens > 0
        if settings.is_practice_coach or not is_counted or prices[0] is None or prices[1] is None:
            return written
        cost = (usage.input_tokens * prices[0] + usage.output_tokens * prices[1]) / 1_000_000
        return replace(written, usage=replace(usage, cost_usd=cost))


def _nobody(_answer: MeetingAnswer) -> None:
    """Hears of progress when nobody waits for it."""


def _form(name: str, shape: type[BaseModel]) -> ResponseTextConfigParam:
    # The public way to the SDK's strict form of a schema: every property required, nothing extra.
    schema = openai.pydantic_function_tool(shape)["function"].get("parameters", {})
    return {"format": {"type": "json_schema", "name": name, "schema": dict(schema), "strict": True}}


def _read(response: Response, shape: type[T]) -> Written[T]:
    if not isinstance(response, Response):
        # A gateway's page of HTML comes through the SDK as a plain string.
        raise LanguageUnavailable(t("model.text_unreadable"))
    if response.status == "failed":
        raise LanguageUnavailable(t("model.text_unfinished"))
    if any(part.type == "refusal" for item in response.output if item.type == "message" for part in item.content):
        raise LanguageUnavailable(t("model.text_declined"), retryable=False)
    if response.status == "incomplete":
        reason = response.incomplete_details.reason if response.incomplete_details else None
        if reason == "content_filter":
            raise LanguageUnavailable(t("model.text_declined"), retryable=False)
        raise LanguageUnavailable(t("model.text_broke_off"))
    try:
        value = shape.model_validate_json(response.output_text)
    except ValidationError:
        # Not chained: the message of a validation error quotes the words of the meeting.
        raise LanguageUnavailable(t("model.text_unreadable")) from None
    usage = response.usage
    return Written(value, str(response.model), Usage(usage.input_tokens, usage.output_tokens) if usage else Usage(0, 0))


def _translated(error: Exception) -> LanguageUnavailable:
    """The error as the rest of the product knows it, without its text: services quote what they were sent."""
    status = error.status_code if isinstance(error, openai.APIStatusError) else None
    log.warning("language request failed: %s, status %s", type(error).__name__, status)
    sentence, is_passing = t("model.text_unreadable"), True
    match error:
        case openai.APITimeoutError():
            sentence = t("model.text_too_long")
        case openai.APIConnectionError():
            sentence = t("model.text_away")
        case openai.RateLimitError(code=code) if code in _QUOTA_CODES:
            sentence, is_passing = t("model.text_used_up"), False
        case openai.RateLimitError():
            sentence = t("model.text_busy")
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            sentence, is_passing = t("model.text_key"), False
        case openai.APIStatusError() if error.status_code in {408, 409} or error.status_code >= 500:
            sentence = t("model.text_problem")
        case openai.APIStatusError():
            sentence, is_passing = t("model.text_refused"), False
        case _:
            pass
    wait_s = _retry_after_s(error) if isinstance(error, openai.APIStatusError) and is_passing else None
    return LanguageUnavailable(sentence, retryable=is_passing, retry_after_s=wait_s)


def _retry_after_s(error: openai.APIStatusError) -> float | None:
    """Seconds the service asks us to wait; None when it says nothing, or nothing sensible."""
    for header, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(error.response.headers.get(header, "")) * unit_s
        except ValueError:
            continue
        if math.isfinite(seconds) and 0 <= seconds <= 3600:
            return seconds
    return None


def _unit(vector: Sequence[float]) -> list[float]:
    length = math.sqrt(math.fsum(value * value for value in vector))
    if not math.isfinite(length) or length == 0:
        raise LanguageUnavailable(t("model.search_shape"), retryable=False)
    return [value / length for value in vector]
