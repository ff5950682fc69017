import pytest

from tests.contracts.realtime_conformance.client import proxy_for
from tests.live.outcomes import Outcome, exit_status


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ([], 3),
        ([None, None], 3),
        ([True, None], 0),
        ([True, False, None], 1),
        ([False], 1),
    ],
)
def test_the_exit_status_tells_passed_failed_and_not_configured_apart(outcomes: list[bool | None], status: int) -> None:
    assert exit_status([Outcome("x", is_passed, "") for is_passed in outcomes]) == status


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("ws://127.0.0.1:3010/v1", None),
        ("ws://[::1]:3010/v1", None),
        ("ws://localhost:3010/v1", None),
        ("wss://api.openai.com/v1", True),
    ],
)
def test_only_this_machine_is_reached_past_the_proxy_of_the_environment(url: str, proxy: bool | None) -> None:
    assert proxy_for(url) is proxy
