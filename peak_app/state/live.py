"""Open pages hear of changes: PostgreSQL announces changed rows, and every tab concerned reads them anew.

A state subscribes where it is defined or in the page's file:

    on_change(MeetingState.refresh, "/meetings/[meeting_id]")

`refresh(self, meeting_id: str)` is then called in each open tab of the meeting's owner that shows this page. Like every
handler it can be called by anyone, so it asks `signed_in`, takes the id as a hint and reads through a service. After
the database was away it is called with `WHICHEVER` in every tab: what changed meanwhile was announced to nobody.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

import psycopg
import reflex as rx
from pydantic import BaseModel, ValidationError
from reflex.event import Event

from peak_app.config import settings
from peak_app.db.address import CONNECT
from peak_app.db.channels import LIVE
from peak_app.db.engine import listen_url
from peak_app.state.session import SessionState
from peak_app.state.tabs import tabs
from peak_app.wiring import services

log = logging.getLogger(__name__)

WHICHEVER = ""
"""In place of a meeting's id: any of them may have changed."""
GATHER_S = 0.1
"""Changes of one meeting within this time are pushed as one: a pipeline step touches several tables."""
_CONNECT = {**CONNECT, "application_name": "peak live updates"}
_RECONNECT_S = (0.5, 1.0, 2.0, 5.0)
_CHECK_S = 30.0
"""Without news for so long, look whether the connection still lives and tabs are still there."""


@dataclass(frozen=True, slots=True)
class _Subscription:
    handler: Callable[[str], Any]
    routes: frozenset[str]


_SUBSCRIPTIONS: list[_Subscription] = []


def on_change(handler: Callable[[str], Any], *routes: str) -> None:
    """Call an event handler with a meeting's id whenever something of that meeting changed.

    Args:
        handler: like `MeetingState.refresh`, taking `meeting_id: str`.
        routes: patterns of the pages it is for, as given to `add_page`; none: every page.
    """
    subscription = _Subscription(handler, frozenset(routes))
    if subscription not in _SUBSCRIPTIONS:
        _SUBSCRIPTIONS.append(subscription)


_OF_PERSON: list[_Subscription] = []


def on_own_change(handler: Callable[[str], Any], *routes: str) -> None:
    """Like `on_change`, for what belongs to a person and to no meeting, such as their plan; called with ""."""
    subscription = _Subscription(handler, frozenset(routes))
    if subscription not in _OF_PERSON:
        _OF_PERSON.append(subscription)


class Announcement(BaseModel):
    """What comes over the channel: ids only. A meeting changed, a session was ended, or something of the person's."""

    owner_id: UUID
    meeting_id: UUID | None = None
    session_id: UUID | None = None


async def live_updates(app: rx.App) -> None:
    """Lifespan task: one per web process, listens as the web role for as long as the process lives."""
    failures = 0
    while True:
        started_s = time.monotonic()
        try:
            await _listen(app)
        except psycopg.Error as error:
            failures = failures + 1 if time.monotonic() - started_s < _CHECK_S else 1
            wait_s = _RECONNECT_S[min(failures, len(_RECONNECT_S)) - 1]
            log.warning("live updates lost the database (%s); next try in %s s", type(error).__name__, wait_s)
            await asyncio.sleep(wait_s)


async def _listen(app: rx.App) -> NoReturn:
    """Raises: psycopg.Error: the connection ended."""
    url = listen_url(settings(), "web")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, **_CONNECT) as connection:
        await connection.execute(f"LISTEN {LIVE}")
        # Whatever was announced while nobody listened is unknown: ended sessions above all.
        services().accounts.forget_answers()
        log.info("live updates listen")
        await push_what_was_missed(app)
        while True:
            gathered: set[tuple[UUID, UUID | None]] = set()
            async for notice in connection.notifies(timeout=_CHECK_S, stop_after=1):
                await _take(app, notice.payload, gathered)
            if not gathered:
                await connection.execute("select 1")
                tabs().prune(app.event_namespace.token_to_sid if app.event_namespace else ())
                continue
            async for notice in connection.notifies(timeout=GATHER_S):
                await _take(app, notice.payload, gathered)
            for owner_id, meeting_id in gathered:
                await push_change(app, owner_id, meeting_id)


async def _take(app: rx.App, payload: str, gathered: set[tuple[UUID, UUID | None]]) -> None:
    try:
        news = Announcement.model_validate_json(payload)
    except ValidationError:
        log.warning("an announcement on %s has an unknown form", LIVE)
        return
    if news.session_id is not None:
        await push_end_of_session(app, news.owner_id, news.session_id)
    else:
        gathered.add((news.owner_id, news.meeting_id))


async def push_change(app: rx.App, owner_id: UUID, meeting_id: UUID | None) -> None:
    """Let every open tab of the owner call the handlers that are for its page."""
    for tab in tabs().list_open(owner_id, _connected(app)):
        for subscription in _OF_PERSON if meeting_id is None else _SUBSCRIPTIONS:
            if not subscription.routes or tab.route in subscription.routes:
                await _push(app, tab.token, subscription.handler(str(meeting_id or "")))


async def push_what_was_missed(app: rx.App) -> None:
    """Let every open tab read its page anew, and find out whether its session still holds."""
    for tab in tabs().list_all(_connected(app)):
        await _push(app, tab.token, SessionState.session_ended())
        pushed: list[_Subscription] = []
        for subscription in (*_SUBSCRIPTIONS, *_OF_PERSON):
            is_for_it = not subscription.routes or tab.route in subscription.routes
            if is_for_it and subscription not in pushed:
                pushed.append(subscription)
                await _push(app, tab.token, subscription.handler(WHICHEVER))


async def push_end_of_session(app: rx.App, owner_id: UUID, session_id: UUID) -> None:
    """Empty the open tabs of a session that was ended, and send them to the sign-in page."""
    services().accounts.forget_answers()
    for tab in tabs().list_open(owner_id, _connected(app)):
        if tab.reference.session_id == session_id:
            # The guard runs first and finds the session ended: it drops what the tab shows.
            await _push(app, tab.token, SessionState.session_ended())


def _connected(app: rx.App) -> set[str]:
    return set(app.event_namespace.token_to_sid) if app.event_namespace else set()


async def _push(app: rx.App, token: str, spec: Any) -> None:
    for event in Event.from_event_type(spec):
        await app.event_processor.enqueue(token, event)
