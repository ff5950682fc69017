"""Reading bodies and writing JSON for all routes."""

from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from peak_app.embedded.ai_server.engines import Engines
from peak_app.embedded.ai_server.faults import ApiFault, InvalidRequest, TooLarge, from_validation
from peak_app.embedded.ai_server.limits import MAX_BODY_BYTES

M = TypeVar("M", bound=BaseModel)


def json_reply(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def engines_of(request: Request) -> Engines:
    """The loaded engines of the application."""
    return request.app.state.engines


async def read_body(request: Request) -> bytes:
    """The whole body; raises `TooLarge`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(f"A request holds at most {MAX_BODY_BYTES // 2**20} MiB.", "request_too_large")
    return bytes(body)


async def read_json(request: Request, shape: type[M]) -> M:
    """The body as `shape`; raises `InvalidRequest` or `TooLarge`."""
    body = await read_body(request)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("The body is not valid JSON.", "invalid_json") from error
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        raise from_validation(error, "") from error


async def fault_reply(_: Request, fault: Exception) -> Response:
    """An `ApiFault` as the API tells it."""
    assert isinstance(fault, ApiFault)
    return json_reply({"error": fault.body()}, fault.status_code)


async def http_fault_reply(_: Request, fault: Exception) -> Response:
    """Routing errors (404, 405) in the same shape."""
    assert isinstance(fault, HTTPException)
    sentence = {404: "There is no such address here.", 405: "This address does not take that method."}.get(
        fault.status_code, "The request could not be served."
    )
    body = {"type": "invalid_request_error", "code": "not_found", "message": sentence, "param": None}
    return json_reply({"error": body}, fault.status_code)
