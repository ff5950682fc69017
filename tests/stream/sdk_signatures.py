"""The recorders in `tests/fakes/stream_sdk.py` against the real SDK: `make test-stream`, in an environment of its own.

Nothing is connected to anything here.
"""

import asyncio
import inspect
from typing import Any

import numpy as np
import pytest

from peak_app.adapters.stream.sdk import rtc_sdk
from tests.fakes import stream_sdk as fake

SDK = rtc_sdk()


def names(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


@pytest.mark.parametrize(
    ("ours", "real"),
    [
        (fake.PcmData, SDK.PcmData),
        (fake.AudioStreamTrack, SDK.AudioStreamTrack),
        (fake.AudioStreamTrack.write, SDK.AudioStreamTrack.write),
        (fake.StreamResampler, SDK.StreamResampler),
    ],
)
def test_the_recorders_take_what_the_sdk_takes(ours: Any, real: Any) -> None:
    assert names(ours) == names(real)


def test_the_client_and_its_call_take_what_the_adapter_gives() -> None:
    client = SDK.AsyncStream("key", "s" * 32, request_timeout=3.0, base_url="http://127.0.0.1:9")
    call = client.video.call("default", "x")
    assert (call.call_type, call.id) == ("default", "x")
    # The real one is wrapped, and the wrapper says nothing of what it takes.
    (wrapped,) = inspect.getclosurevars(type(call).send_call_event).nonlocals.values()
    assert names(fake.Call.send_call_event) == names(wrapped)
    assert callable(client.aclose)


def test_a_connection_is_joined_and_listened_to_as_the_adapter_does() -> None:
    async def look() -> None:
        client = SDK.AsyncStream("key", "s" * 32, base_url="http://127.0.0.1:9")
        connection = await SDK.join(client.video.call("default", "x"), "coach-x", create=False)
        connection.on("audio", print)
        connection.participants_state.on("participant_joined", print)
        assert connection.participants_state.get_participants() == []
        assert names(fake.ConnectionManager.add_tracks) == names(connection.add_tracks)
        assert callable(connection.connect)
        assert callable(connection.leave)
        await client.aclose()

    asyncio.run(look())


def test_the_states_have_the_names_the_adapter_asks_for() -> None:
    assert [state.name for state in fake.CallingState if not hasattr(SDK.CallingState, state.name)] == []


def test_sound_is_halved_in_rate_and_kept_in_level() -> None:
    resampler = SDK.StreamResampler(24_000, 1)
    tone = (9000 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)).astype(np.int16)
    pieces = [resampler.push(tone[at : at + 960], 48_000, 1).samples for at in range(0, len(tone), 960)]
    sound = np.concatenate(pieces)
    assert sound.dtype == np.int16
    assert abs(len(sound) - 24_000) <= 48
    assert 8_900 <= np.abs(sound).max() <= 9_100
