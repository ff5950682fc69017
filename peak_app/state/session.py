"""Who is signed in in this tab, and the one sentence the page shows as a notice.

How other states use it:

    class MeetingsState(rx.State):
        @rx.event
        async def load(self):
            user_id = await signed_in(self)                      # signed out: redirect to /login, handler ends
            meetings = services().meetings
            self.rows = ... await asyncio.to_thread(meetings.list_newest, user_id)
            await notify(self, "success", "Saved.")              # shown by the Notifier of the page

`signed_in` is asked in every handler, also those of `on_load`: every method of a state without a leading underscore can
be called by anyone with any arguments. A `PeakError` that leaves a handler becomes a notice with its sentence, so
handlers need no `try`. In a background handler call `signed_in` inside `async with self`, keep the id, and before
writing results back call it again and compare: the tab may belong to someone else by then.
"""

from typing import Literal
from urllib.parse import quote
from uuid import UUID

import reflex as rx

from peak_app.db.ids import new_id
from peak_app.domain.accounts.errors import SignedOut
from peak_app.domain.accounts.identity import SignedIn
from peak_app.domain.accounts.paths import DEFAULT_PATH, is_local_path
from peak_app.state.form import typed_text

Level = Literal["info", "success", "warning", "error"]
_LEVELS = ("info", "success", "warning", "error")
_NOTICE_LIMIT = 300


class SessionState(rx.State):
    """Filled by `guard.Guard` before every event. Public vars reach the browser; names with `_` never do."""

    is_signed_in: bool = False
    email: str = ""
    name: str = ""
    initials: str = ""
    time_zone: str = "UTC"
    is_operator: bool = False
    has_local_inbox: bool = False
    """Whether mail is kept in /dev/inbox instead of being sent."""
    notice: dict[str, str] = {}
    """`id` (new for every notice), `level` (info, success, warning, error) and `text`; empty: nothing to show."""

    _user_id: str = ""
    _session_id: str = ""

    @rx.event
    async def require_login(self):
        """First in `on_load` of pages that need someone. Their own handlers still ask `signed_in`."""
        await signed_in(self)

    @rx.event
    async def skip_login(self):
        """`on_load` of /login: someone who is signed in has no business there."""
        if not self._user_id:
            return None
        wanted = self.router.url.query_parameters.get("next", "")
        return rx.redirect(wanted if is_local_path(wanted) else DEFAULT_PATH, replace=True)

    @rx.event
    async def session_ended(self):
        """Pushed to the open tabs of a session that was ended elsewhere; the guard has emptied the tab by now."""
        if self._user_id:
            return None
        return rx.redirect("/login?error=signed_out", replace=True)

    @rx.event
    async def show_notice(self, level: str, text: str):
        """Show a sentence. Callable by the page itself, which can only tell itself something."""
        self._say(level, text)

    @rx.event
    async def clear_notice(self, notice_id: str = ""):
        """The page has shown the notice with this id."""
        if not notice_id or self.notice.get("id") == notice_id:
            self.notice = {}

    def _say(self, level: str, text: str) -> None:
        self.notice = {
            "id": str(new_id()),
            "level": level if level in _LEVELS else "info",
            "text": typed_text(str(text), _NOTICE_LIMIT),
        }

    def _show(self, person: SignedIn | None) -> None:
        """Make the public vars say who is signed in; assigns only what differs, so that idle events send nothing."""
        wanted = {
            "is_signed_in": person is not None,
            "email": person.email if person else "",
            "name": person.name if person else "",
            "initials": initials(person.name or person.email) if person else "",
            "time_zone": person.time_zone if person else "UTC",
            "is_operator": person.is_operator if person else False,
            "_user_id": str(person.user_id) if person else "",
            "_session_id": str(person.session_id) if person else "",
        }
        for field, value in wanted.items():
            if getattr(self, field) != value:
                setattr(self, field, value)


def initials(name: str) -> str:
    """At most two capital letters for an avatar."""
    words = name.partition("@")[0].replace(".", " ").replace("_", " ").replace("-", " ").split()
    letters = [word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)]
    return "".join(letters).upper()


def current_path(state: rx.State) -> str:
    """Path and query of the page the tab shows."""
    url = state.router.url
    return f"{url.path}?{url.query}" if url.query else url.path or "/"


async def signed_in(state: rx.State) -> UUID:
    """Id of the person this tab belongs to.

    Raises:
        SignedOut: nobody; it becomes a redirect to /login that comes back to this page.
    """
    session = await state.get_state(SessionState)
    if not session._user_id:
        raise SignedOut(current_path(state))
    return UUID(session._user_id)


async def notify(state: rx.State, level: Level, text: str) -> None:
    """Show a sentence as a notice on the page of this tab."""
    session = await state.get_state(SessionState)
    session._say(level, text)


def login_path(next_path: str) -> str:
    """/login, coming back to `next_path` when that is a page of ours worth coming back to."""
    if not is_local_path(next_path) or next_path.startswith("/login") or next_path in ("/", DEFAULT_PATH):
        return "/login"
    return f"/login?next={quote(next_path, safe='/')}"
