"""What the web process and Dagster's page for operators agree on: where it is, and how a request proves its way."""

from peak_app.config import Settings

OPS_PATH = "/ops"
OPS_HEADER = "x-peak-ops"
"""Added by the web process after its check of who asks; a request without it is refused."""


def ops_secret(settings: Settings) -> str:
    """What the header must hold."""
    return settings.derive("ops").hex()
