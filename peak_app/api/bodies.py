"""Bodies of requests: read at most so much, and checked for what they are."""

import asyncio
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from peak_app.errors import InvalidInput, PeakError
from peak_app.i18n.catalogue import t

FORM_LIMIT = 8 * 1024
"""Bytes of a form: an address, a path, a code."""
BODY_WITHIN_S = 60.0
"""Longest time a body may take to arrive: 4 MB at half a megabit per second."""
# A body somewhat too large is read to its end all the same: a browser that is cut off while it sends sees no answer.
_DISCARDED = 8 * 1024 * 1024
_FIELDS = 20

Model = TypeVar("Model", bound=BaseModel)


class BodyTooLarge(PeakError):
    status_code = 413

    def __init__(self, limit: int) -> None:
        super().__init__(t("refusal.too_large", limit=limit))


class BodyTooSlow(PeakError):
    status_code = 408


class MediaTypeNotTaken(PeakError):
    status_code = 415


def media_type_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body.

    Raises:
        BodyTooLarge: without keeping more than `limit` bytes.
        BodyTooSlow
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit + _DISCARDED:
        raise BodyTooLarge(limit)
    body, length = bytearray(), 0
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for piece in request.stream():
                length += len(piece)
                if length <= limit:
                    body += piece
                elif length > limit + _DISCARDED:
                    break
    except TimeoutError:
        raise BodyTooSlow(t("refusal.too_slow")) from None
    if length > limit:
        raise BodyTooLarge(limit)
    return bytes(body)


async def read_form(request: Request) -> dict[str, str]:
    """Fields of a plain HTML form; of a repeated field the last value counts.

    Raises:
        BodyTooLarge, MediaTypeNotTaken, InvalidInput
    """
    if media_type_of(request) != "application/x-www-form-urlencoded":
        raise MediaTypeNotTaken(t("refusal.send_form"))
    body = await read_body(request, FORM_LIMIT)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        raise InvalidInput(t("refusal.form")) from None


async def read_json(request: Request, model: type[Model], limit: int) -> Model:
    """The JSON body as a value of the model.

    Raises:
        BodyTooLarge, MediaTypeNotTaken, InvalidInput
    """
    if media_type_of(request) != "application/json":
        raise MediaTypeNotTaken(t("refusal.send_json"))
    try:
        return model.model_validate_json(await read_body(request, limit))
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, found["loc"])) or "the document" for found in error.errors()}))
        raise InvalidInput(t("refusal.malformed", fields=fields)) from None
