"""The browser side of the player. Its files share one state, so they lie side by side in the built page."""

from pathlib import Path

import reflex as rx

MOMENTS = rx.asset("moments.jsx", shared=True).importable_path
TRANSCRIPT = rx.asset("transcript.jsx", shared=True).importable_path
for _part in sorted(path.name for path in Path(__file__).parent.glob("*.js*")):
    # Each is imported by its relative name.
    rx.asset(_part, shared=True)
