"""Answers that say what went wrong, and the one place where unexpected errors end."""

import logging
import traceback

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from peak_app.db.engine import DatabaseNotConfigured, is_away
from peak_app.errors import PeakError, ServiceUnavailable
from peak_app.i18n.catalogue import t

log = logging.getLogger(__name__)


def error_answer(sentence: str, status_code: int, **facts: object) -> JSONResponse:
    """`facts` are what a page needs to know beside the sentence."""
    return JSONResponse({"error": sentence, **facts}, status_code, headers={"cache-control": "no-store"})


def answer_refusal(_request: Request, error: Exception) -> Response:
    """For Starlette: a `PeakError` with its own sentence and status."""
    if not isinstance(error, PeakError):
        raise error
    answer = error_answer(error.sentence, error.status_code)
    if isinstance(error, ServiceUnavailable) and error.retry_after_s is not None:
        answer.headers["retry-after"] = str(round(error.retry_after_s))
    return answer


class Boundary:
    """Unexpected errors become a 500 with a plain sentence.

    They are logged with where they happened, but without their message: that of a database error repeats values.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_started = False

        async def note_start(message: Message) -> None:
            nonlocal is_started
            is_started = is_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, note_start)
        except ClientDisconnect:
            # Nobody is there any more to be told anything.
            return
        except Exception as error:
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s failed: %s\n%s", scope["method"], type(error).__name__, where)  # noqa: TRY400
            if is_started:
                # The answer is cut off in the middle; only closing the connection tells the browser so.
                raise ConnectionAbortedError("the answer could not be finished") from None
            is_database = is_away(error) or isinstance(error, DatabaseNotConfigured)
            answer = (
                error_answer(t("refusal.database_away"), 503)
                if is_database
                else error_answer(t("refusal.unexpected"), 500)
            )
            await answer(scope, receive, send)
