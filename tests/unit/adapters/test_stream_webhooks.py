"""What Stream's webhooks tell, and what is not believed. All are signed by the test."""

import gzip
import hashlib
import hmac
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from peak_app.adapters.stream.webhooks import BODY_LIMIT, moment, read_webhook
from peak_app.ports.rooms import FileKind, NotSigned, RoomBell, RoomNews

SECRET = "the app's secret"
MEETING = UUID("0189abcd-0000-7000-8000-000000000001")
CID = f"default:{MEETING}"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def told(event: object) -> RoomBell:
    body = json.dumps(event).encode()
    return read_webhook(body, signed(body), SECRET)


@pytest.mark.parametrize(
    ("kind", "news", "file_kind"),
    [
        ("call.session_started", RoomNews.STARTED, None),
        ("call.session_ended", RoomNews.ENDED, None),
        ("call.ended", RoomNews.ENDED, None),
        ("call.session_participant_left", RoomNews.OTHER, None),
        ("call.recording_ready", RoomNews.FILE_READY, FileKind.RECORDING),
        ("call.transcription_ready", RoomNews.FILE_READY, FileKind.TRANSCRIPTION),
        ("call.recording_failed", RoomNews.FILE_FAILED, FileKind.RECORDING),
        ("call.transcription_failed", RoomNews.FILE_FAILED, FileKind.TRANSCRIPTION),
        ("call.recording_stopped", RoomNews.OTHER, FileKind.RECORDING),
        ("something.made_up_next_year", RoomNews.OTHER, None),
    ],
)
def test_each_kind_of_event_is_known_for_what_it_is(kind: str, news: RoomNews, file_kind: FileKind | None) -> None:
    bell = told({"type": kind, "call_cid": CID, "session_id": "s1"})
    assert (bell.news, bell.file_kind, bell.meeting_id) == (news, file_kind, MEETING)


def test_a_changed_body_and_a_wrong_or_missing_signature_are_refused() -> None:
    body = json.dumps({"type": "call.ended", "call_cid": CID}).encode()
    for given, headers in (
        (body + b" ", signed(body)),
        (body, signed(body, "another secret")),
        (body, {}),
        (body, {"X-Signature": "\u00e9"}),
    ):
        with pytest.raises(NotSigned):
            read_webhook(given, headers, SECRET)


def test_the_signature_is_of_what_was_packed() -> None:
    body = json.dumps({"type": "call.ended", "call_cid": CID}).encode()
    assert read_webhook(gzip.compress(body), signed(body), SECRET).news is RoomNews.ENDED


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b" " * (BODY_LIMIT + 1)),
        gzip.compress(b"{}")[:-4],
        gzip.compress(b"{}") + b"more",
        b"\x1f\x8bno gzip at all",
    ],
)
def test_a_bomb_and_what_is_no_gzip_are_refused_unread(packed: bytes) -> None:
    with pytest.raises(NotSigned):
        read_webhook(packed, signed(packed), SECRET)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"type": 4, "call_cid": {}}'])
def test_what_makes_no_sense_but_is_rightly_signed_tells_nothing(body: bytes) -> None:
    bell = read_webhook(body, signed(body), SECRET)
    assert (bell.news, bell.meeting_id, bell.kind) == (RoomNews.OTHER, None, "unreadable")


@pytest.mark.parametrize(
    "value",
    [
        1_778_198_400_000_000_000,
        "1778198400000000000",
        "2026-05-08T00:00:00Z",
        "2026-05-08T00:00:00.000000000Z",
        "2026-05-08T02:00:00+02:00",
    ],
)
def test_both_ways_to_write_a_time_are_the_same_moment(value: object) -> None:
    assert moment(value) == datetime(2026, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, True, 1.5, "soon", "", 10**40, -(10**30), "2026-05-08T00:00:00", 5])
def test_what_is_no_moment_is_none(value: object) -> None:
    assert moment(value) is None


def test_an_event_is_known_again_by_what_it_is_about() -> None:
    first = {"type": "call.recording_ready", "call_cid": CID, "egress_id": "e1", "created_at": 1}
    nested = {"call_recording": {"session_id": "s1"}}
    same = told({**first, **nested, "created_at": 2})
    assert told({**first, **nested}).event_id == same.event_id
    assert same.session_id == "s1"
    others = [
        told({**first, **nested, "egress_id": "e2"}),
        told({**first, "call_recording": {"session_id": "s2"}}),
        told({**first, **nested, "call_cid": f"default:{uuid4()}"}),
        told({**first, **nested, "type": "call.recording_failed"}),
    ]
    assert len({same.event_id, *(each.event_id for each in others)}) == 5


@pytest.mark.parametrize("cid", [f"livestream:{MEETING}", "default:", f"default:{str(MEETING).upper()}", "x" * 5000])
def test_a_call_that_is_none_of_ours_is_of_no_meeting(cid: str) -> None:
    assert told({"type": "call.ended", "call_cid": cid}).meeting_id is None
