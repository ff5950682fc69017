"""A browser, which only the tests need."""

import os
import shutil
from pathlib import Path

from peak_app.cli.checks.finding import Finding, Verdict
from peak_app.config import Settings


def browser(_settings: Settings) -> Finding:
    named = os.environ.get("PEAK_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found and Path(found).is_file():
        return Finding("Chromium", Verdict.OK, f"{found}, for the tests")
    return Finding("Chromium", Verdict.NOTE, "not found; only the tests need it, and `make test` looks for one")
