"""Reading the practice coach's banks from a server that may be well, ill or gone."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from peak_app.adapters.practice_coach.banks import PracticeBanks
from peak_app.errors import ServiceUnavailable

BANKS = [{"id": "backend", "title": "Backend", "description": "Systems.", "questions": ["Why?", "How?"]}]
MATCH = {"bank_id": "backend", "title": "Backend", "similarity": 0.7, "is_confident": True}


class BankServer(ThreadingHTTPServer):
    """Answers every path with `status` and `body`, and keeps what it was asked."""

    status = 200
    body = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[tuple[str, str]] = []

    @property
    def banks(self) -> PracticeBanks:
        return PracticeBanks(f"http://127.0.0.1:{self.server_port}/", timeout_s=2)


class _Answer(BaseHTTPRequestHandler):
    server: BankServer

    def do_GET(self) -> None:
        asked = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        self.server.asked.append((self.path, asked))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.body.encode())

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture
def server() -> Iterator[BankServer]:
    with BankServer() as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}).start()
        yield running
        running.shutdown()


async def test_banks_come_with_their_questions(server: BankServer) -> None:
    server.body = json.dumps(BANKS)
    (bank,) = await server.banks.fetch_banks()
    assert (bank.bank_id, bank.title, bank.questions) == ("backend", "Backend", ("Why?", "How?"))
    assert server.asked == [("/v1/practice/banks", "")]


async def test_the_match_is_asked_with_the_instructions(server: BankServer) -> None:
    server.body = json.dumps(MATCH)
    match = await server.banks.fetch_match("Ask about queues.")
    assert (match.bank_id, match.is_confident) == ("backend", True)
    assert [(path, json.loads(body)) for path, body in server.asked] == [
        ("/v1/practice/match", {"instructions": "Ask about queues."})
    ]


@pytest.mark.parametrize(
    ("status", "body"), [(500, "[]"), (404, "[]"), (200, "<p>"), (200, '{"oh": "no"}'), (200, '[{"id": 1}]')]
)
async def test_any_other_answer_is_told_as_not_available(server: BankServer, status: int, body: str) -> None:
    server.status, server.body = status, body
    with pytest.raises(ServiceUnavailable, match="can't be shown right now"):
        await server.banks.fetch_banks()
    with pytest.raises(ServiceUnavailable, match="can't be shown right now"):
        await server.banks.fetch_match("anything")


async def test_nobody_there_is_told_as_not_available() -> None:
    with pytest.raises(ServiceUnavailable):
        await PracticeBanks("http://127.0.0.1:9", timeout_s=1).fetch_banks()
