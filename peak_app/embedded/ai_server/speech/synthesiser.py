"""Text to speech by hibari, one synthesis at a time for the whole process."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hibari import Hibari

from peak_app.embedded.ai_server.speech.pcm import VOICE_RATE_HZ, Samples, to_pcm

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”\u2019)\]]*\s+(?=\S)")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e)|\b[A-Z])\.$")
_PAUSE = np.zeros(VOICE_RATE_HZ * 140 // 1000, np.float32)


def split_sentences(text: str) -> list[str]:
    """Sentences as they are spoken one by one; joined by spaces they give the text with its white space collapsed."""
    text = " ".join(text.split())
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        closed = text[start : match.end()].rstrip()
        if _ABBREVIATION.search(closed):
            continue
        sentences.append(closed)
        start = match.end()
    if text[start:]:
        sentences.append(text[start:])
    return sentences


class Synthesiser:
    """Owns the voice and the single thread it runs in. 24 kHz mono."""

    def __init__(self) -> None:
        self._voice = Hibari(threads=1)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="synthesiser")

    def speak_now(self, text: str, speed: float) -> Samples:
        """Samples of one sentence with a short pause behind it. Only for the owner's thread and warm-up."""
        parts = [chunk for chunk in self._voice.stream(text, speed=min(2.0, max(0.5, speed))) if len(chunk)]
        return np.concatenate([*parts, _PAUSE]) if parts else np.zeros(0, np.float32)

    async def speak(self, sentence: str, speed: float = 1.0) -> bytes:
        """PCM of one sentence; empty when there is nothing in it that can be said."""
        samples = await asyncio.get_running_loop().run_in_executor(self._thread, self.speak_now, sentence, speed)
        return to_pcm(samples)

    def warm_up(self) -> None:
        """Run once, so that the first sentence does not pay for the pronunciation rules."""
        self._thread.submit(self.speak_now, "Welcome to your practice interview.", 1.0).result()

    def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
