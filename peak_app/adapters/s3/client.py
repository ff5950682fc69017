"""The connection to an S3-compatible service: what the settings say, and nothing that happens to lie around."""

import os
from typing import Any

from botocore.config import Config
from botocore.session import Session

from peak_app.config import Settings
from peak_app.this_machine import is_loopback

CONNECT_S = 5.0

# The SDK would read these from the environment and from the home folder: keys, endpoints and roles of someone else's.
_SEALED = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def s3_client(settings: Settings, *, attempts: int) -> Any:
    """A client of the settings' service, safe to share between threads. Makes no connection yet."""
    key, secret = settings.s3_access_key_id, settings.s3_secret_access_key
    host = settings.s3_host or ""
    return Session(session_vars=_SEALED).create_client(
        "s3",
        region_name=settings.s3_region,
        endpoint_url=settings.s3_endpoint,
        aws_access_key_id=key.get_secret_value() if key else "",
        aws_secret_access_key=secret.get_secret_value() if secret else "",
        config=Config(
            connect_timeout=CONNECT_S,
            read_timeout=settings.provider_timeout_s,
            retries={"mode": "standard", "total_max_attempts": attempts},
            ignore_configured_endpoint_urls=True,
            use_fips_endpoint=False,
            use_dualstack_endpoint=False,
            # A proxy of the environment is for what is outside.
            proxies={} if is_loopback(host) else None,
            # Each request carries the SHA-256 of its body under its signature, which every service checks; the newer
            # checksums in trailers are not known everywhere.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"payload_signing_enabled": True, "addressing_style": settings.s3_addressing},
        ),
    )
