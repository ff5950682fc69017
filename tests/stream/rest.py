"""What is asked of Stream over HTTP, by the real SDK: recorded by a listener that only says what it is told to say.

It is no stand-in for Stream: each test gives the answers it needs. Run by `make test-stream`.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import jwt
import pytest
from getstream.webhook import verify_webhook_signature  # pyright: ignore[reportMissingImports]

from peak_app.adapters.stream.rooms import StreamAccess, StreamRooms
from peak_app.ports.rooms import FileKind, FileRefused, RoomsUnavailable

OWNER, MEETING = UUID("0189abcd-0000-7000-8000-000000000001"), UUID("0189abcd-0000-7000-8000-000000000002")
SECRET = "s" * 40
PERSON, COACH, CID = f"person-{OWNER}", f"coach-{MEETING}", f"default:{MEETING}"
LONGEST = timedelta(minutes=45)


class Listener:
    """Writes down what is asked; `answers` are (method, end of the path) → (status, body)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[str, str, Any]] = []
        self.answers: dict[tuple[str, str], tuple[int, dict[str, Any] | bytes]] = {}

    @property
    def rooms(self) -> StreamRooms:
        return StreamRooms(StreamAccess("key", SECRET, self.url, 3.0))

    def bodies(self, method: str, end: str) -> list[Any]:
        return [body for verb, path, body in self.asked if verb == method and path.endswith(end)]


