"""How long secrets live. Pure rules."""

from datetime import datetime, timedelta

LINK_LIFE = timedelta(minutes=10)
LINKS_WINDOW = timedelta(minutes=15)
LINKS_PER_WINDOW = 3
"""Links one address may be sent within the window."""
LINKS_PER_WINDOW_AND_IP = 20
"""Links one network address may ask for within the window: an office signs in through one."""
CODE_TRIES = 5
"""Wrong codes after which a link's digits are void; its token can't be guessed and stays good."""
CODE_TRIES_PER_DAY = 20
"""Wrong codes for one address in a day after which only links help: fresh links must not make guessing worth while."""
STARTS_PER_WINDOW_AND_IP = 30
"""Sign-ins at providers one network address may begin within `LINKS_WINDOW`; and as many answers may come from it."""

SESSION_IDLE = timedelta(days=7)
SESSION_LIFE = timedelta(days=30)
SEEN_STEP = timedelta(minutes=5)
"""How exactly the last use of a session is noted; finer would write on every request."""


def is_session_valid(
    *, expires_at: datetime, last_seen_at: datetime, revoked_at: datetime | None, at: datetime
) -> bool:
    return revoked_at is None and at < expires_at and at - last_seen_at < SESSION_IDLE
