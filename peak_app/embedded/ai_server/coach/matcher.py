"""Which bank fits free-text instructions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from peak_app.embedded.ai_server.coach.bank import GENERAL_BANK, Bank, banks
from peak_app.embedded.ai_server.embedder import SentenceVectors, Vectors
from peak_app.ports.voice import RULES_HEADING

CONFIDENT_SCORE = 0.45
"""Below this the instructions are about something no bank covers."""
CONFIDENT_LEAD = 0.03
"""Smaller distances to the second bank are chance."""
_KEYWORD_BONUS = 0.09
_MAX_KEYWORDS = 3
_MAX_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bank and how well it fits, 0 to about 1."""

    bank: Bank
    similarity: float


@dataclass(frozen=True, slots=True)
class Match:
    """`best` is the general bank when nothing fits; then `is_confident` is false."""

    best: Candidate
    is_confident: bool
    alternatives: list[Candidate]


class BankMatcher:
    """Compares instructions with the description and the examples of each bank, and counts its keywords."""

    def __init__(self, embedder: SentenceVectors) -> None:
        self._embedder = embedder
        self._known: dict[str, Match] = {}
        self._references: dict[str, Vectors] = {}

    async def match(self, instructions: str) -> Match:
        """The fitting bank; the same instructions always give the same one."""
        text = _plain(instructions)[:_MAX_CHARS]
        known = self._known.get(text)
        if known is None:
            known = await self._compare(text)
            if len(self._known) >= 256:
                self._known.pop(next(iter(self._known)))
            self._known[text] = known
        return known

    async def _compare(self, text: str) -> Match:
        if not text:
            return Match(Candidate(banks()[GENERAL_BANK], 0.0), False, [])
        if not self._references:
            self._references = {
                bank.id: await self._embedder.embed([f"{bank.title}. {bank.description}", *bank.examples])
                for bank in banks().values()
            }
        asked = (await self._embedder.embed([text]))[0]
        ranked = sorted(
            (Candidate(bank, self._score(bank, text, asked)) for bank in banks().values()),
            key=lambda candidate: -candidate.similarity,
        )
        best, second = ranked[0], ranked[1]
        is_confident = best.similarity >= CONFIDENT_SCORE and best.similarity - second.similarity >= CONFIDENT_LEAD
        if best.similarity < CONFIDENT_SCORE:
            general = next(candidate for candidate in ranked if candidate.bank.id == GENERAL_BANK)
            best = general
        return Match(best, is_confident, [candidate for candidate in ranked if candidate is not best][:3])

    def _score(self, bank: Bank, text: str, asked: np.ndarray) -> float:
        similarities = self._references[bank.id] @ asked
        closeness = float(0.7 * similarities.max() + 0.3 * similarities.mean())
        return round(closeness + _KEYWORD_BONUS * min(_MAX_KEYWORDS, _count_keywords(bank.keywords, text)), 4)


def _plain(instructions: str) -> str:
    # The name line, and the rules a call puts behind the person's own words, say nothing about the subject.
    about = instructions.split(RULES_HEADING, 1)[0]
    return re.sub(r"^\s*your name is [^.\n]*\.?", "", about, flags=re.IGNORECASE).strip()


def _count_keywords(keywords: Sequence[str], text: str) -> int:
    lowered = text.lower()
    return sum(1 for keyword in keywords if re.search(rf"(?<!\w){re.escape(keyword.lower())}(?!\w)", lowered))
