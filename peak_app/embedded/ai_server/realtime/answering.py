"""Answers of one session: starts, streams, interrupts and closes responses, always with complete event sequences."""

import asyncio
import base64
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal

from peak_app.embedded.ai_server.engines import Engines
from peak_app.embedded.ai_server.faults import InvalidRequest, ModelFailed
from peak_app.embedded.ai_server.limits import MAX_SIDE_RESPONSES
from peak_app.embedded.ai_server.realtime.conversation import Conversation, Item, SpokenSentence, new_id, turns_of
from peak_app.embedded.ai_server.realtime.outbox import Outbox
from peak_app.embedded.ai_server.realtime.response import CancelReason, Response, ResponseRequest, Status
from peak_app.embedded.ai_server.realtime.session_config import SessionConfig
from peak_app.embedded.ai_server.realtime.usage import text_tokens, usage_of
from peak_app.embedded.ai_server.speech.pcm import VOICE_RATE_HZ, pcm_ms
from peak_app.embedded.ai_server.turns import Context, Turn

log = logging.getLogger(__name__)

_FIRST_DELTA_BYTES = VOICE_RATE_HZ * 2 * 100 // 1000
_DELTA_BYTES = VOICE_RATE_HZ * 2 * 200 // 1000
_APOLOGY = "I am sorry, I can't reach my language model right now. Please say that again in a moment."


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer prepared while the person may still go on. Good only for exactly the context it was made for."""

    revision: int
    config: SessionConfig
    text: str
    sentences: list[str]
    first_pcm: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A spoken turn and the draft that was begun in its last pause."""

    turn: Item
    draft: "asyncio.Task[Draft | None]"


