"""Log lines of facts: the message, then `key=value` for what was given as `extra`. Errors without their messages."""

import logging
import sys

from peak_app.discreet_log import DiscreetFormatter

_KNOWN = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime", "taskName"}


class FactsFormatter(DiscreetFormatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        facts = " ".join(f"{name}={value}" for name, value in vars(record).items() if name not in _KNOWN)
        return f"{line} {facts}" if facts else line


def configure_logging(level: str) -> None:
    """Log to standard output; libraries only when something is wrong: their debug lines hold SDP and addresses."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(FactsFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("bridge", "peak_app"):
        logging.getLogger(name).setLevel(level.upper())
