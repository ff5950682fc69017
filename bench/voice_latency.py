"""How long a person waits for the embedded coach: from the end of speech to the first sound of the answer.

`python -m bench.voice_latency ws://127.0.0.1:3010/v1` against a running server, on a machine that does nothing else.
"""

import argparse
import asyncio
import statistics

import numpy as np
from hibari import Hibari

from peak_app.embedded.ai_server.speech.pcm import to_pcm
from tests.contracts.realtime_conformance.client import recording

SENTENCES = (
    "I sold software to hospitals for three years.",
    "We moved our system to the cloud, and I planned every step of it with two colleagues.",
    "My manager wanted to ship early, but I convinced her to wait because the tests were not done.",
    "In the end we had fewer complaints.",
    "I measured everything first, then I changed one thing at a time, and finally the page was fast.",
)
SILENCE_MS = 500
LOUD = 400


async def measure(url: str) -> list[float]:
    """Waits in milliseconds, one for each sentence."""
    voice = Hibari()
    room = to_pcm(np.random.default_rng(1).normal(0, 0.0006, 36_000).astype(np.float32))
    waits: list[float] = []
    loop = asyncio.get_running_loop()
    async with recording(url, "bench") as client:
        turn = {"type": "server_vad", "silence_duration_ms": SILENCE_MS}
        await client.configure(audio={"input": {"turn_detection": turn}})
        await client.respond()
        for sentence in SENTENCES:
            pcm = to_pcm(voice(sentence))
            end_s = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2")) > LOUD)[-1] / 24_000
            since, begun = len(client.events), loop.time()
            speaking = asyncio.create_task(client.speak(pcm + room))
            await client.wait("response.output_audio.delta", since=since)
            waits.append((loop.time() - begun - end_s) * 1000)
            await speaking
            await client.wait("response.done", since=since)
    return waits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    found = asyncio.run(measure(parser.parse_args().url))
    print(
        f"silence {SILENCE_MS} ms; waits {[round(wait) for wait in found]} ms; median {statistics.median(found):.0f} ms"
    )
