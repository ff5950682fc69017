"""How long a person waits for the embedded coach: from the end of speech to the first sound of the answer.

`python -m bench.voice_latency ws://127.0.0.1:3010/v1` against a running server, on a machine that does nothing else.
Measured twice: the server answers by itself, and the client asks for the answer once the turn is over.
"""

import argparse
import asyncio
import statistics
from dataclasses import dataclass

from tests.contracts.realtime_conformance.client import RATE_HZ, recording
from tests.room_voice import RoomVoice

SENTENCES = (
    "I sold software to hospitals for three years.",
    "We moved our system to the cloud, and I planned every step of it with two colleagues.",
    "My manager wanted to ship early, but I convinced her to wait because the tests were not done.",
    "In the end we had fewer complaints.",
    "I measured everything first, then I changed one thing at a time, and finally the page was fast.",
)
SILENCE_MS = 500
QUIET_S = 1.5


@dataclass(frozen=True, slots=True)
class Wait:
    """Milliseconds from the end of speech, and from the end of the turn, to the first sound."""

    after_speech: float
    after_turn: float


async def measure(url: str, *, is_client_asking: bool) -> list[Wait]:
    """One wait for each sentence."""
    voice = RoomVoice()
    waits: list[Wait] = []
    loop = asyncio.get_running_loop()
    async with recording(url, "bench") as client:
        turn = {"type": "server_vad", "silence_duration_ms": SILENCE_MS}
        if is_client_asking:
            turn |= {"create_response": False, "interrupt_response": False}
        await client.configure(audio={"input": {"turn_detection": turn}})
        await client.respond()
        for sentence in SENTENCES:
            pcm = voice.hear([sentence, QUIET_S])
            since, begun = len(client.events), loop.time()
            speaking = asyncio.create_task(client.speak(pcm))
            await client.wait("input_audio_buffer.speech_stopped", since=since)
            stopped = loop.time()
            if is_client_asking:
                await client.send("response.create")
            await client.wait("response.output_audio.delta", since=since)
            heard = loop.time()
            speech_s = len(pcm) / 2 / RATE_HZ - QUIET_S
            waits.append(Wait((heard - begun - speech_s) * 1000, (heard - stopped) * 1000))
            await speaking
            await client.wait("response.done", since=since)
    return waits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    options = parser.parse_args()
    print(f"silence {SILENCE_MS} ms; first sound after the speech, and after the turn, in ms")
    for is_client_asking in (False, True):
        found = asyncio.run(measure(options.url, is_client_asking=is_client_asking))
        pairs = ", ".join(f"{wait.after_speech:.0f} ({wait.after_turn:.0f})" for wait in found)
        median = statistics.median(wait.after_speech for wait in found)
        print(f"{'client asks' if is_client_asking else 'server answers':<15} {pairs}; median {median:.0f}")
