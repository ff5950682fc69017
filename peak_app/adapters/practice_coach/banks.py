"""The practice coach's question banks, as the embedded AI server lists them."""

from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from peak_app.errors import ServiceUnavailable
from peak_app.i18n.catalogue import t

TIMEOUT_S = 5.0


class _BankBody(BaseModel):
    id: str
    title: str
    description: str
    questions: list[str]


class _MatchBody(BaseModel):
    bank_id: str
    title: str
    is_confident: bool


_BANKS = TypeAdapter(list[_BankBody])


@dataclass(frozen=True, slots=True)
class PracticeBank:
    """A reviewed set of questions, in the order they are asked."""

    bank_id: str
    title: str
    description: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BankMatch:
    """The bank that fits someone's instructions; not confident: the general one, or a close call."""

    bank_id: str
    title: str
    is_confident: bool


class PracticeBanks:
    """Asks the embedded AI server below `ai_url` (without /v1). Methods raise `ServiceUnavailable`."""

    def __init__(self, ai_url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = f"{ai_url.rstrip('/')}/v1/practice"
        self._timeout_s = timeout_s

    async def fetch_banks(self) -> list[PracticeBank]:
        """All banks, the general one first."""
        try:
            found = _BANKS.validate_python(await self._fetch("GET", "banks"))
        except ValidationError as error:
            raise ServiceUnavailable(t("model.questions_away")) from error
        return [PracticeBank(bank.id, bank.title, bank.description, tuple(bank.questions)) for bank in found]

    async def fetch_match(self, instructions: str) -> BankMatch:
        """The bank the coach would use for these instructions."""
        try:
            found = _MatchBody.model_validate(await self._fetch("POST", "match", {"instructions": instructions}))
        except ValidationError as error:
            raise ServiceUnavailable(t("model.questions_away")) from error
        return BankMatch(found.bank_id, found.title, found.is_confident)

    async def _fetch(self, method: str, name: str, body: dict[str, str] | None = None) -> Any:
        try:
            async with httpx.AsyncClient(timeout=self._timeout_s) as client:
                answer = await client.request(method, f"{self._url}/{name}", json=body)
                answer.raise_for_status()
                return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ServiceUnavailable(t("model.questions_away")) from error
