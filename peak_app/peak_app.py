"""Entry of the web process: the pages, the routes around them, and what runs beside them."""

import reflex as rx

# Reflex imports this at the first form that is sent, on the event loop of everyone: nearly a second, so now.
import reflex.model
from starlette.routing import Mount
from starlette.types import ASGIApp

from peak_app.api.application import around, connections
from peak_app.api.gate import WEBHOOK_PATH
from peak_app.api.mail_delivery import deliver_mail
from peak_app.api.payments import keep_up_with_payments
from peak_app.config import settings
from peak_app.domain.billing.allowance import PLUS
from peak_app.domain.billing.sandbox import PRODUCT_ID, SANDBOX_PATH, has_sandbox, sandbox_secret, sandbox_token
from peak_app.embedded.payments_sandbox.server import Sandbox, Terms
from peak_app.embedded.payments_sandbox.shapes import Product
from peak_app.pages.registry import register_pages
from peak_app.state.failures import answer_failure, note_browser_failure
from peak_app.state.guard import Guard
from peak_app.state.live import live_updates
from peak_app.wiring import plans_of_settings


def whole(pages: ASGIApp) -> ASGIApp:
    """The web process, with the payments sandbox where there is one: see docs/adr/0010-payments-sandbox.md."""
    return around(pages, [Mount(SANDBOX_PATH, _sandbox().app())] if has_sandbox(settings()) else [])


def _sandbox() -> Sandbox:
    known = settings()
    plan = plans_of_settings(known)[PLUS]
    return Sandbox(
        Terms(
            sold=Product(
                PRODUCT_ID, f"PeakInterviewsAI {plan.name}", plan.included_minutes, plan.price_cents, plan.currency
            ),
            token=sandbox_token(known),
            webhook_url=f"http://127.0.0.1:{known.port}{WEBHOOK_PATH}",
            webhook_secret=sandbox_secret(known),
            file=known.home / "payments-sandbox.json",
        )
    )


app = rx.App(
    api_transformer=whole,
    backend_exception_handler=answer_failure,
    frontend_exception_handler=note_browser_failure,
)
app.add_middleware(Guard())
app.register_lifespan_task(connections)
app.register_lifespan_task(deliver_mail)
app.register_lifespan_task(keep_up_with_payments)
app.register_lifespan_task(live_updates)
register_pages(app)
