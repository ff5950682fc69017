"""`python -m pictures.icons`: the icons that systems want as PNG, drawn from assets/icon.svg."""

import re
import sys
from pathlib import Path

import typst

ASSETS = Path(__file__).parents[1] / "assets"
SOURCE = ASSETS / "icon.svg"
SIZES = {"icon-192": 192, "icon-512": 512, "apple-touch-icon": 180, "maskable-192": 192, "maskable-512": 512}
_FULL_BLEED = ("maskable", "apple")
SAFE = 0.72
"""Share of a maskable icon's width that the drawing takes: systems cut everything outside a circle of 80 %."""


def full_bleed(svg: str) -> str:
    """The icon without round corners, its drawing inside what no system cuts off.

    Raises:
        ValueError: the drawing is not made as it was.
    """
    square, count = re.subn(r'(<rect [^>]*?) rx="\d+"', r"\1", svg, count=1)
    head, separator, drawing = square.partition("/>\n  <path")
    if not count or not separator:
        raise ValueError("assets/icon.svg has no rounded rectangle with a drawing after it")
    centred = f"translate(32 32) scale({SAFE}) translate(-32 -32)"
    return f'{head}/>\n  <g transform="{centred}"><path{drawing.replace("</svg>", "</g></svg>")}'


def draw(name: str, svg: str) -> bytes:
    """A PNG of that name's size."""
    size = SIZES[name]
    picture = full_bleed(svg) if name.startswith(_FULL_BLEED) else svg
    page = f"#set page(width: {size}pt, height: {size}pt, margin: 0pt, fill: none)\n"
    drawing = f'#image(bytes(sys.inputs.svg), format: "svg", width: {size}pt, height: {size}pt)'
    drawn = typst.compile((page + drawing).encode(), format="png", ppi=72, sys_inputs={"svg": picture})
    assert isinstance(drawn, bytes)
    return drawn


def main() -> int:
    folder = ASSETS / "icons"
    folder.mkdir(exist_ok=True)
    for name in SIZES:
        (folder / f"{name}.png").write_bytes(draw(name, SOURCE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
