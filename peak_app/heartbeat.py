"""Signs of life of processes that answer no requests (daemon, worker): a file that is touched while the loop turns."""

import time

from peak_app.config import Settings

ALIVE_WITHIN_S = 15.0
"""A process whose last sign of life is older does not work."""


def beating_names(settings: Settings) -> tuple[str, ...]:
    """The processes that show themselves so."""
    return ("code_server", "daemon", *(("worker",) if settings.has_warm_workers else ()))


def beat(settings: Settings, name: str) -> None:
    folder = settings.home / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.alive").touch()


def seconds_since_beat(settings: Settings, name: str) -> float | None:
    """Age of the last sign of life; None when there never was one."""
    try:
        return max(0.0, time.time() - (settings.home / "run" / f"{name}.alive").stat().st_mtime)
    except FileNotFoundError:
        return None
