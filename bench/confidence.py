"""How sure the bundled recogniser is of what it gets right and wrong: what `CONFIDENCE_NEEDED` was chosen by.

`python -m bench.confidence` speaks sentences by the bundled voice into noise of several levels, has them recognised and
prints how many words were wrong beside how sure the recogniser was. Takes half a minute.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import jiwer
import numpy as np

from peak_app.domain.insights.lines import CONFIDENCE_NEEDED
from peak_app.embedded.ai_server.speech.moonshine import Moonshine
from peak_app.embedded.ai_server.speech.pcm import EAR_RATE_HZ, VOICE_RATE_HZ, Samples, resample, to_samples
from tests.room_voice import RoomVoice

SENTENCES = (
    "I worked on a large project in my last company, and the customer was a bank with many branches.",
    "They wanted to know every evening how much money was in each of them, so I talked to the people who worked there.",
    "Then I wrote a small program that collected the numbers, and in the end the report was ready in ten minutes.",
    "We moved the service from one database to another without stopping it, and nobody noticed.",
    "My biggest weakness is that I say yes too often, so I started to write down what I had promised.",
    "The container restarts when the health check fails three times in a row.",
    "The latency went from two hundred milliseconds to forty after we added a cache in front of the database.",
    "I disagreed with my manager about the deadline, and I showed her what we would have to leave out.",
    "Nobody owned the tests, so I made a list of the slow ones and fixed the worst of them every Friday.",
    "If I did it again I would talk to the customer first and write the code later.",
    "I led a team of four people, and two of them had never worked with payments before.",
    "The customer called on a Sunday night because their invoices were sent twice.",
    "I asked him what he needed instead of telling him what I thought.",
    "It saved us about thirty thousand dollars in the first year.",
    "We learned to release small changes every day.",
    "I don't know, I have never done that.",
    "Yes, twice.",
    "Mostly Java.",
)
NOISES_DB = (None, 20, 10, 5, 0, -5, -10)
"""How much louder the voice is than the noise."""
BANDS = (0.0, 0.4, 0.5, CONFIDENCE_NEEDED, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Heard:
    """One sentence in some noise."""

    noise: str
    said: str
    text: str
    confidence: float

    @property
    def words(self) -> int:
        return len(_plain(self.said).split())

    @property
    def wrong(self) -> float:
        """Words wrong, as a share of those said; at most all of them."""
        return min(1.0, jiwer.wer(_plain(self.said), _plain(self.text) or "-"))


def _plain(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum() or sign == " ")


def _hiss(length: int, seed: int) -> Samples:
    return np.random.default_rng(seed).normal(0, 1, length).astype(np.float32)


def _others(spoken: list[Samples], number: int) -> Samples:
    """Three other people who talk at the same time."""
    length = len(spoken[number])
    voices = [spoken[(number + step) % len(spoken)] for step in (2, 5, 9)]
    return np.sum([np.resize(voice, length) for voice in voices], axis=0)


def _mixed(voice: Samples, noise: Samples, level_db: int) -> Samples:
    share = math.sqrt(float(np.mean(np.square(voice)) / np.mean(np.square(noise)))) / 10 ** (level_db / 20)
    return (voice + share * noise).astype(np.float32)


def listen() -> list[Heard]:
    """Every sentence in every noise."""
    model, room = Moonshine(), RoomVoice()
    spoken = [resample(to_samples(room.hear([0.3, text, 0.3])), VOICE_RATE_HZ, EAR_RATE_HZ) for text in SENTENCES]
    found: list[Heard] = []
    for level_db in NOISES_DB:
        for number, (said, voice) in enumerate(zip(SENTENCES, spoken, strict=True)):
            noises = {"hiss": _hiss(len(voice), number), "other voices": _others(spoken, number)}
            kinds = {"none": voice}
            if level_db is not None:
                kinds = {f"{kind}, {level_db:+} dB": _mixed(voice, noise, level_db) for kind, noise in noises.items()}
            for kind, sound in kinds.items():
                tokens = model.read(sound)
                text = b"".join(token.data for token in tokens).decode(errors="ignore").strip()
                confidence = math.exp(sum(token.logprob for token in tokens) / len(tokens)) if tokens else 0.0
                found.append(Heard(kind, said, text, confidence))
    return found


def _row(label: str, some: list[Heard]) -> str:
    words = sum(one.words for one in some)
    wrong = sum(one.words * one.wrong for one in some) / words
    sure = sum(one.words * one.confidence for one in some) / words
    below = sum(one.confidence < CONFIDENCE_NEEDED for one in some)
    return f"| {label} | {len(some)} | {wrong:.0%} | {sure:.2f} | {below} |"


def main() -> None:
    found = listen()
    print(f"| noise | lines | words wrong | confidence | lines below {CONFIDENCE_NEEDED} |\n|---|---|---|---|---|")
    for noise in sorted({one.noise for one in found}, key=[one.noise for one in found].index):
        print(_row(noise, [one for one in found if one.noise == noise]))
    print("\n| confidence | lines | words wrong | confidence | |\n|---|---|---|---|---|")
    for low, high in pairwise(BANDS):
        some = [one for one in found if low <= one.confidence < high]
        if some:
            print(_row(f"{low} to {high}", some))


if __name__ == "__main__":
    main()