class Answering:
    """One response at a time in the conversation, a few beside it."""

    def __init__(
        self,
        engines: Engines,
        conversation: Conversation,
        outbox: Outbox,
        start: Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"],
        on_done: Callable[[], None],
    ) -> None:
        self._engines = engines
        self._conversation = conversation
        self._outbox = outbox
        self._start = start
        self._on_done = on_done
        self._beside: list[Response] = []
        self._prepared: Prepared | None = None
        self.active: Response | None = None
        self.has_spoken = False
        """Whether audio was sent in this session: from then on the voice is fixed."""
        self.playback_ends_at = 0.0
        """Loop time at which a client that plays as it receives has played everything."""

    # starting

    def create(self, request: ResponseRequest, config: SessionConfig) -> None:
        """A response the client asked for; raises `InvalidRequest`."""
        items = request.input_items(self._conversation)
        if request.conversation == "none":
            if len(self._beside) >= MAX_SIDE_RESPONSES:
                raise InvalidRequest("Too many responses run at once.", "too_many_active_responses", "response")
            response = Response(request, config, is_in_conversation=False, context_items=items)
            self._beside.append(response)
        else:
            if self.active is not None:
                raise InvalidRequest(
                    "Conversation already has an active response in progress: wait until it is finished.",
                    "conversation_already_has_active_response",
                )
            response = Response(request, config, is_in_conversation=True, context_items=items)
            self.active = response
        self._announce(response)
        response.task = self._start(self._run(response, self._prepared if request.is_plain else None))

    def answer_turn(self, item: Item, config: SessionConfig, is_needed: bool) -> None:
        """Answer a spoken turn when its words are known. Does nothing while another response is active."""
        if self.active is not None:
            return
        response = Response(
            ResponseRequest(), config, is_in_conversation=True, context_items=None, waits_for=item, is_needed=is_needed
        )
        self.active = response
        response.task = self._start(self._run(response, self._prepared))

    def keep(self, prepared: Prepared | None) -> None:
        """What was prepared for the turn that is over now; whoever asks for the answer to it gets the draft."""
        self._prepared = prepared

    async def prepare(self, text: str, config: SessionConfig) -> Draft | None:
        """What the answer would be if the turn ended with these words; None when that can't be told cheaply."""
        if not self._engines.brain.is_free or self._conversation.pending_transcripts() or not text:
            return None
        revision = self._conversation.revision
        turns = [*self._conversation.turns(), Turn("user", text)]
        context = Context(config.instructions, turns, config.bank_id)
        sentences = [sentence async for sentence in self._engines.brain.reply(context)]
        if not sentences:
            return None
        first = b""
        if config.output_modalities == ["audio"]:
            first = await self._engines.synthesiser.speak(sentences[0], config.audio.output.speed)
        return Draft(revision, config, text, sentences, first)

    # stopping

    def interrupt(self, reason: CancelReason) -> bool:
        """Cancel the response of the conversation, if there is one. Gives whether a client knew of it."""
        response = self.active
        if response is None:
            return False
        self._stop(response, reason)
        return response.is_announced

    def cancel(self, response_id: str | None) -> None:
        """Cancel on the client's request; raises `InvalidRequest` when there is nothing to cancel."""
        candidates = [*([self.active] if self.active else []), *self._beside]
        wanted = [
            entry for entry in candidates if entry.is_announced and (response_id is None or entry.id == response_id)
        ]
        if not wanted:
            raise InvalidRequest("Cancellation failed: no active response found.", "response_cancel_not_active")
        self._stop(wanted[0], "client_cancelled")

    def _stop(self, response: Response, reason: CancelReason) -> None:
        if response.task is not None:
            response.task.cancel()
        self._close(response, "cancelled", {"type": "cancelled", "reason": reason})

    # streaming

    async def _run(self, response: Response, prepared: Prepared | None) -> None:
        try:
            await self._produce(response, prepared)
        except ModelFailed as failure:
            await self._apologise(response, failure)
        except Exception:
            # The one place where a fault of an engine is met: the client gets a failed response, the session lives on.
            log.exception("response failed")
            details = {"type": "failed", "error": {"type": "server_error", "code": "engine_failed"}}
            self._close(response, "failed", details)

    async def _produce(self, response: Response, prepared: Prepared | None) -> None:
        pending = self._conversation.pending_transcripts()
        if pending:
            await asyncio.wait(pending)
        if response.waits_for is not None and not response.waits_for.text and not response.is_needed:
            self._drop(response)
            return
        draft = await self._good_draft(prepared, response)
        if response.waits_for is not None:
            self._announce(response)
        if draft is not None:
            sentences, first_pcm = draft.sentences, draft.first_pcm
            for index, sentence in enumerate(sentences):
                # It was made without sound when the session writes; this one response may be spoken all the same.
                if not await self._say(response, sentence, (first_pcm or None) if index == 0 else None):
                    return
        else:
            async for sentence in self._engines.brain.reply(self._context(response)):
                if not await self._say(response, sentence, None):
                    return
        self._close(response, "completed", None)

    async def _good_draft(self, prepared: Prepared | None, response: Response) -> Draft | None:
        """The draft, when it answers exactly what is to be answered now."""
        if prepared is None:
            return None
        await asyncio.wait([prepared.draft])
        if prepared.draft.cancelled() or prepared.draft.exception() is not None:
            return None
        draft = prepared.draft.result()
        if draft is None or draft.text != prepared.turn.text or draft.config != response.config:
            return None
        # The turn itself was added and its words were filled in since the draft was made, and nothing else.
        return draft if draft.revision + 2 == self._conversation.revision else None

    def _context(self, response: Response) -> Context:
        items = response.context_items
        turns = self._conversation.turns() if items is None else turns_of(items)
        return Context(
            response.instructions, turns, response.bank_id, response.request.instructions, response.max_tokens
        )

    async def _say(self, response: Response, sentence: str, pcm: bytes | None) -> bool:
        """Send one sentence; False when the token limit ended the response."""
        item = response.item
        said = item.text if item is not None else ""
        if said and response.max_tokens is not None and text_tokens(f"{said} {sentence}") > response.max_tokens:
            self._close(response, "incomplete", {"type": "incomplete", "reason": "max_output_tokens"})
            return False
        is_audio = response.modality == "audio"
        if is_audio and pcm is None:
            pcm = await self._engines.synthesiser.speak(sentence, response.config.audio.output.speed)
        item = response.item or self._open_item(response)
        delta = f" {sentence}" if item.text else sentence
        item.text += delta
        place = self._place(response, item)
        kind = "response.output_audio_transcript.delta" if is_audio else "response.output_text.delta"
        self._outbox.emit(kind, **place, delta=delta)
        if is_audio and pcm:
            await self._send_audio(response, item, sentence, pcm, place)
        else:
            await self._outbox.room()
        return True

    async def _send_audio(
        self, response: Response, item: Item, sentence: str, pcm: bytes, place: dict[str, Any]
    ) -> None:
        loop = asyncio.get_running_loop()
        start_ms = response.audio_ms
        total_bytes = start_ms * VOICE_RATE_HZ * 2 // 1000
        at = 0
        while at < len(pcm):
            size = _DELTA_BYTES if response.audio_ms else _FIRST_DELTA_BYTES
            chunk = pcm[at : at + size]
            at += len(chunk)
            self._outbox.emit("response.output_audio.delta", **place, delta=base64.b64encode(chunk).decode())
            if response.first_audio_at is None:
                response.first_audio_at = max(loop.time(), self.playback_ends_at)
                self.has_spoken = True
            response.audio_ms = pcm_ms(total_bytes + at)
            item.audio_ms = response.audio_ms
            if response.is_in_conversation:
                self.playback_ends_at = response.first_audio_at + response.audio_ms / 1000
            # The sentence counts as far as it was sent, so that an interruption in it can be truncated in place.
            spoken = SpokenSentence(sentence, start_ms, start_ms + pcm_ms(len(pcm)))
            if item.sentences and item.sentences[-1].start_ms == start_ms:
                item.sentences[-1] = spoken
            else:
                item.sentences.append(spoken)
            await self._outbox.room()

    def _announce(self, response: Response) -> None:
        response.is_announced = True
        self._outbox.emit("response.created", response=response.describe(self._conversation.id))

    def _open_item(self, response: Response) -> Item:
        is_audio = response.modality == "audio"
        item = Item(new_id("item"), "assistant", "in_progress", is_audio=is_audio)
        response.item = item
        self._outbox.emit("response.output_item.added", response_id=response.id, output_index=0, item=item.describe())
        if response.is_in_conversation:
            previous = self._conversation.add(item)
            self._outbox.emit("conversation.item.added", previous_item_id=previous, item=item.describe())
        part = {"type": "audio", "transcript": ""} if is_audio else {"type": "text", "text": ""}
        self._outbox.emit("response.content_part.added", **self._place(response, item), part=part)
        return item

    def _place(self, response: Response, item: Item) -> dict[str, Any]:
        return {"response_id": response.id, "item_id": item.id, "output_index": 0, "content_index": 0}

    async def _apologise(self, response: Response, failure: ModelFailed) -> None:
        log.warning("text model failed: %s", failure.code)
        if not response.is_announced:
            self._announce(response)
        await self._say(response, _APOLOGY, None)
        details = {"type": "failed", "error": {"type": failure.type, "code": failure.code}}
        self._close(response, "failed", details)

    def _drop(self, response: Response) -> None:
        response.status = "cancelled"
        if self.active is response:
            self.active = None
        self._on_done()

    def _close(self, response: Response, status: Status, details: dict[str, Any] | None) -> None:
        """Finish in one step, so that nothing of this response can follow."""
        if response.is_closed:
            return
        if not response.is_announced:
            self._drop(response)
            return
        response.status = status
        response.status_details = details
        item = response.item
        if item is not None:
            self._close_item(response, item, "completed" if status == "completed" else "incomplete")
        heard = response.context_items if response.context_items is not None else self._conversation.items
        others = [entry for entry in heard if entry is not item]
        said = item.text if item is not None else ""
        instructions = response.instructions + (response.request.instructions or "")
        response.usage = usage_of(instructions, others, said, response.audio_ms, response.modality == "audio")
        self._outbox.emit("response.done", response=response.describe(self._conversation.id))
        if self.active is response:
            self.active = None
        if response in self._beside:
            self._beside.remove(response)
        self._on_done()

    def _close_item(self, response: Response, item: Item, status: Literal["completed", "incomplete"]) -> None:
        item.status = status
        place = self._place(response, item)
        if item.is_audio:
            self._outbox.emit("response.output_audio.done", **place)
            self._outbox.emit("response.output_audio_transcript.done", **place, transcript=item.text)
            part = {"type": "audio", "transcript": item.text}
        else:
            self._outbox.emit("response.output_text.done", **place, text=item.text)
            part = {"type": "text", "text": item.text}
        self._outbox.emit("response.content_part.done", **place, part=part)
        self._outbox.emit("response.output_item.done", response_id=response.id, output_index=0, item=item.describe())
        if response.is_in_conversation and self._conversation.find(item.id) is item:
            # Whatever was added behind it meanwhile, the finished answer is new context.
            self._conversation.revision += 1
            previous = self._conversation.previous_id(item)
            self._outbox.emit("conversation.item.done", previous_item_id=previous, item=item.describe())
