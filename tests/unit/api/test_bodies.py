"""Bodies of requests, fed in pieces as a server would."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import BaseModel
from starlette.requests import Request

from peak_app.api import bodies
from peak_app.api.bodies import BodyTooLarge, BodyTooSlow, MediaTypeNotTaken, read_body, read_form, read_json
from peak_app.errors import InvalidInput

FORM = "application/x-www-form-urlencoded"


class Seat(BaseModel):
    seat: str
    number: int = 0


def request_with(
    *pieces: bytes, media_type: str = FORM, length: int | None = None, is_endless: bool = False
) -> Request:
    """A request whose body comes in these pieces; an endless one never says that it is complete."""
    headers = [(b"content-type", media_type.encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    left = list(pieces)

    async def receive() -> dict[str, object]:
        if not left and is_endless:
            await asyncio.sleep(60)
        piece = left.pop(0) if left else b""
        return {"type": "http.request", "body": piece, "more_body": bool(left) or is_endless}

    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


async def test_a_body_is_put_together() -> None:
    assert await read_body(request_with(b"ab", b"", b"cd"), 4) == b"abcd"


@pytest.mark.parametrize("length", [None, 5, 10**12])
async def test_a_body_that_is_too_large_is_refused(length: int | None) -> None:
    with pytest.raises(BodyTooLarge):
        await read_body(request_with(b"abc", b"de", length=length), 4)


async def test_a_huge_body_is_not_read_to_its_end() -> None:
    read = 0

    async def stream() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 1024 * 1024

    request = request_with()
    request.stream = stream  # type: ignore[method-assign]
    with pytest.raises(BodyTooLarge):
        await read_body(request, 4)
    assert read < 12


async def test_a_body_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_WITHIN_S", 0.05)
    with pytest.raises(BodyTooSlow):
        await read_body(request_with(b"a", is_endless=True), 4)


async def test_the_last_value_of_a_field_counts() -> None:
    assert await read_form(request_with(b"a=1&a=2&b=")) == {"a": "2", "b": ""}


@pytest.mark.parametrize("body", [b"&".join(b"a=1" for _ in range(50)), b"\xff"])
async def test_a_malformed_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        await read_form(request_with(body))


async def test_a_form_of_another_kind_is_refused() -> None:
    with pytest.raises(MediaTypeNotTaken):
        await read_form(request_with(b"a=1", media_type="multipart/form-data; boundary=x"))


async def test_json_is_read_as_a_value() -> None:
    request = request_with(b'{"seat": "a"}', media_type="application/json; charset=utf-8")
    assert await read_json(request, Seat, 100) == Seat(seat="a")


@pytest.mark.parametrize(
    ("body", "named"), [(b"{", "the document"), (b"[]", "the document"), (b'{"seat": 7}', "seat"), (b"{}", "seat")]
)
async def test_the_refusal_of_json_names_the_field_and_repeats_nothing(body: bytes, named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await read_json(request_with(body, media_type="application/json"), Seat, 100)
    assert refused.value.sentence == f"Malformed: {named}."
