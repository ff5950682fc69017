"""Answers as they are kept and shown: claims, each with the moments it rests on."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from peak_app.ports.language import Speaker


class CitedMoment(BaseModel):
    """Words that were said, where and when. `title` and `held_at` are the meeting's."""

    meeting_id: UUID
    title: str
    held_at: datetime | None
    line_id: str
    quote: str
    speaker: Speaker
    start_ms: int


class AnswerClaim(BaseModel):
    text: str
    citations: list[CitedMoment]
