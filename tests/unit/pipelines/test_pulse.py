import threading
import time
from collections.abc import Callable

import pytest

from peak_app.config import Settings
from peak_app.heartbeat import seconds_since_beat
from pipelines import pulse
from pipelines.pulse import Pulse


@pytest.fixture
def settings(settings_for_tests: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(pulse, "INTERVAL_S", 0.01)
    return settings_for_tests()


def beaten(settings: Settings, is_alive: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 0.3

    def check() -> bool:
        if time.monotonic() > deadline:
            # Its thread ends with the process only, and this one goes on: it shall rest.
            threading.Event().wait()
        return is_alive()

    Pulse(settings, "daemon", check).start()
    while time.monotonic() < deadline and seconds_since_beat(settings, "daemon") is None:
        time.sleep(0.01)
    return seconds_since_beat(settings, "daemon") is not None


def test_what_is_alive_beats(settings: Settings):
    assert beaten(settings, lambda: True)


def test_what_does_not_answer_does_not_beat(settings: Settings):
    assert not beaten(settings, lambda: False)


def test_a_check_that_breaks_is_a_missing_beat_and_the_next_one_counts(settings: Settings):
    answers = iter([ConnectionError("gone")])

    def check() -> bool:
        if error := next(answers, None):
            raise error
        return True

    assert beaten(settings, check)
