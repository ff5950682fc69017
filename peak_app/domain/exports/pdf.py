"""A report as PDF, set by Typst. What people said is handed over as data, so that none of it is taken for markup."""

import json
import unicodedata
from dataclasses import asdict
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from peak_app.domain.exports.outline import Outline
from peak_app.i18n.catalogue import t

if TYPE_CHECKING:
    from typst import Fonts

_FONTS = ("figo", "figbo", "figit", "figbi", "notos", "symbol2", "math")
"""FiraGO in its four faces: Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Georgian, Thai; then Noto's symbols."""
_ALL = """
#for face in (("normal", 400), ("normal", 700), ("italic", 400), ("italic", 700)) {
  text(font: "FiraGO", style: face.at(0), weight: face.at(1), fallback: false)[x]
}
#for family in ("Noto Sans", "Noto Sans Symbols 2", "Noto Sans Math") { text(font: family, fallback: false)[x] }
"""


def to_pdf(outline: Outline) -> bytes:
    """Takes about a second for each hour of talk."""
    # Both are large, and only those who export a PDF need them.
    from typst import Compiler  # noqa: PLC0415

    document = {**_directed(asdict(outline)), "words": _words()}
    compiler = Compiler(
        input=resources.files("peak_app.domain.exports").joinpath("report.typ").read_bytes(),
        font_paths=_fonts(),
        sys_inputs={"report": json.dumps(document, ensure_ascii=False)},
    )
    pdf = compiler.compile(format="pdf")
    # Pages come one by one only as pictures.
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fonts() -> "Fonts":
    """Read once. Scripts that ours lack are taken from the fonts of the machine, if it has any."""
    from pymupdf_fonts import myfont  # noqa: PLC0415
    from typst import Compiler, Fonts  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        for name in _FONTS:
            (Path(folder) / f"{name}.otf").write_bytes(myfont(name))
        fonts = Fonts(include_system_fonts=True, font_paths=[folder])
        # A font is read at its first use, and then kept; the files don't stay.
        Compiler(input=_ALL.encode(), font_paths=fonts).compile(format="pdf")
    return fonts


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
    """The same, with each text as `{"text", "rtl"}`: every paragraph runs as its first letter does."""
    if isinstance(value, str):
        return {"text": value, "rtl": is_right_to_left(value)}
    if isinstance(value, dict):
        return {key: _directed(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_directed(entry) for entry in value]
    return value


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction goes to the left."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL"))
    return next(strong, "L") != "L"
