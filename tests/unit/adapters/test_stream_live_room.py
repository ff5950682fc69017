"""The coach in a call at Stream, over recorders of the SDK's objects."""

import logging
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from pydantic import SecretStr

from peak_app.adapters.stream.live_room import StreamRoom
from peak_app.ports.live_rooms import Attendant, LiveRoomCallbacks, RoomAway
from tests.fakes.stream_sdk import AudioFormat, CallingState, ConnectionManager, FakeStream, PcmData

MEETING = UUID("01234567-89ab-7def-8123-456789abcdef")
SECRET = "a-secret-of-stream"


class Told:
    """What the bridge was told."""

    def __init__(self) -> None:
        self.present: list[frozenset[Attendant]] = []
        self.sound: list[tuple[Attendant, bytes, int]] = []
        self.messages: list[tuple[str, object]] = []
        self.ended = 0
        self.gone = 0

    @property
    def callbacks(self) -> LiveRoomCallbacks:
        return LiveRoomCallbacks(
            on_present=self.present.append,
            on_sound=lambda who, pcm, stamp: self.sound.append((who, pcm, stamp)),
            on_message=lambda user, custom: self.messages.append((user, custom)),
            on_ended=lambda: setattr(self, "ended", self.ended + 1),
            on_gone=lambda: setattr(self, "gone", self.gone + 1),
        )


def room_at(stream: FakeStream, told: Told, url: str | None = None) -> StreamRoom:
    return StreamRoom(
        stream.sdk, MEETING, told.callbacks, api_key="key", api_secret=SecretStr(SECRET), url=url, timeout_s=5
    )


async def joined(stream: FakeStream, told: Told) -> tuple[StreamRoom, ConnectionManager]:
    room = room_at(stream, told)
    await room.join()
    return room, stream.connections[0]


def someone(user: str, session: str) -> SimpleNamespace:
    return SimpleNamespace(user_id=user, session_id=session)


def frame(participant: Any, channels: int = 1) -> PcmData:
    samples = np.arange(960, dtype=np.int16)
    return PcmData(48_000, AudioFormat.S16, samples, pts=4_800, channels=channels, participant=participant)


async def test_the_coach_joins_the_meetings_call_and_makes_none() -> None:
    stream = FakeStream()
    await room_at(stream, Told(), "http://127.0.0.1:9").join()
    call = stream.calls[0]
    assert (call.call_type, call.id) == ("default", str(MEETING))
    assert stream.joins == [(f"coach-{MEETING}", False)]
    assert stream.clients[0]["base_url"] == "http://127.0.0.1:9"
    assert [track.sample_rate for track in stream.connections[0].tracks] == [24_000]


async def test_without_an_address_of_our_own_the_sdk_keeps_its_own() -> None:
    stream = FakeStream()
    room_at(stream, Told())
    assert "base_url" not in stream.clients[0]


async def test_sound_comes_at_the_rate_of_calls_with_whose_it_is() -> None:
    told = Told()
    _, connection = await joined(FakeStream(), told)
    connection.emit("audio", frame(someone("person-1", "a")))
    assert told.sound == [(Attendant("person-1", "a"), np.arange(0, 960, 2, dtype="<i2").tobytes(), 4_800)]


async def test_sound_of_nobody_and_of_more_channels_is_passed_over() -> None:
    told = Told()
    _, connection = await joined(FakeStream(), told)
    connection.emit("audio", frame(None))
    connection.emit("audio", frame(someone("person-1", "a"), channels=2))
    assert told.sound == []


async def test_who_is_there_is_told_whole_each_time() -> None:
    told = Told()
    _, connection = await joined(FakeStream(), told)
    state = connection.participants_state
    state.people = [someone("person-1", "a")]
    state.emit("participant_joined", state.people[0])
    state.people = [someone("person-1", "b")]
    state.emit("participant_left", someone("person-1", "a"))
    # Whoever came while the connection was away is not told of by an event.
    state.people = []
    connection.emit("connection.state_changed", {"old": CallingState.RECONNECTING, "new": CallingState.JOINED})
    a, b = Attendant("person-1", "a"), Attendant("person-1", "b")
    assert told.present == [frozenset(), frozenset([a]), frozenset([b]), frozenset()]


@pytest.mark.parametrize("state", [CallingState.LEFT, CallingState.RECONNECTING_FAILED])
async def test_a_connection_that_is_gone_is_told_once(state: CallingState) -> None:
    told = Told()
    _, connection = await joined(FakeStream(), told)
    connection.emit("connection.state_changed", {"old": CallingState.JOINED, "new": state})
    connection.emit("connection.state_changed", {"old": state, "new": CallingState.LEFT})
    assert (told.gone, told.ended) == (1, 0)


async def test_a_reconnect_under_way_is_no_loss() -> None:
    told = Told()
    _, connection = await joined(FakeStream(), told)
    connection.emit("connection.state_changed", {"old": CallingState.JOINED, "new": CallingState.RECONNECTING})
    assert told.gone == 0


async def test_the_calls_end_is_told_and_nothing_after_it() -> None:
    told = Told()
    _, connection = await joined(FakeStream(), told)
    connection.emit("call_ended", object())
    connection.emit("connection.state_changed", {"old": CallingState.JOINED, "new": CallingState.LEFT})
    connection.emit("audio", frame(someone("person-1", "a")))
    assert (told.ended, told.gone, told.sound) == (1, 0, [])


async def test_messages_come_with_their_sender_and_go_out_as_the_coach() -> None:
    told, stream = Told(), FakeStream()
    room, connection = await joined(stream, told)
    connection.emit("custom", {"user": {"id": "person-1"}, "custom": {"peak": {}}})
    connection.emit("custom", {"user": None, "custom": {"peak": {}}})
    assert told.messages == [("person-1", {"peak": {}})]
    await room.send_message({"peak": {"type": "x"}})
    assert stream.calls[0].events == [(f"coach-{MEETING}", {"peak": {"type": "x"}})]


async def test_a_message_that_is_not_taken_is_told() -> None:
    stream = FakeStream()
    room, _ = await joined(stream, Told())
    stream.calls[0].error = RuntimeError("429")
    with pytest.raises(RoomAway):
        await room.send_message({})


async def test_a_frame_goes_out_as_it_is() -> None:
    room, connection = await joined(FakeStream(), Told())
    sound = np.arange(480, dtype="<i2").tobytes()
    await room.send_sound(sound)
    written = connection.tracks[0].written[0]
    assert (written.sample_rate, written.samples.tobytes()) == (24_000, sound)


async def test_a_refusal_is_a_sentence_and_no_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    stream = FakeStream(error=RuntimeError(f"token made with {SECRET}"))
    with pytest.raises(RoomAway):
        await room_at(stream, Told()).join()
    assert stream.closed == 1
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text


async def test_leaving_leaves_and_closes_and_tells_nothing() -> None:
    told, stream = Told(), FakeStream()
    room, connection = await joined(stream, told)
    await room.leave()
    connection.emit("connection.state_changed", {"old": CallingState.JOINED, "new": CallingState.LEFT})
    assert (connection.has_left, stream.closed, told.gone) == (True, 1, 0)
