from datetime import timedelta

import pytest

from peak_app.domain.accounts.lifetimes import SESSION_IDLE, SESSION_LIFE, is_session_valid
from tests.fakes.clock import FakeClock

NOW = FakeClock()()
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("age", "idle", "is_revoked", "is_valid"),
    [
        (timedelta(), timedelta(), False, True),
        (timedelta(days=7) - MOMENT, SESSION_IDLE - MOMENT, False, True),
        (timedelta(days=7), SESSION_IDLE, False, False),
        (SESSION_LIFE - MOMENT, timedelta(), False, True),
        (SESSION_LIFE, timedelta(), False, False),
        (timedelta(), timedelta(), True, False),
    ],
)
def test_a_session_is_valid_until_it_is_idle_old_or_revoked(
    age: timedelta, idle: timedelta, is_revoked: bool, is_valid: bool
) -> None:
    assert (
        is_session_valid(
            expires_at=NOW - age + SESSION_LIFE,
            last_seen_at=NOW - idle,
            revoked_at=NOW if is_revoked else None,
            at=NOW,
        )
        is is_valid
    )
