"""Speech to text by Moonshine tiny-en, one recognition at a time for the whole process."""

import asyncio
import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from peak_app.embedded.ai_server.metrics import transcribing
from peak_app.embedded.ai_server.speech.moonshine import Moonshine, Token
from peak_app.embedded.ai_server.speech.pcm import EAR_RATE_HZ, Samples

MIN_VOICED_MS = 250
"""Less voice than this is never given to the model: it would answer noise with a word."""
MAX_PIECE_S = 15
"""Longest piece in one go: the time needed grows faster than the length."""
_PHANTOM = re.compile(r"^\W*(you|thank you|thanks)?\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Words of a piece of speech, and the tokens that they are made of."""

    text: str = ""
    tokens: tuple[Token, ...] = ()


class Recogniser:
    """Owns the model and the single thread it runs in. Live speech goes before recordings."""

    def __init__(self) -> None:
        self._model = Moonshine()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recogniser")
        self._jobs: list[Future[Recognised]] = []
        self._live_waiting = 0
        self._live_done = asyncio.Condition()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being recognised, or waits to be."""
        return all(job.done() for job in self._jobs)

    def transcribe_now(self, samples: Samples) -> Recognised:
        """Words of 16 kHz speech of at most `MAX_PIECE_S`, in the calling thread: only the owner's thread calls it."""
        with transcribing(len(samples) / EAR_RATE_HZ):
            tokens = tuple(self._model.read(samples))
        text = b"".join(token.data for token in tokens).decode(errors="ignore").strip()
        return Recognised(text, tokens) if text else Recognised()

    async def transcribe(self, samples: Samples, voiced_ms: int) -> Recognised:
        """Words of one piece of live speech; none when there is too little voice in it."""
        if voiced_ms < MIN_VOICED_MS or len(samples) == 0:
            return Recognised()
        self._live_waiting += 1
        try:
            heard = await self._run(samples)
        finally:
            self._live_waiting -= 1
            if self._live_waiting == 0:
                async with self._live_done:
                    self._live_done.notify_all()
        # What the model says to breath and noise; as an answer it would mean nothing anyway.
        return Recognised() if voiced_ms < 600 and _PHANTOM.match(heard.text) else heard

    async def transcribe_recording(self, samples: Samples) -> Recognised:
        """Words of one piece of a recording; waits while anybody is being listened to live."""
        async with self._live_done:
            await self._live_done.wait_for(lambda: self._live_waiting == 0)
        return await self._run(samples)

    async def _run(self, samples: Samples) -> Recognised:
        job = self._thread.submit(self.transcribe_now, samples)
        # Whoever waits may go away; what has begun runs to its end all the same.
        self._jobs = [*(known for known in self._jobs if not known.done()), job]
        return await asyncio.wrap_future(job)

    def warm_up(self) -> None:
        """Run once, so that the first person does not wait for lazy allocation."""
        noise = np.random.default_rng(0).normal(0, 0.01, EAR_RATE_HZ).astype(np.float32)
        self._thread.submit(self.transcribe_now, noise).result()

    def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
