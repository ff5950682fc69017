"""What the web process prints: our own lines as they are, of some libraries only where they come from."""

import logging
import sys
import traceback
from types import TracebackType

ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

# Their messages repeat what pages and people send: events with all their headers, values of rows, errors as a whole.
_TALKATIVE = ("reflex", "asyncio", "socketio", "engineio", "sqlalchemy", "psycopg")


class DiscreetFormatter(logging.Formatter):
    """Puts the place of a talkative library's line in place of its words, and leaves messages of errors out."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name.partition(".")[0].partition("_")[0] not in _TALKATIVE:
            return super().format(record)
        error = record.exc_info[0] if record.exc_info else None
        place = logging.makeLogRecord(
            {
                "name": record.name,
                "levelname": record.levelname,
                "levelno": record.levelno,
                "created": record.created,
                "msg": f"see line {record.lineno}{f': {error.__name__}' if error else ''}",
            }
        )
        return super().format(place)

    def formatException(self, ei: ErrorInfo) -> str:  # noqa: N802  a name of the standard library
        """Where it happened, and its type: the message of a database error repeats values."""
        kind, _, trace = ei
        return "".join(traceback.format_tb(trace)) + (kind.__name__ if kind else "")


def configure_logging(level: str) -> None:
    """Print to standard output; libraries only when something is wrong."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(DiscreetFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("peak_app").setLevel(level.upper())
