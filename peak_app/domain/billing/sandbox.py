"""Whether there is a sandbox instead of a payment provider, and under which address. Pure."""

from urllib.parse import urlsplit

from peak_app.config import Settings
from peak_app.this_machine import is_loopback

SANDBOX = "sandbox"
"""Its name among the providers."""
SANDBOX_PATH = "/dev/payments"
"""Below it lies the sandbox: what its server speaks, and pages that say that no money moves."""
PRODUCT_ID = "5a9d0c3e-7a54-4f8e-9b1f-0d5c2f6e1a11"
"""The paid plan's product in the sandbox."""


def has_sandbox(settings: Settings) -> bool:
    """Only without any key of Polar, and only for this very machine: elsewhere everyone could help themselves."""
    public_host = urlsplit(settings.origin).hostname or ""
    has_key = settings.polar_access_token or settings.polar_webhook_secret or settings.polar_product_id
    return not has_key and is_loopback(settings.host) and is_loopback(public_host)


def sandbox_token(settings: Settings) -> str:
    """What the sandbox is asked with."""
    return settings.derive("payments-sandbox").hex()


def sandbox_secret(settings: Settings) -> str:
    """What the sandbox signs its webhooks with."""
    return settings.derive("payments-sandbox-webhook").hex()
