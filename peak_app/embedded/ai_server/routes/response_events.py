"""Responses as server-sent events: order and fields as the service sends them."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson

_WORDS = re.compile(r"\s*\S+\s*")


def words_of(text: str) -> list[str]:
    """A finished text in the pieces a stream brings it in."""
    return _WORDS.findall(text)


class EventLines:
    """The events of one response, in the order `opening`, `piece` for each part of its text, `closing`."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body
        self._numbers = count()
        item = body["output"][0]
        self._place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
        self._is_text_open = False

    def opening(self) -> Iterator[bytes]:
        item = self._body["output"][0]
        begun = {**self._body, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
        yield self._line("response.created", response=begun)
        yield self._line("response.in_progress", response=begun)
        yield self._line(
            "response.output_item.added", output_index=0, item={**item, "status": "in_progress", "content": []}
        )

    def piece(self, text: str) -> bytes:
        return self._open_text() + self._line("response.output_text.delta", **self._place, delta=text, logprobs=[])

    def closing(self, body: dict[str, Any]) -> Iterator[bytes]:
        """The finished response, which may be a refusal or incomplete."""
        item = body["output"][0]
        part = item["content"][0]
        if part["type"] == "output_text":
            yield self._open_text() + self._line(
                "response.output_text.done", **self._place, text=part["text"], logprobs=[]
            )
        else:
            yield self._line("response.content_part.added", **self._place, part={**part, "refusal": ""})
            yield self._line("response.refusal.delta", **self._place, delta=part["refusal"])
            yield self._line("response.refusal.done", **self._place, refusal=part["refusal"])
        yield self._line("response.content_part.done", **self._place, part=part)
        yield self._line("response.output_item.done", output_index=0, item=item)
        kind = "response.incomplete" if body["status"] == "incomplete" else "response.completed"
        yield self._line(kind, response=body)

    def failure(self, code: str, message: str) -> bytes:
        """The end of a stream that could not be finished."""
        return self._line("error", code=code, message=message, param=None)

    def _open_text(self) -> bytes:
        if self._is_text_open:
            return b""
        self._is_text_open = True
        part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
        return self._line("response.content_part.added", **self._place, part=part)

    def _line(self, kind: str, **fields: Any) -> bytes:
        event = {"type": kind, **fields, "sequence_number": next(self._numbers)}
        return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(event))
