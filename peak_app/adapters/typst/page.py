"""A report, JSON on its input, as PDF on its output: `python -m peak_app.adapters.typst.page {empty folder}`."""

import os
import resource
import sys
from importlib import resources
from pathlib import Path

from pymupdf_fonts import myfont
from typst import Compiler, Fonts

_FONTS = ("figo", "figbo", "figit", "figbi", "notos", "symbol2", "math")
"""FiraGO in its four faces: Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Georgian, Thai; then Noto's symbols."""
_THREADS = 2
_MOST_MEMORY_BYTES = 1_400_000_000
"""Of address space. A talk of three hours takes 400 MB; the rest is for fonts of the machine."""
_MOST_CPU_S = 30
"""A talk of three hours takes one or two."""


def main() -> None:
    _limit()
    folder = Path(sys.argv[1])
    document = sys.stdin.buffer.read().decode()
    for name in _FONTS:
        (folder / f"{name}.otf").write_bytes(myfont(name))
    compiler = Compiler(
        input=resources.files("peak_app.adapters.typst").joinpath("report.typ").read_bytes(),
        # Scripts that ours lack are taken from the fonts of the machine, if it has any.
        font_paths=Fonts(include_system_fonts=True, font_paths=[folder]),
        sys_inputs={"report": document},
    )
    pdf = compiler.compile(format="pdf")
    if not isinstance(pdf, bytes):
        raise TypeError("a PDF is one file")
    sys.stdout.buffer.write(pdf)


def _limit() -> None:
    """Whatever people say, its PDF can't take the machine from those who are in a call."""
    os.nice(10)
    # Each thread reserves address space: with one per processor the limit would mean something else on each machine.
    os.environ["RAYON_NUM_THREADS"] = str(_THREADS)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_S, _MOST_CPU_S))
    # An image of memory has private words in it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
