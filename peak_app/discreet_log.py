"""Log lines without what people say: for every process that prints."""

import logging
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
        """Where it happened, and its type: messages of errors repeat values, and those are what people said."""
        kind, _, trace = ei
        return "".join(traceback.format_tb(trace)) + (kind.__name__ if kind else "")
