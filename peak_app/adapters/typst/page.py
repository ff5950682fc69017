"""A report, JSON on its input, as PDF on its output: `python -m peak_app.adapters.typst.page`."""

import os
import sys
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from pymupdf_fonts import myfont
from typst import Compiler, Fonts

_FONTS = ("figo", "figbo", "figit", "figbi", "notos", "symbol2", "math")
"""FiraGO in its four faces: Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Georgian, Thai; then Noto's symbols."""


def main() -> None:
    # Calls that run on this machine come first.
    os.nice(10)
    document = sys.stdin.buffer.read().decode()
    with TemporaryDirectory() as folder:
        for name in _FONTS:
            (Path(folder) / f"{name}.otf").write_bytes(myfont(name))
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


if __name__ == "__main__":
    main()
