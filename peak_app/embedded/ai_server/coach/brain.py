"""The practice coach as a brain: free, deterministic, and named as what it is."""

from collections.abc import AsyncIterator

from peak_app.config import EMBEDDED_MODEL
from peak_app.embedded.ai_server.coach.bank import Bank, banks
from peak_app.embedded.ai_server.coach.coach import Coach
from peak_app.embedded.ai_server.coach.matcher import BankMatcher
from peak_app.embedded.ai_server.coach.material import with_material
from peak_app.embedded.ai_server.speech.synthesiser import split_sentences
from peak_app.embedded.ai_server.turns import Context


class PracticeBrain:
    """Chooses the bank by the context and lets its coach speak."""

    name = EMBEDDED_MODEL
    is_free = True

    def __init__(self, matcher: BankMatcher) -> None:
        self._matcher = matcher
        self._coaches: dict[str, Coach] = {}

    async def _bank(self, context: Context) -> Bank:
        forced = banks().get(context.bank_id) if context.bank_id else None
        return forced or (await self._matcher.match(context.instructions)).best.bank

    async def reply(self, context: Context) -> AsyncIterator[str]:
        bank = await self._bank(context)
        asked = with_material(bank, context.instructions)
        coach = self._coaches.setdefault(bank.id, Coach(bank)) if asked is bank else Coach(asked)
        for sentence in split_sentences(coach.next_turn(context.instructions, context.turns, context.request)):
            yield sentence
