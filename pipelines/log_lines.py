"""What processes of the pipeline print: our own facts, and what Dagster and libraries warn of."""

import logging
import sys

from peak_app.config import Settings
from peak_app.discreet_log import DiscreetFormatter

_OURS = ("pipelines", "peak_app")


def print_log(product: Settings) -> None:
    """Print our loggers from the level of the settings on.

    The root logger stays without a handler: Dagster prints its lines itself, and libraries' warnings go to stderr.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(DiscreetFormatter("%(levelname)s %(name)s %(message)s"))
    for name in _OURS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(product.log_level.upper())
        logger.propagate = False
