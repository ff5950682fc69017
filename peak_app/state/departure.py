"""Deleting one's account."""

import asyncio
from typing import Any

import reflex as rx

from peak_app.errors import PeakError
from peak_app.state.forgetting import forget_shown
from peak_app.state.form import sent
from peak_app.state.session import signed_in
from peak_app.state.tabs import tabs
from peak_app.wiring import services


class DepartureState(rx.State):
    is_asking: bool = False
    error: str = ""

    @rx.event
    async def ask(self, is_open: bool):
        """Open or close the question whether the account shall be deleted."""
        await signed_in(self)
        self.is_asking = is_open is True
        self.error = ""

    @rx.event
    async def delete(self, form: dict[str, Any]):
        user_id = await signed_in(self)
        self.error = ""
        try:
            # All open tabs are sent to the sign-in page; this one has another page to go to.
            with tabs().without(self.router.session.client_token):
                farewell = await asyncio.to_thread(services().departures.delete_account, user_id, sent(form, "email"))
        except PeakError as problem:
            self.error = problem.sentence
            return None
        services().accounts.forget_answers()
        await forget_shown(self)
        return rx.redirect(f"/goodbye?receipt={farewell.secret}", replace=True)
