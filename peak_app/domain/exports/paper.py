"""A report for paper: what is said and how it runs. How that looks is the typesetter's. Pure."""

import json
import unicodedata
from dataclasses import asdict
from typing import Any

from peak_app.domain.exports.outline import Outline
from peak_app.i18n.catalogue import t

MOST_MARKS = 8
"""Marks on one letter. Written languages need a few, and a pile of thousands takes a typesetter all memory there is."""


def to_paper(outline: Outline) -> str:
    """The outline as JSON, each text as `{"text", "rtl"}`, and below `words` the headings that stand in no part."""
    return json.dumps({**_directed(asdict(outline)), "words": _words()}, ensure_ascii=False)


def _words() -> dict[str, str]:
    """Headings of the page itself."""
    keys = {
        "questions": "summary.questions",
        "scorecard": "tab.scorecard",
        "delivery": "export.delivery",
        "latency": "receipt.title",
        "transcript": "tab.transcript",
        "typed": "transcript.typed",
        "heard": "transcript.heard",
    }
    return {name: t(key) for name, key in keys.items()}


def _directed(value: Any) -> Any:
    if isinstance(value, str):
        return {"text": without_piles(value), "rtl": is_right_to_left(value)}
    if isinstance(value, dict):
        return {key: _directed(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_directed(entry) for entry in value]
    return value


def is_right_to_left(text: str) -> bool:
    """Whether a paragraph runs to the left: as its first letter that has a direction does."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL"))
    return next(strong, "L") != "L"


def without_piles(text: str) -> str:
    """The text with at most `MOST_MARKS` combining marks in a row."""
    kept: list[str] = []
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign).startswith("M") else 0
        if marks <= MOST_MARKS:
            kept.append(sign)
    return "".join(kept)
