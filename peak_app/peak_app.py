"""Entry of the web process: the pages, the routes around them, and what runs beside them."""

import reflex as rx

# Reflex imports this at the first form that is sent, on the event loop of everyone: nearly a second, so now.
import reflex.model

from peak_app.api.application import around, connections
from peak_app.api.mail_delivery import deliver_mail
from peak_app.pages.registry import register_pages
from peak_app.state.failures import answer_failure, note_browser_failure
from peak_app.state.guard import Guard
from peak_app.state.live import live_updates

app = rx.App(
    api_transformer=around,
    backend_exception_handler=answer_failure,
    frontend_exception_handler=note_browser_failure,
)
app.add_middleware(Guard())
app.register_lifespan_task(connections)
app.register_lifespan_task(deliver_mail)
app.register_lifespan_task(live_updates)
register_pages(app)
