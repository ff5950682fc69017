"""One Realtime session: what each client event does."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import orjson

from peak_app.embedded.ai_server.engines import Engines
from peak_app.embedded.ai_server.faults import ApiFault, InvalidRequest
from peak_app.embedded.ai_server.limits import MAX_SESSION_S
from peak_app.embedded.ai_server.realtime.answering import Answering
from peak_app.embedded.ai_server.realtime.conversation import Conversation, new_id, parse_item
from peak_app.embedded.ai_server.realtime.listening import Listening, decode_audio
from peak_app.embedded.ai_server.realtime.outbox import Outbox
from peak_app.embedded.ai_server.realtime.response import ResponseRequest
from peak_app.embedded.ai_server.realtime.session_config import SessionConfig, updated

log = logging.getLogger(__name__)

_MAX_NUDGES = 2
"""How often silence alone makes the coach speak before it waits for as long as it takes."""

Event = dict[str, Any]


class RealtimeSession:
    """Lives as long as its socket. `run` owns every task of the session."""

    def __init__(self, engines: Engines, model: str) -> None:
        self.id = new_id("sess")
        self._config = SessionConfig(type="realtime", model=model)
        self._expires_at = int(time.time()) + MAX_SESSION_S
        self._outbox = Outbox()
        self._conversation = Conversation()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._answering = Answering(engines, self._conversation, self._outbox, self._start, self._arm_idle_timeout)
        self._listening = Listening(
            engines=engines,
            conversation=self._conversation,
            answering=self._answering,
            outbox=self._outbox,
            start=self._start,
            on_speech=self._hear_person,
        )
        self._idle_timer: asyncio.TimerHandle | None = None
        self._idle_from_ms = 0
        self._nudges = 0
        self._handlers: dict[str, Callable[[Event], Awaitable[None] | None]] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": self._retrieve_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.truncate": self._truncate_item,
            "response.create": self._create_response,
            "response.cancel": self._cancel_response,
        }

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def run(self, receive: Callable[[], Awaitable[str | None]], write: Callable[[str], Awaitable[None]]) -> str:
        """Serve until the client leaves or the session expires; gives the reason: `left`, `expired` or `stuck`."""
        session = self._config.describe(self.id, self._expires_at)
        self._outbox.emit("session.created", session=session)
        self._outbox.emit(
            "conversation.created", conversation={"id": self._conversation.id, "object": "realtime.conversation"}
        )
        writer = self._start(self._outbox.drain(write))
        reader = self._start(self._read(receive))
        try:
            done, _ = await asyncio.wait({writer, reader}, timeout=MAX_SESSION_S, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                self._report(
                    InvalidRequest("Your session hit the maximum duration of 60 minutes.", "session_expired"), None
                )
                self._outbox.close()
                await asyncio.wait({writer}, timeout=5)
                return "expired"
            if reader in done:
                reader.result()
                return "left"
            return "stuck"
        finally:
            self._disarm_idle_timeout()
            remaining = list(self._tasks)
            for task in remaining:
                task.cancel()
            await asyncio.gather(*remaining, return_exceptions=True)

    async def _read(self, receive: Callable[[], Awaitable[str | None]]) -> None:
        while (frame := await receive()) is not None:
            await self.handle(frame)

    async def handle(self, frame: str) -> None:
        """Act on one client event; whatever is wrong with it is answered by an `error` event."""
        event_id: str | None = None
        try:
            event = _parse(frame)
            raw_id = event.get("event_id")
            if raw_id is not None and not (isinstance(raw_id, str) and len(raw_id) <= 512):
                raise InvalidRequest(
                    "Invalid 'event_id': expected a string of at most 512 characters.", "invalid_value", "event_id"
                )
            event_id = raw_id
            handler = self._handlers.get(event["type"])
            if handler is None:
                raise InvalidRequest(
                    f"Invalid value: '{event['type'][:64]}'. This is not an event a client sends.",
                    "invalid_value",
                    "type",
                )
            outcome = handler(event)
            if outcome is not None:
                await outcome
        except ApiFault as fault:
            self._report(fault, event_id)

    def _report(self, fault: ApiFault, event_id: str | None) -> None:
        self._outbox.emit("error", error={**fault.body(), "event_id": event_id})

    # session

    def _update(self, event: Event) -> None:
        change = event.get("session")
        if not isinstance(change, dict):
            raise InvalidRequest("Missing required parameter: 'session'.", "missing_required_parameter", "session")
        config = updated(self._config, change)
        if self._answering.has_spoken and config.audio.output.voice != self._config.audio.output.voice:
            raise InvalidRequest(
                "Cannot update a conversation's voice if assistant audio is present.",
                "cannot_update_voice",
                "session.audio.output.voice",
            )
        is_other_detection = config.audio.input.turn_detection != self._config.audio.input.turn_detection
        self._config = config
        if is_other_detection:
            self._listening.change_detection()
            self._disarm_idle_timeout()
        self._outbox.emit("session.updated", session=config.describe(self.id, self._expires_at))

    # input audio

    async def _append(self, event: Event) -> None:
        await self._listening.append(decode_audio(event.get("audio")), self._config)

    def _commit(self, _: Event) -> None:
        self._listening.commit(self._config)

    def _clear(self, _: Event) -> None:
        self._listening.clear()

    # items

    def _create_item(self, event: Event) -> None:
        item = parse_item(event.get("item"))
        after = event.get("previous_item_id")
        if after is not None and not isinstance(after, str):
            raise InvalidRequest("Invalid 'previous_item_id': expected a string.", "invalid_type", "previous_item_id")
        previous = self._conversation.add(item, after)
        self._hear_person()
        self._outbox.emit("conversation.item.added", previous_item_id=previous, item=item.describe())
        self._outbox.emit("conversation.item.done", previous_item_id=previous, item=item.describe())

    def _retrieve_item(self, event: Event) -> None:
        item = self._conversation.get(event.get("item_id"))
        self._outbox.emit("conversation.item.retrieved", item=item.describe())

    def _delete_item(self, event: Event) -> None:
        item = self._conversation.get(event.get("item_id"))
        if self._answering.active is not None and self._answering.active.item is item:
            self._answering.interrupt("client_cancelled")
        self._conversation.delete(item)
        self._outbox.emit("conversation.item.deleted", item_id=item.id)

    def _truncate_item(self, event: Event) -> None:
        item = self._conversation.get(event.get("item_id"))
        index, end_ms = event.get("content_index"), event.get("audio_end_ms")
        if item.role != "assistant" or not item.is_audio:
            raise InvalidRequest("Only spoken messages of the assistant can be truncated.", "invalid_value", "item_id")
        if index != 0 or isinstance(index, bool):
            raise InvalidRequest(
                "Invalid 'content_index': the message has one part, 0.", "invalid_value", "content_index"
            )
        if not isinstance(end_ms, int) or isinstance(end_ms, bool) or end_ms < 0:
            raise InvalidRequest(
                "Invalid 'audio_end_ms': expected an integer of at least 0.", "invalid_value", "audio_end_ms"
            )
        if end_ms > item.audio_ms:
            raise InvalidRequest(
                f"Audio content of {item.audio_ms}ms is already shorter than {end_ms}ms",
                "invalid_value",
                "audio_end_ms",
            )
        if self._answering.active is not None and self._answering.active.item is item:
            self._answering.interrupt("client_cancelled")
        item.truncate(end_ms)
        self._conversation.revision += 1
        self._answering.playback_ends_at = 0.0
        self._outbox.emit("conversation.item.truncated", item_id=item.id, content_index=0, audio_end_ms=end_ms)

    # responses

    def _create_response(self, event: Event) -> None:
        self._answering.create(ResponseRequest.parse(event.get("response")), self._config)
        self._disarm_idle_timeout()

    def _cancel_response(self, event: Event) -> None:
        response_id = event.get("response_id")
        if response_id is not None and not isinstance(response_id, str):
            raise InvalidRequest("Invalid 'response_id': expected a string.", "invalid_type", "response_id")
        self._answering.cancel(response_id)

    # silence

    def _disarm_idle_timeout(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _hear_person(self) -> None:
        self._disarm_idle_timeout()
        self._nudges = 0

    def _arm_idle_timeout(self) -> None:
        self._disarm_idle_timeout()
        detection = self._config.turn_detection
        if detection is None or detection.idle_timeout_ms is None or self._nudges >= _MAX_NUDGES:
            return
        loop = asyncio.get_running_loop()
        starts_at = max(loop.time(), self._answering.playback_ends_at)
        ahead_ms = int((starts_at - loop.time()) * 1000)
        self._idle_from_ms = self._listening.position_ms + ahead_ms
        self._idle_timer = loop.call_at(starts_at + detection.idle_timeout_ms / 1000, self._break_silence)

    def _break_silence(self) -> None:
        self._idle_timer = None
        if self._listening.is_speaking or self._answering.active is not None:
            return
        self._nudges += 1
        item = self._listening.commit_silence(self._config, self._idle_from_ms)
        self._answering.answer_turn(item, self._config, is_needed=True)


def _parse(frame: str) -> Event:
    try:
        event = orjson.loads(frame)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("The message is not valid JSON.", "invalid_json") from error
    if not isinstance(event, dict):
        raise InvalidRequest("The message is not a JSON object.", "invalid_json")
    if not isinstance(event.get("type"), str):
        raise InvalidRequest("Missing required parameter: 'type'.", "missing_required_parameter", "type")
    return event
