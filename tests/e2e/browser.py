"""Find a Chromium for the tests in a browser. `python -m tests.e2e.browser` also installs one when there is none."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


class NoBrowser(RuntimeError):
    """No Chromium is there; the sentence says how to get one."""


def find_chromium() -> Path | None:
    """The program to start: the one PEAK_CHROMIUM names, one of the system, or Playwright's own."""
    return next((path for path in _candidates() if _works(path)), None)


def get_chromium() -> Path:
    """As `find_chromium`.

    Raises:
        NoBrowser: there is none, or the one PEAK_CHROMIUM names does not work.
    """
    found = find_chromium()
    if found is None:
        raise NoBrowser(
            "The tests need Chromium, and none was found: install it (apt-get install chromium, brew install --cask "
            "chromium, or .venv/bin/playwright install chromium), or set PEAK_CHROMIUM to its program."
        )
    return found


def _candidates() -> Iterator[Path]:
    named = os.environ.get("PEAK_CHROMIUM")
    if named:
        # Asked for by name: another one would only hide that it does not work.
        yield Path(named)
        return
    for name in _NAMES:
        if path := shutil.which(name):
            yield Path(path)
    yield from map(Path, _APPLICATIONS)
    with sync_playwright() as playwright:
        yield Path(playwright.chromium.executable_path)


def _works(path: Path) -> bool:
    # Some systems have a `chromium` that only says how to install one.
    if not path.is_file():
        return False
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _ways_to_install() -> Iterator[list[list[str]]]:
    if platform.system() == "Darwin" and shutil.which("brew"):
        yield [["brew", "install", "--cask", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        yield [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]]
    yield [[sys.executable, "-m", "playwright", "install", "chromium"]]


def main() -> int:
    for commands in _ways_to_install():
        if find_chromium() or os.environ.get("PEAK_CHROMIUM"):
            break
        for command in commands:
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(command, stdin=subprocess.DEVNULL, env=environment, timeout=900, check=False)
    try:
        sys.stdout.write(f"Chromium: {get_chromium()}\n")
    except NoBrowser as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
