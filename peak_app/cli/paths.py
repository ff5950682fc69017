"""Places of the program itself."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The project folder: `rxconfig.py`, `assets`, `.web`, and `.env` when there is one."""
