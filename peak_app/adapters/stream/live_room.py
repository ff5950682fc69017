"""The coach in a call at Stream, by `getstream.video.rtc`.

The SDK reconnects by itself, and each time everyone has a new session; so who is there is always told as a whole.
"""

import asyncio
import logging
from typing import Any
from uuid import UUID

import numpy as np
from pydantic import SecretStr

from peak_app.adapters.stream.names import CALL_TYPE, call_id
from peak_app.adapters.stream.sdk import RtcSdk
from peak_app.ports.live_rooms import Attendant, LiveRoomCallbacks, RoomAway, coach_in_room
from peak_app.ports.voice import VOICE_RATE_HZ

log = logging.getLogger(__name__)

LEAVE_TIMEOUT_S = 3.0
_LOUD_LOGGERS = ("getstream", "getstream_rtc")
"""The SDK's engine warns of every lost packet, with addresses."""


class StreamRoom:
    """See `ports.live_rooms.LiveRoom`."""

    def __init__(
        self,
        sdk: RtcSdk,
        meeting_id: UUID,
        callbacks: LiveRoomCallbacks,
        *,
        api_key: str,
        api_secret: SecretStr,
        url: str | None,
        timeout_s: float,
    ) -> None:
        self._sdk = sdk
        self._meeting_id = meeting_id
        self._callbacks = callbacks
        self._timeout_s = timeout_s
        options: dict[str, Any] = {"base_url": url} if url else {}
        self._client = sdk.AsyncStream(api_key, api_secret.get_secret_value(), request_timeout=timeout_s, **options)
        self._call = self._client.video.call(CALL_TYPE, call_id(meeting_id))
        self._connection: Any = None
        self._track: Any = None
        self._resamplers: dict[str, Any] = {}
        self._is_over = False

    async def join(self) -> None:
        for name in _LOUD_LOGGERS:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            async with asyncio.timeout(self._timeout_s):
                connection = await self._sdk.join(self._call, coach_in_room(self._meeting_id), create=False)
                self._listen(connection)
                await connection.connect()
                self._connection = connection
                self._track = self._sdk.AudioStreamTrack(sample_rate=VOICE_RATE_HZ)
                await connection.add_tracks(audio=self._track)
        except Exception as error:
            # The SDK and its engine raise errors of their own, of HTTP and of sockets; each means the same here.
            self._is_over = True
            log.warning("call at Stream not joined: %s", type(error).__name__)
            await self.leave()
            raise RoomAway from error
        self._tell_present()

    def _listen(self, connection: Any) -> None:
        connection.participants_state.on("participant_joined", lambda _: self._tell_present())
        connection.participants_state.on("participant_left", self._forget)
        connection.on("connection.state_changed", self._state_changed)
        connection.on("call_ended", lambda *_: self._end(is_ended=True))
        connection.on("audio", self._hear)
        connection.on("custom", self._take_message)

    # what happens there

    def _forget(self, participant: Any) -> None:
        self._resamplers.pop(participant.session_id, None)
        self._tell_present()

    def _tell_present(self) -> None:
        if self._connection is None or self._is_over:
            return
        there = self._connection.participants_state.get_participants()
        self._callbacks.on_present(frozenset(Attendant(each.user_id, each.session_id) for each in there))

    def _state_changed(self, change: dict[str, Any]) -> None:
        states = self._sdk.CallingState
        if change.get("new") == states.JOINED:
            # Of what happened while it was away the SDK tells nothing.
            self._tell_present()
        elif change.get("new") in (states.RECONNECTING_FAILED, states.LEFT):
            self._end(is_ended=False)

    def _end(self, *, is_ended: bool) -> None:
        if self._is_over:
            return
        self._is_over = True
        (self._callbacks.on_ended if is_ended else self._callbacks.on_gone)()

    def _hear(self, pcm: Any) -> None:
        if self._is_over or pcm.participant is None or pcm.channels != 1:
            return
        session_id = pcm.participant.session_id
        resampler = self._resamplers.get(session_id)
        if resampler is None:
            resampler = self._resamplers[session_id] = self._sdk.StreamResampler(VOICE_RATE_HZ, 1)
        samples = resampler.push(pcm.samples, pcm.sample_rate, 1).samples
        if len(samples):
            attendant = Attendant(pcm.participant.user_id, session_id)
            self._callbacks.on_sound(attendant, samples.astype("<i2").tobytes(), int(pcm.pts or 0))

    def _take_message(self, event: dict[str, Any]) -> None:
        user, custom = event.get("user"), event.get("custom")
        user_id = user.get("id") if isinstance(user, dict) else None
        if isinstance(user_id, str) and not self._is_over:
            self._callbacks.on_message(user_id, custom)

    # what we do there

    async def send_sound(self, frame: bytes) -> None:
        if self._track is None or self._is_over:
            return
        samples = np.frombuffer(frame, dtype="<i2")
        await self._track.write(
            self._sdk.PcmData(sample_rate=VOICE_RATE_HZ, format=self._sdk.AudioFormat.S16, samples=samples, channels=1)
        )

    async def send_message(self, message: dict[str, object]) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._call.send_call_event(user_id=coach_in_room(self._meeting_id), custom=message)
        except Exception as error:
            log.warning("message not taken by Stream: %s", type(error).__name__)
            raise RoomAway from error

    async def leave(self) -> None:
        self._is_over = True
        try:
            async with asyncio.timeout(LEAVE_TIMEOUT_S):
                if self._connection is not None:
                    await self._connection.leave()
                await self._client.aclose()
        except Exception as error:
            log.info("call at Stream not left cleanly: %s", type(error).__name__)
