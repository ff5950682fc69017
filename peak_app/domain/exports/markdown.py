"""A report as Markdown that reads the same in any viewer: what people said can't become markup. Pure."""

import re
from collections.abc import Iterator

from peak_app.domain.exports.outline import Criterion, Outline, Remark, Row, Scores, Spoken
from peak_app.i18n.catalogue import t

_MARKUP = re.compile(r"([\\`*_{}\[\]<>&|~$])")
_BEGINNING = re.compile(r"^(\s*)([#+\-=>]|\d+(?=[.)]))")
"""What makes a heading, a list or a rule of a line that begins with it."""
# Viewers make links of "http://", "www." and "@", many of them after they have taken the backslashes away.
_LINK = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_JOINER = "\u2060"
"""Shows nothing, takes no room and breaks no line."""


def to_markdown(outline: Outline) -> str:
    return "\n".join(_lines(outline)).strip() + "\n"


def plain(text: str) -> str:
    """A text as Markdown that shows exactly it, on one line."""
    escaped = _LINK.sub(_JOINER, _MARKUP.sub(r"\\\1", " ".join(text.split())))
    if escaped.endswith("#"):
        # The end of a heading is no part of it otherwise.
        escaped = f"{escaped[:-1]}\\#"
    return _BEGINNING.sub(lambda match: f"{match[1]}{_kept(match[2])}", escaped)


def _kept(beginning: str) -> str:
    # A number stays itself when what follows it is not a list's dot any more.
    return f"{beginning}{_JOINER}" if beginning.isdigit() else f"\\{beginning}"


def _lines(outline: Outline) -> Iterator[str]:
    yield f"# {plain(outline.title)}"
    yield ""
    for fact in outline.facts:
        yield f"- {fact.label}: {plain(fact.values[0])}"
    for notice in outline.notices:
        yield ""
        yield f"> {plain(notice)}"
    for part in outline.summary[:1]:
        yield from _remarks(part.title, part.remarks, outline.engine)
    if outline.notes:
        yield from _heading(t("summary.questions"))
        for number, note in enumerate(outline.notes, start=1):
            yield f"{number}. **{plain(note.question)}** {note.stretch}".rstrip()
            yield f"   {plain(note.note)}"
    for part in outline.summary[1:]:
        yield from _remarks(part.title, part.remarks)
    if outline.scores:
        yield from _scorecard(outline.scores)
    if outline.delivery:
        yield from _heading(t("export.delivery"))
        yield from _table(["", ""], outline.delivery)
    if outline.latency:
        yield from _heading(t("receipt.title"))
        yield from _table(outline.latency.heads, outline.latency.rows)
    if outline.transcript:
        yield from _heading(t("tab.transcript"))
        for line in outline.transcript:
            yield from _spoken(line)


def _heading(text: str, level: int = 2) -> Iterator[str]:
    yield ""
    yield f"{'#' * level} {plain(text)}"
    yield ""


def _remarks(title: str, remarks: list[Remark], engine: str = "") -> Iterator[str]:
    yield from _heading(title)
    if engine:
        yield f"*{plain(engine)}*"
        yield ""
    for remark in remarks:
        yield f"- {plain(remark.text)}{_places(remark)}"


def _places(remark: Remark) -> str:
    return f" ({', '.join(remark.places)})" if remark.places else ""


def _scorecard(scores: Scores) -> Iterator[str]:
    yield from _heading(t("tab.scorecard"))
    about = [plain(text) for text in scores.about]
    if scores.mean:
        about[0] = f"**{scores.mean}** {about[0]}"
    for text in about:
        yield text
        yield ""
    for criterion in scores.criteria:
        yield from _criterion(criterion)


def _criterion(criterion: Criterion) -> Iterator[str]:
    yield f"### {plain(criterion.name)}: {plain(criterion.score_text)}"
    yield ""
    for text in (criterion.level, criterion.remark):
        if text:
            yield plain(text)
            yield ""
    for quote in criterion.quotes:
        yield f"> “{plain(quote.text)}”{_places(quote)}"
        yield ""


def _table(heads: list[str], rows: list[Row]) -> Iterator[str]:
    yield "| " + " | ".join([*map(plain, heads), ""]) + " |"
    yield "|" + "---|" * (len(heads) + 1)
    for row in rows:
        yield "| " + " | ".join(map(plain, [row.label, *row.values, row.what])) + " |"


def _spoken(line: Spoken) -> Iterator[str]:
    tag = f" · {t('transcript.typed')}" if line.is_typed else ""
    yield f"**{plain(line.speaker)}** {line.place}{tag}"
    unheard = f" ~~{plain(line.unheard)}~~" if line.unheard else ""
    yield f"{plain(line.text)}{unheard}"
    if line.heard:
        yield f"*{t('transcript.heard')} {plain(line.heard)}*"
    yield ""
