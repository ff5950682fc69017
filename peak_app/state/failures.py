"""What a page says when one of its handlers fails."""

import logging
import traceback
from typing import cast

import reflex as rx
from reflex.event import EventSpec

from peak_app.db.engine import is_away
from peak_app.domain.accounts.errors import SignedOut
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t
from peak_app.state.session import SessionState, login_path

log = logging.getLogger(__name__)


def answer_failure(exception: Exception) -> list[EventSpec]:
    """For `rx.App(backend_exception_handler=...)`: a redirect to sign in, or a notice with a sentence.

    An unexpected error is logged with where it happened, but without its message, which may carry what people said.
    """
    if isinstance(exception, SignedOut):
        return [rx.redirect(login_path(exception.next_path), replace=True)]
    if isinstance(exception, PeakError):
        return [_notice(exception.sentence)]
    if is_away(exception):
        log.warning("the database doesn't answer a handler: %s", type(exception).__name__)
        return [_notice(t("refusal.database_away"))]
    log.error("handler failed: %s\n%s", type(exception).__name__, "".join(traceback.format_tb(exception.__traceback__)))
    return [_notice(t("refusal.unexpected"))]


def _notice(sentence: str) -> EventSpec:
    # Reflex types a called handler for use in a page; here it is the event itself.
    return cast("EventSpec", SessionState.show_notice("error", sentence))


def note_browser_failure(exception: Exception) -> None:
    """For `rx.App(frontend_exception_handler=...)`: how long the browser's report was, not what it says."""
    log.warning("a page reported a failure of %s characters", len(str(exception)))
