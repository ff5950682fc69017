"""Stream's webhooks, read without the SDK: that unpacks them without a limit, and knows one of two time formats."""

import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from peak_app.adapters.stream.names import meeting_of_cid
from peak_app.i18n.catalogue import t
from peak_app.ports.rooms import FileKind, NotSigned, RoomBell, RoomNews

BODY_LIMIT = 1024 * 1024
"""Bytes of an event once it is unpacked. One of a call with a hundred people is a tenth of that."""
_GZIP = b"\x1f\x8b"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(2000, 3000)
_FILES = {"recording": FileKind.RECORDING, "transcription": FileKind.TRANSCRIPTION}


def read_webhook(body: bytes, headers: Mapping[str, str], secret: str) -> RoomBell:
    """What a webhook tells. Nothing of it is read before its signature is known to be right. Raises: NotSigned."""
    given = {name.lower(): value for name, value in headers.items()}
    raw = unpacked(body)
    expected = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.get("x-signature", "").strip().encode()):
        raise NotSigned(t("rooms.not_signed"))
    return _bell(_document(raw), raw)


def unpacked(body: bytes) -> bytes:
    """The body itself, or what was packed in it. Raises: NotSigned: it can't be unpacked within `BODY_LIMIT`."""
    if not body.startswith(_GZIP):
        return body
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        raw = reader.decompress(body, BODY_LIMIT + 1)
    except zlib.error:
        raise NotSigned(t("rooms.not_signed")) from None
    if len(raw) > BODY_LIMIT or not reader.eof or reader.unused_data:
        raise NotSigned(t("rooms.not_signed"))
    return raw


def moment(value: object) -> datetime | None:
    """A time as Stream may write it: nanoseconds since 1970, as a number or digits, or ISO 8601. None: neither."""
    try:
        if isinstance(value, str) and not value.isdecimal():
            at = datetime.fromisoformat(value)
        elif isinstance(value, (int, str)) and not isinstance(value, bool):
            at = _EPOCH + timedelta(microseconds=int(value) // 1000)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo is not None and at.year in _YEARS else None


def _document(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        # Rightly signed and yet no document: said once more it would be none either.
        return {}
    return found if isinstance(found, dict) else {}


def _bell(event: dict[str, Any], raw: bytes) -> RoomBell:
    kind, cid = _text(event, "type"), _text(event, "call_cid")
    subject, _, what = kind.removeprefix("call.").rpartition("_")
    file = event.get(f"call_{subject}")
    session_id = _text(event, "session_id") or (_text(file, "session_id") if isinstance(file, dict) else "")
    parts = (kind, cid, session_id, _text(event, "egress_id"))
    # Signatures carry no time and no number: an event is known by what it is about, one without that by its bytes.
    named = "|".join(parts).encode() if kind and cid else raw
    file_kind = _FILES.get(subject) if kind.startswith("call.") else None
    return RoomBell(
        event_id=hashlib.sha256(named).hexdigest(),
        kind=kind[:60] or "unreadable",
        news=_news(kind, file_kind, what),
        meeting_id=meeting_of_cid(cid),
        session_id=session_id[:80],
        at=moment(event.get("created_at")),
        file_kind=file_kind,
    )


def _news(kind: str, file_kind: FileKind | None, what: str) -> RoomNews:
    if kind == "call.session_started":
        return RoomNews.STARTED
    if kind in ("call.session_ended", "call.ended"):
        return RoomNews.ENDED
    if file_kind is not None and what == "ready":
        return RoomNews.FILE_READY
    if file_kind is not None and what == "failed":
        return RoomNews.FILE_FAILED
    return RoomNews.OTHER


def _text(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    return value[:200] if isinstance(value, str) else ""
