"""How many, how often, how long. Pure rules."""

from datetime import timedelta

MOST_PASSKEYS = 10
"""Of one account."""
QUESTION_LIFE = timedelta(minutes=5)
"""How long a browser waits for its person, and we for the browser."""
TRIES_WINDOW = timedelta(minutes=15)
TRIES_PER_WINDOW_AND_IP = 30
"""Questions one network address may ask for within the window, and as many answers may come from it."""
TRIES_PER_WINDOW_AND_ACCOUNT = 20
"""Questions an account may ask for to add passkeys, answers that add one, uses of its passkeys, and removals: each."""
