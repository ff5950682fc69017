"""The question banks, for the product's own pages."""

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from peak_app.embedded.ai_server.coach.bank import banks
from peak_app.embedded.ai_server.coach.matcher import Candidate
from peak_app.embedded.ai_server.limits import MAX_TEXT_CHARS
from peak_app.embedded.ai_server.routes.replies import engines_of, json_reply, read_json


class MatchRequest(BaseModel):
    instructions: str = Field(max_length=MAX_TEXT_CHARS)


async def list_banks(_: Request) -> Response:
    """All banks with their questions."""
    return json_reply(
        [
            {
                "id": bank.id,
                "title": bank.title,
                "description": bank.description,
                "questions": [question.text for question in bank.questions],
            }
            for bank in banks().values()
        ]
    )


def _brief(candidate: Candidate) -> dict[str, object]:
    return {"bank_id": candidate.bank.id, "title": candidate.bank.title, "similarity": candidate.similarity}


async def match(request: Request) -> Response:
    """The bank the coach would use for these instructions."""
    wanted = await read_json(request, MatchRequest)
    found = await engines_of(request).matcher.match(wanted.instructions)
    return json_reply(
        {
            **_brief(found.best),
            "is_confident": found.is_confident,
            "alternatives": [_brief(candidate) for candidate in found.alternatives],
        }
    )
