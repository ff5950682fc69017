from collections.abc import Callable
from importlib.util import find_spec

import pytest

from peak_app.cli.checks.finding import Source, Verdict
from peak_app.cli.checks.rooms import rooms
from peak_app.config import Settings

Make = Callable[..., Settings]
KEYS = {"stream_api_key": "key", "stream_api_secret": "stream-hush"}


def test_without_keys_calls_go_straight_to_the_bridge(settings_for_tests: Make):
    found = rooms(settings_for_tests())
    assert (found.verdict, found.source) == (Verdict.OK, Source.EMBEDDED)


@pytest.mark.parametrize("name", KEYS)
def test_half_of_the_keys_is_wrong(settings_for_tests: Make, name: str):
    found = rooms(settings_for_tests(**{name: KEYS[name]}))
    assert (found.verdict, "half configured" in found.sentence) == (Verdict.WRONG, True)
    assert "hush" not in found.line()


def test_keys_without_the_extra_are_wrong_and_the_command_is_said(settings_for_tests: Make):
    assert find_spec("getstream") is None, "the default install has nothing of Stream"
    found = rooms(settings_for_tests(**KEYS))
    assert (found.verdict, "pip install" in found.sentence) == (Verdict.WRONG, True)
    assert "hush" not in found.line()
