"""Questions, answers and their quotes as the page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from peak_app.domain.insights.answers import AnswerClaim, CitedMoment
from peak_app.domain.insights.models import ChatMessage
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import day_text, offset_text
from peak_app.state.insight_rows import engine_text


@dataclass
class QuoteRow:
    """Words that were said, and where; `path` leads there from another page, `label` says so to those who can't see.

    `quote` is empty when the sentence it belongs to has the same words.
    """

    line_id: str
    quote: str
    place: str
    path: str
    at_ms: int
    label: str


@dataclass
class ClaimRow:
    """A sentence of an answer, and the words it rests on."""

    text: str
    quotes: list[QuoteRow] = field(default_factory=list)


@dataclass
class MessageRow:
    """A question or an answer. `engine` says who wrote an answer; empty for a question."""

    message_id: str
    is_question: bool
    text: str
    engine: str
    claims: list[ClaimRow] = field(default_factory=list)


def message_row(message: ChatMessage, zone: tzinfo) -> MessageRow:
    return MessageRow(
        message_id=str(message.id),
        is_question=message.role == "user",
        text=message.text,
        engine=engine_text(message.engine),
        claims=claim_rows([AnswerClaim.model_validate(claim) for claim in message.claims], zone),
    )


def claim_rows(claims: Sequence[AnswerClaim], zone: tzinfo) -> list[ClaimRow]:
    return [
        ClaimRow(claim.text, [_quote_row(moment, claim.text, zone) for moment in claim.citations]) for claim in claims
    ]


def _quote_row(moment: CitedMoment, text: str, zone: tzinfo) -> QuoteRow:
    at = offset_text(moment.start_ms)
    speaker = t("transcript.you") if moment.speaker == "candidate" else t("ask.agent")
    day = day_text(moment.held_at, zone, datetime.now(UTC)) if moment.held_at else ""
    is_said = moment.quote in text
    return QuoteRow(
        line_id=moment.line_id,
        quote="" if is_said else moment.quote,
        place=" · ".join(part for part in (moment.title, day, speaker, at) if part),
        path=f"/meetings/{moment.meeting_id}?line={moment.line_id}",
        at_ms=moment.start_ms,
        # What the answer says already is not shown twice; by name a quote is known by its words all the same.
        label=t("ask.cite_words", at=at, quote=moment.quote) if is_said else t("ask.cite", at=at),
    )