@contextmanager
def listening() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            path = urlsplit(self.path).path
            listener.asked.append((self.command, path, json.loads(body) if body else None))
            found = [
                told for (verb, end), told in listener.answers.items() if verb == self.command and path.endswith(end)
            ]
            status, answer = found[0] if found else (200, {"duration": "1ms"})
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            """Nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener = Listener(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def stream() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def refused(status: int) -> tuple[int, dict[str, Any]]:
    return status, {
        "code": 16,
        "message": "no",
        "StatusCode": status,
        "duration": "1ms",
        "more_info": "",
        "details": [],
    }


def test_a_call_is_opened_with_its_two_people_and_ends_by_itself(stream: Listener) -> None:
    stream.rooms.open_room(OWNER, MEETING, is_recorded=True, longest=LONGEST)

    (users,) = stream.bodies("POST", "/users")
    assert set(users["users"]) == {PERSON, COACH}
    (call,) = stream.bodies("POST", f"/call/default/{MEETING}")
    asked = call["data"]
    assert asked["created_by_id"] == PERSON
    assert asked["custom"] == {"meeting_id": str(MEETING)}
    settings = asked["settings_override"]
    assert settings["limits"]["max_duration_seconds"] == 45 * 60
    assert settings["recording"]["mode"] == settings["transcription"]["mode"] == "auto-on"
    assert (settings["audio"]["mic_default_on"], settings["video"]["camera_default_on"]) == (False, False)

    assert stream.bodies("PATCH", f"/call/default/{MEETING}") != []


def test_a_call_that_was_just_made_is_not_changed(stream: Listener) -> None:
    stream.answers["POST", f"/call/default/{MEETING}"] = (200, {"created": True, "duration": "1ms"})
    stream.rooms.open_room(OWNER, MEETING, is_recorded=False, longest=LONGEST)

    (call,) = stream.bodies("POST", f"/call/default/{MEETING}")
    assert call["data"]["settings_override"]["recording"]["mode"] == "disabled"
    assert stream.bodies("PATCH", f"/call/default/{MEETING}") == []


def test_a_choice_made_later_is_made_good(stream: Listener) -> None:
    stream.answers["POST", f"/call/default/{MEETING}"] = (200, {"created": False, "duration": "1ms"})
    stream.rooms.open_room(OWNER, MEETING, is_recorded=False, longest=LONGEST)

    (change,) = stream.bodies("PATCH", f"/call/default/{MEETING}")
    assert change["settings_override"]["recording"]["mode"] == "disabled"
    assert change["settings_override"]["transcription"]["mode"] == "disabled"


def test_a_pass_opens_one_call_for_one_person_and_soon_nothing(stream: Listener) -> None:
    at = datetime.now(UTC)
    given = stream.rooms.make_pass(OWNER, MEETING, at)

    claims = jwt.decode(given.token, SECRET, algorithms=["HS256"])
    assert (claims["user_id"], claims["call_cids"]) == (PERSON, [CID])
    assert 0 < claims["exp"] - at.timestamp() <= 11 * 60
    assert (given.api_key, given.user_id, given.coach_id, given.call_id) == ("key", PERSON, COACH, str(MEETING))
    assert stream.asked == [], "a pass is signed here"


def test_a_call_is_ended_with_its_recording_whether_or_not_anything_runs(stream: Listener) -> None:
    stream.answers["POST", "/composite/stop"] = stream.answers["POST", "/stop_transcription"] = refused(400)
    stream.rooms.close_room(MEETING)

    assert [path.partition(str(MEETING))[2] for verb, path, _ in stream.asked if verb == "POST"] == [
        "/recordings/composite/stop",
        "/stop_transcription",
        "/mark_ended",
    ]


def test_a_call_that_is_gone_is_ended(stream: Listener) -> None:
    stream.answers["POST", ""] = refused(404)
    stream.rooms.close_room(MEETING)
    assert stream.asked


@pytest.mark.parametrize("time", ["2026-01-01T10:00:00Z", 1_778_198_400_000_000_000])
def test_what_was_recorded_and_written_down_is_listed_and_fetched(
    stream: Listener, tmp_path: Path, time: object
) -> None:
    film = {
        "filename": "film.mp4", "url": f"{stream.url}/files/film.mp4", "session_id": "s1",
        "recording_type": "composite", "start_time": time, "end_time": time,
    }  # fmt: skip
    words = {**film, "filename": "words.jsonl", "url": f"{stream.url}/files/words.jsonl"}
    stream.answers["GET", "/recordings"] = (200, {"recordings": [film], "duration": "1ms"})
    stream.answers["GET", "/transcriptions"] = (200, {"transcriptions": [words], "duration": "1ms"})
    stream.answers["GET", "/files/film.mp4"] = (200, b"x" * 5000)
    held = stream.rooms.list_files(MEETING)

    assert [(each.kind, each.session_id, each.filename) for each in held] == [
        (FileKind.RECORDING, "s1", "film.mp4"),
        (FileKind.TRANSCRIPTION, "s1", "words.jsonl"),
    ]
    assert stream.rooms.fetch_file(held[0], tmp_path / "film", 10_000) == 5000
    assert (tmp_path / "film").read_bytes() == b"x" * 5000
    with pytest.raises(FileRefused):
        stream.rooms.fetch_file(held[0], tmp_path / "film", 4_999)


def test_everything_of_a_meeting_is_erased_there(stream: Listener) -> None:
    file = {"filename": "film.mp4", "url": "https://x", "session_id": "s1", "recording_type": "composite"}
    stream.answers["GET", "/recordings"] = (200, {"recordings": [file], "duration": "1ms"})
    stream.answers["GET", "/transcriptions"] = (200, {"transcriptions": [], "duration": "1ms"})
    stream.rooms.erase_room(MEETING)

    assert [path.rpartition(str(MEETING))[2] for verb, path, _ in stream.asked if verb == "DELETE"] == [
        "/s1/recordings/film.mp4"
    ]
    assert stream.bodies("POST", f"/{MEETING}/delete") == [{"hard": True}]
    (users,) = stream.bodies("POST", "/users/delete")
    assert (users["user_ids"], users["user"], users["calls"]) == ([COACH], "hard", "hard")


def test_a_person_is_erased_there(stream: Listener) -> None:
    stream.rooms.erase_person(OWNER)
    (users,) = stream.bodies("POST", "/users/delete")
    assert users["user_ids"] == [PERSON]


def test_what_is_gone_already_counts_as_erased(stream: Listener) -> None:
    for verb in ("GET", "POST", "DELETE"):
        stream.answers[verb, ""] = refused(404)
    stream.rooms.erase_room(MEETING)
    assert stream.bodies("POST", f"/{MEETING}/delete") == [{"hard": True}]


@pytest.mark.parametrize(
    ("status", "is_retryable"), [(401, False), (403, False), (400, False), (429, True), (500, True), (503, True)]
)
def test_a_refusal_becomes_a_sentence_and_says_whether_asking_again_helps(
    stream: Listener, status: int, is_retryable: bool
) -> None:
    stream.answers["GET", "/app"] = refused(status)
    with pytest.raises(RoomsUnavailable) as found:
        stream.rooms.check_keys()
    assert found.value.retryable is is_retryable
    assert SECRET not in found.value.sentence


@pytest.mark.parametrize("nonsense", [b"", b"<html>", b"[]", b'{"recordings": 7}', b'{"recordings": [7]}', b"{}"])
def test_an_answer_that_makes_no_sense_is_no_answer(stream: Listener, nonsense: bytes) -> None:
    stream.answers["GET", "/recordings"] = (200, nonsense)
    with pytest.raises(RoomsUnavailable):
        stream.rooms.list_files(MEETING)


def test_silence_is_said() -> None:
    with listening() as gone:
        url = gone.url
    with pytest.raises(RoomsUnavailable):
        StreamRooms(StreamAccess("key", SECRET, url, 1.0)).check_keys()


def test_the_sdk_takes_the_signatures_that_we_take(stream: Listener) -> None:
    body = json.dumps({"type": "call.ended", "call_cid": CID, "created_at": "2026-01-01T10:00:00Z"}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert verify_webhook_signature(body, signature, SECRET)
    assert stream.rooms.read_webhook(body, {"X-Signature": signature}).meeting_id == MEETING
