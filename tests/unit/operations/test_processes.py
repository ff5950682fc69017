import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from peak_app.config import Settings
from peak_app.domain.operations.processes import ProcessHealth, read_processes
from peak_app.heartbeat import beat

SINCE = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def settings(settings_for_tests: Callable[..., Settings]) -> Settings:
    settings = settings_for_tests()
    for name in ("code_server", "worker"):
        beat(settings, name)
    return settings


def tell(settings: Settings, document: object) -> None:
    (settings.home / "run" / "components.json").write_text(json.dumps(document))


def component(name: str, state: str = "ready", restarts: int = 0) -> dict[str, object]:
    return {"name": name, "state": state, "pid": 7, "since": SINCE.isoformat(), "restarts": restarts}


def test_the_launchers_word_and_the_signs_of_life_make_one_list(settings: Settings):
    tell(settings, {"components": [component("web"), component("worker", restarts=2), component("daemon")]})

    assert read_processes(settings) == [
        ProcessHealth("code_server", "ready"),
        # It was said to be ready, and does not show itself.
        ProcessHealth("daemon", "missing", SINCE),
        ProcessHealth("web", "ready", SINCE),
        ProcessHealth("worker", "ready", SINCE, 2),
    ]


@pytest.mark.parametrize(
    "document", [None, [], {"components": 3}, {"components": [3]}, {"components": [{"name": "x"}]}]
)
def test_another_form_than_the_launchers_tells_nothing(settings: Settings, document: object):
    tell(settings, document)

    assert [(process.name, process.is_ready) for process in read_processes(settings)] == [
        ("code_server", True),
        ("daemon", False),
        ("worker", True),
    ]
