"""The transcript as subtitles: WebVTT for browsers, SubRip for most other players. Pure.

A turn becomes cues of at most `CUE_LIMIT` characters; within it, time passes evenly over its characters. Unheard words
are not in the sound, so they are in no cue. Turns that overlap stay so.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from peak_app.domain.exports.report import Report
from peak_app.domain.insights.lines import Line

CUE_LIMIT = 84
"""Two rows of 42 characters, as television has it."""
SHORTEST_MS = 800
"""Time to notice a cue at all; a typed answer has no length of its own."""


@dataclass(frozen=True, slots=True)
class Cue:
    start_ms: int
    end_ms: int
    speaker: str
    text: str


def to_webvtt(report: Report) -> str:
    cues = (
        f"{_time(cue.start_ms, '.')} --> {_time(cue.end_ms, '.')}\n<v {_name(cue.speaker)}>{_escaped(cue.text)}\n"
        for cue in cues_of(report)
    )
    return "\n".join(["WEBVTT\n", *cues])


def to_subrip(report: Report) -> str:
    return "\n".join(
        f"{number}\n{_time(cue.start_ms, ',')} --> {_time(cue.end_ms, ',')}\n{_bare(f'{cue.speaker}: {cue.text}')}\n"
        for number, cue in enumerate(cues_of(report), start=1)
    )


def cues_of(report: Report) -> list[Cue]:
    """In the order in which they begin."""
    cues = [cue for line in report.results.lines for cue in _cues_of_line(line, report.speaker_of(line))]
    return sorted(cues, key=lambda cue: cue.start_ms)


def _cues_of_line(line: Line, speaker: str) -> Iterator[Cue]:
    pieces = list(_pieces(line.text))
    span_ms = max(line.duration_ms, SHORTEST_MS * len(pieces) if line.duration_ms == 0 else SHORTEST_MS)
    total = sum(map(len, pieces))
    done = 0
    for piece in pieces:
        start_ms = line.start_ms + span_ms * done // total
        done += len(piece)
        end_ms = line.start_ms + span_ms * done // total
        yield Cue(start_ms, max(end_ms, start_ms + 1), speaker, piece)


def _pieces(text: str) -> Iterator[str]:
    """Whole words together; a longer word, or a text without spaces, is cut."""
    held = ""
    for word in text.split():
        if held and len(held) + 1 + len(word) > CUE_LIMIT:
            yield held
            held = ""
        held = f"{held} {word}" if held else word
        while len(held) > CUE_LIMIT:
            yield held[:CUE_LIMIT]
            held = held[CUE_LIMIT:]
    if held:
        yield held


def _time(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}{point}{rest:03}"


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _name(speaker: str) -> str:
    # An annotation ends with the first ">", and knows no line breaks.
    return _escaped(" ".join(speaker.split()))


def _bare(text: str) -> str:
    """SubRip knows no escapes: an invisible word joiner keeps players from taking words for their markup."""
    return re.sub(r"([<{]|--)(?=\S)", "\\1\u2060", " ".join(text.split()))
