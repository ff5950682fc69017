"""Channels of NOTIFY that processes hear of each other by. What goes over them is ids only."""

from typing import Final

LIVE: Final = "peak_live"
"""A row that a page may show changed, or a session was ended: from triggers and sign-out to the web processes."""
OUTBOX: Final = "peak_outbox"
"""An event came into the outbox: from its trigger to the pipeline."""
