"""How long a person waits for the embedded coach: from the end of speech to the first sound of the answer.

`python -m bench.voice_latency ws://127.0.0.1:3010/v1` against a running server, on a machine that does nothing else.
Measured twice: the server answers by itself, and the client asks for the answer once the turn is over.
"""

import argparse
import asyncio
import statistics

from tests.contracts.realtime_conformance.client import RATE_HZ, Recorder, recording
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


async def _ask_after_turn(client: Recorder, since: int) -> None:
    await client.wait("input_audio_buffer.speech_stopped", since=since)
    await client.send("response.create")


async def measure(url: str, *, is_client_asking: bool) -> list[float]:
    """Waits in milliseconds, one for each sentence."""
    voice = RoomVoice()
    waits: list[float] = []
    loop = asyncio.get_running_loop()
    async with recording(url, "bench") as client:
        turn = {"type": "server_vad", "silence_duration_ms": SILENCE_MS}
        if is_client_asking:
            turn |= {"create_response": False, "interrupt_response": False}
        await client.configure(audio={"input": {"turn_detection": turn}})
        await client.respond()
        for sentence in SENTENCES:
            pcm = voice.hear([sentence, QUIET_S])
            end_s = len(pcm) / 2 / RATE_HZ - QUIET_S
            since, begun = len(client.events), loop.time()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(client.speak(pcm))
                if is_client_asking:
                    tasks.create_task(_ask_after_turn(client, since))
                await client.wait("response.output_audio.delta", since=since)
                waits.append((loop.time() - begun - end_s) * 1000)
            await client.wait("response.done", since=since)
    return waits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    options = parser.parse_args()
    for is_client_asking in (False, True):
        found = asyncio.run(measure(options.url, is_client_asking=is_client_asking))
        print(
            f"{'client asks' if is_client_asking else 'server answers':<15} silence {SILENCE_MS} ms; "
            f"waits {[round(wait) for wait in found]} ms; median {statistics.median(found):.0f} ms"
        )
