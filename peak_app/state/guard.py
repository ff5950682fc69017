"""Decides before every event of every tab whose tab it is."""

import asyncio
import inspect
import logging
import time
from collections.abc import Iterator
from functools import cache

import reflex as rx
from reflex.event import Event
from reflex.state import BaseState, State, StateUpdate

from peak_app.config import settings
from peak_app.db.engine import is_away
from peak_app.domain.accounts.identity import SessionReference, SignedIn
from peak_app.domain.accounts.mailroom import has_local_inbox
from peak_app.domain.accounts.pace import Pace
from peak_app.i18n.catalogue import t
from peak_app.state.session import SessionState
from peak_app.state.tabs import Tab, tabs
from peak_app.wiring import services

log = logging.getLogger(__name__)

EVENTS_PER_S, EVENT_BURST = 30.0, 60.0
"""Of one tab."""
EVENTS_PER_S_AND_ACCOUNT, EVENT_BURST_OF_ACCOUNT = 100.0, 1_000.0
"""Of all tabs of one person. After a restart all of them load at once."""


def all_states(cls: type[BaseState] = State) -> Iterator[type[BaseState]]:
    for substate in cls.get_substates():
        yield substate
        yield from all_states(substate)


class Guard(rx.Middleware):
    """Runs under the lock of the tab's state before every event, that of the first page load included.

    The state of a tab is found by a token that the browser chose, so it is no proof of anything: who it belongs to
    follows from the session that the websocket was opened with, and when that changes, everything kept is dropped.
    """

    def __init__(self) -> None:
        self._of_tabs = Pace(EVENTS_PER_S, EVENT_BURST)
        self._of_people = Pace(EVENTS_PER_S_AND_ACCOUNT, EVENT_BURST_OF_ACCOUNT)

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:  # noqa: ARG002  Reflex's signature
        router = state.router
        # Only what comes from the browser names its page; events that we push or chain do not count.
        is_from_browser = bool(event.router_data)
        if is_from_browser and not self._of_tabs.admit(router.session.session_id, time.monotonic()):
            return StateUpdate(events=[])
        if is_from_browser and not _fits(event):
            return StateUpdate(events=[])
        reference = SessionReference.of_header(router.headers.raw_headers.get("authorization", ""))
        if is_from_browser and reference and not self._of_people.admit(str(reference.user_id), time.monotonic()):
            return StateUpdate(events=[])
        session = await state.get_state(SessionState)
        try:
            person = await asyncio.to_thread(_find, reference) if reference else None
        except Exception as error:
            if not is_away(error):
                raise
            # Raising would run this guard again for the notice that says so, and so on.
            log.warning("the database doesn't answer the guard: %s", type(error).__name__)
            return await _refuse(state, session)
        if session._session_id != (str(person.session_id) if person else ""):
            for cls in all_states():
                (await state.get_state(cls)).reset()
        session._show(person)
        if session.has_local_inbox != (is_kept := has_local_inbox(settings())):
            session.has_local_inbox = is_kept
        token = router.session.client_token
        if person and reference:
            tabs().note(Tab(token=token, reference=reference, route=router.route_id))
        else:
            tabs().forget(token)
        return None


@cache
def _signatures() -> dict[str, inspect.Signature]:
    """What each event of the product takes, by its full name."""
    return {
        f"{state.get_full_name()}.{name}": inspect.signature(handler.fn)
        for state in all_states()
        for name, handler in state.event_handlers.items()
    }


def _fits(event: Event) -> bool:
    """Whether an event brings the arguments its handler takes; a page of ours always does."""
    signature = _signatures().get(event.name)
    if signature is None:
        # Reflex's own; what it does not know either, it passes over.
        return True
    try:
        signature.bind(None, **event.payload)
    except TypeError:
        return False
    return True


async def _refuse(state: BaseState, session: SessionState) -> StateUpdate:
    """Drop the event and say why. Nothing else of the tab is sent, since nobody knows whose it is."""
    session._say("error", t("refusal.database_away"))
    root = state._get_root_state()
    said = {
        name: fields for name, fields in (await root._get_resolved_delta()).items() if name == session.get_full_name()
    }
    root._clean()
    return StateUpdate(delta=said)


def _find(reference: SessionReference) -> SignedIn | None:
    return services().accounts.find_signed_in(reference)
