"""How soon words are shown while they are being spoken, and what showing them costs.

`python -m bench.live_captions`, on a machine that does nothing else: starts a server of its own and speaks to it in
real time. A word counts as spoken when its share of the sentence's letters is over, and as shown when it is first read
right.
"""

import asyncio
import difflib
import re
import statistics
import tempfile
from pathlib import Path
from typing import Any

import psutil

from bench.percentiles import percentile
from tests.ai_process import AiProcess, ai_process
from tests.contracts.realtime_conformance.client import RATE_HZ, recording
from tests.room_voice import RoomVoice

SENTENCES = (
    "I worked on a large project in my last company, and the customer was a bank with many branches.",
    "They wanted to know every evening how much money was in each of them, so I talked to the people who worked there.",
    "Then I wrote a small program that collected the numbers, and in the end the report was ready in ten minutes.",
)
PAUSE_S = 0.6
_SEGMENT = "conversation.item.input_audio_transcription.segment"


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def _spoken_at(voice: RoomVoice) -> tuple[list[str], list[float]]:
    """All words, and the second each of them is over."""
    words: list[str] = []
    ends: list[float] = []
    at = 0.0
    for sentence in SENTENCES:
        length = len(voice.hear([sentence])) / 2 / RATE_HZ
        own = _words(sentence)
        letters = 0
        for word in own:
            letters += len(word) + 1
            ends.append(at + length * letters / (sum(map(len, own)) + len(own)))
        words += own
        at += length + PAUSE_S
    return words, ends


async def measure(server: AiProcess, delay: str | None) -> tuple[list[float], float]:
    """Seconds from each word to its caption, and processor seconds for each second of sound."""
    voice = RoomVoice()
    words, ends = _spoken_at(voice)
    pcm = voice.hear([part for sentence in SENTENCES for part in (sentence, PAUSE_S)] + [3.0])
    process = psutil.Process(server.pid)
    shown: dict[int, float] = {}
    loop = asyncio.get_running_loop()
    async with recording(server.voice_url, "bench") as client:
        transcription: dict[str, Any] = {"model": "m"} | ({"delay": delay} if delay else {})
        turn = {"type": "semantic_vad", "eagerness": "low", "create_response": False, "interrupt_response": False}
        await client.configure(audio={"input": {"transcription": transcription, "turn_detection": turn}})
        used, begun, seen = sum(process.cpu_times()[:2]), loop.time(), len(client.events)
        speaking = asyncio.create_task(client.speak(pcm))
        while not speaking.done():
            await asyncio.sleep(0.005)
            for event in client.events[seen:]:
                if event["type"] == _SEGMENT:
                    read = difflib.SequenceMatcher(None, words, _words(event["text"]), autojunk=False)
                    for block in read.get_matching_blocks():
                        for index in range(block.a, block.a + block.size):
                            shown.setdefault(index, loop.time() - begun - ends[index])
            seen = len(client.events)
        share = (sum(process.cpu_times()[:2]) - used) / (loop.time() - begun)
    if delay:
        print(f"  {len(shown)} of {len(words)} words were shown while the turn went on")
    return list(shown.values()), share


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, ai_process(Path(folder)) as running:
        _, plain = asyncio.run(measure(running, None))
        delays, captioned = asyncio.run(measure(running, "minimal"))
    print(
        f"words shown after p50 {statistics.median(delays) * 1000:.0f} ms, p95 {percentile(delays, 95) * 1000:.0f} ms"
    )
    print(f"share of a core: {plain:.2f} without live captions, {captioned:.2f} with them")
