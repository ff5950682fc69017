"""What the web process prints: our own lines as they are, of some libraries only where they come from."""

import logging
import sys

from peak_app.discreet_log import DiscreetFormatter


def configure_logging(level: str) -> None:
    """Print to standard output; libraries only when something is wrong."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(DiscreetFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("peak_app").setLevel(level.upper())
