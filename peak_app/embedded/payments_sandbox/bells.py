"""Webhooks as Polar sends them: signed over the raw body (Standard Webhooks), and repeated until answered."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

log = logging.getLogger(__name__)

RETRY_AFTER_S = (0.0, 1.0, 3.0, 8.0)
"""Polar goes on for longer; here whoever comes back from the checkout has the state read anyway."""
_ANSWER_WITHIN_S = 10.0


def signed_headers(secret: str, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that make a body a webhook of Polar's: its key is the whole secret as it is written."""
    stamp = int(at.timestamp())
    signature = hmac.new(secret.encode(), f"{event_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def event_body(kind: str, data: dict[str, Any], at: datetime) -> bytes:
    document = {"type": kind, "timestamp": at.isoformat(), "api_version": "2026-10", "data": data}
    return json.dumps(document).encode()


async def ring(url: str, secret: str, events: list[tuple[str, dict[str, Any]]], at: datetime) -> None:
    """Send each event until it is answered, or given up."""
    async with httpx.AsyncClient(trust_env=False, timeout=_ANSWER_WITHIN_S) as client:
        for kind, data in events:
            body = event_body(kind, data, at)
            if not await _deliver(client, url, body, signed_headers(secret, str(uuid4()), at, body)):
                log.warning("nobody took the webhook %s", kind)


async def _deliver(client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]) -> bool:
    for wait_s in RETRY_AFTER_S:
        await asyncio.sleep(wait_s)
        try:
            answer = await client.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            continue
        if answer.is_success:
            return True
    return False
