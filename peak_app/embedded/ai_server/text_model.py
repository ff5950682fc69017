"""A connected text model, reached through its OpenAI-compatible chat completions."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
from openai import AsyncOpenAI, OpenAIError, omit
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from peak_app.embedded.ai_server.faults import ModelFailed
from peak_app.embedded.ai_server.speech.synthesiser import split_sentences
from peak_app.embedded.ai_server.turns import Context

SILENT_S = 15.0
"""Longest wait for the next part of a spoken answer, in seconds."""
_SPOKEN = (
    "You are in a live voice call. Everything you write is spoken aloud: use short plain sentences, no lists, "
    "no markdown, no stage directions. Say at most three sentences and ask at most one question in a turn."
)
_OPENING = "(The call has just begun. Greet the person and ask your first question.)"
_SILENCE = "(The person made a sound but no words could be understood, or was silent for a while.)"


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """`finish_reason` comes with the last part: stop, length (cut off) or another; None before."""

    text: str
    refusal: str
    finish_reason: str | None


class TextModel:
    """Brain of the voice sessions and writer of structured answers when a model is configured."""

    is_free = False

    def __init__(self, base_url: str, api_key: str, model: str, timeout_s: float) -> None:
        self.name = model
        self._client = AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=timeout_s, max_retries=1)

    async def reply(self, context: Context) -> AsyncIterator[str]:
        """The model's answer, each sentence as soon as it is complete. Raises `ModelFailed`."""
        held = ""
        try:
            stream = await asyncio.wait_for(
                self._client.chat.completions.create(
                    model=self.name,
                    messages=_messages(context),
                    stream=True,
                    max_tokens=context.max_tokens or omit,
                ),
                SILENT_S,
            )
            async with stream:
                parts = aiter(stream)
                while True:
                    try:
                        part = await asyncio.wait_for(anext(parts), SILENT_S)
                    except StopAsyncIteration:
                        break
                    held += (part.choices[0].delta.content or "") if part.choices else ""
                    *complete, held = split_sentences(held + "\u241f") if held.strip() else [held]
                    held = held.removesuffix("\u241f")
                    for sentence in complete:
                        yield sentence
        except TimeoutError as error:
            raise ModelFailed("The text model did not answer in time.", "model_timeout") from error
        except OpenAIError as error:
            raise ModelFailed("The text model could not be reached.", "model_unreachable") from error
        if held.strip():
            yield held.strip()

    async def write(self, instructions: str | None, text: str, schema: dict[str, Any] | None) -> ChatCompletion:
        """One whole answer, in a JSON schema when one is given. Raises `ModelFailed`."""
        extra: dict[str, Any] = {"response_format": {"type": "json_schema", "json_schema": schema}} if schema else {}
        try:
            return await self._client.chat.completions.create(
                model=self.name, messages=_asked(instructions, text), **extra
            )
        except OpenAIError as error:
            raise ModelFailed(
                "The text model could not be reached or refused the request.", "model_unreachable"
            ) from error

    async def write_parts(
        self, instructions: str | None, text: str, schema: dict[str, Any] | None
    ) -> AsyncIterator[WrittenPart]:
        """As `write`, each part as soon as it comes. Raises `ModelFailed`."""
        extra: dict[str, Any] = {"response_format": {"type": "json_schema", "json_schema": schema}} if schema else {}
        try:
            stream = await self._client.chat.completions.create(
                model=self.name, messages=_asked(instructions, text), stream=True, **extra
            )
            async with stream:
                async for chunk in stream:
                    for choice in chunk.choices[:1]:
                        delta = choice.delta
                        yield WrittenPart(delta.content or "", delta.refusal or "", choice.finish_reason)
        except (OpenAIError, httpx2.HTTPError) as error:
            raise ModelFailed(
                "The text model could not be reached or refused the request.", "model_unreachable"
            ) from error


def _asked(instructions: str | None, text: str) -> list[ChatCompletionMessageParam]:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": text}]
    if instructions:
        messages.insert(0, {"role": "system", "content": instructions})
    return messages


def _messages(context: Context) -> list[ChatCompletionMessageParam]:
    system = "\n\n".join(part for part in (context.instructions, _SPOKEN, context.request) if part)
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": system}]
    for turn in context.turns:
        text = turn.text or _SILENCE
        if turn.role == "assistant":
            messages.append({"role": "assistant", "content": text})
        elif turn.role == "user":
            messages.append({"role": "user", "content": text})
        else:
            messages.append({"role": "system", "content": text})
    if len(messages) == 1 or messages[-1]["role"] == "assistant":
        messages.append({"role": "user", "content": _OPENING if len(messages) == 1 else _SILENCE})
    return messages
