"""How the processes of the installation fare, as the launcher and they themselves write down."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from peak_app.config import Settings
from peak_app.heartbeat import ALIVE_WITHIN_S, beating_names, seconds_since_beat

READY, MISSING = "ready", "missing"
_NAME_LIMIT = 40


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """`state` is ready, missing, or what the launcher calls it. Without a launcher nothing but sound signs is known."""

    name: str
    state: str
    since: datetime | None = None
    restarts: int = 0

    @property
    def is_ready(self) -> bool:
        return self.state == READY


def read_processes(settings: Settings) -> list[ProcessHealth]:
    """Every process that is known of, by name. One that gives no sign of life is missing, whatever else is told."""
    told = {process.name: process for process in _told(settings.home / "run" / "components.json")}
    for name in beating_names(settings):
        age_s = seconds_since_beat(settings, name)
        if age_s is None or age_s > ALIVE_WITHIN_S:
            known = told.get(name)
            told[name] = ProcessHealth(name, MISSING, known.since if known else None, known.restarts if known else 0)
        else:
            told.setdefault(name, ProcessHealth(name, READY))
    return sorted(told.values(), key=lambda process: process.name)


def _told(path: Path) -> Iterator[ProcessHealth]:
    try:
        document = json.loads(path.read_text())
        components = document["components"]
        for component in components if isinstance(components, list) else ():
            yield ProcessHealth(
                name=str(component["name"])[:_NAME_LIMIT],
                state=str(component["state"])[:_NAME_LIMIT],
                since=datetime.fromisoformat(component["since"]),
                restarts=int(component["restarts"]),
            )
    except (OSError, ValueError, KeyError, TypeError):
        # No launcher of ours, or another form than it writes: then nothing is told.
        return
