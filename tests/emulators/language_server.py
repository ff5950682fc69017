"""A scripted stand-in for the REST side of OpenAI's API: answers by script and keeps what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer. `body` is sent as JSON, or as it is when it is text or bytes."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer as server-sent events, with a wait before each. `is_cut`: the line breaks after the last one."""

    events: Sequence[Mapping[str, object]]
    pause_s: float = 0.0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def written(text: str, *, model: str = "gpt-test-2026", status: str = "completed", **more: object) -> Reply:
    """A finished answer of `/v1/responses` with this text."""
    part = {"type": "output_text", "text": text, "annotations": []}
    return _response([part], model=model, status=status, **more)


def refused(words: str) -> Reply:
    return _response([{"type": "refusal", "refusal": words}], model="gpt-test-2026", status="completed")


def _response(content: list[dict[str, object]], *, model: str, status: str, **more: object) -> Reply:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": content}
    usage = {
        "input_tokens": 12,
        "output_tokens": 7,
        "total_tokens": 19,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    base = {"id": "resp_1", "object": "response", "created_at": 1, "parallel_tool_calls": False, "tools": []}
    return Reply(body={**base, "model": model, "status": status, "output": [message], "usage": usage, **more})


def streamed(text: str, *, piece_chars: int = 8, pause_s: float = 0.0, **more: object) -> Stream:
    """The text in pieces, then the finished answer; `more` as for `written`."""
    pieces = [text[at : at + piece_chars] for at in range(0, len(text), piece_chars)]
    finished = written(text, **more).body  # pyright: ignore[reportArgumentType]
    status = finished["status"]  # pyright: ignore[reportIndexIssue]
    return Stream(
        [
            {"type": "response.created", "response": finished},
            *({"type": "response.output_text.delta", "item_id": "msg_1", "delta": piece} for piece in pieces),
            {"type": f"response.{status}", "response": finished},
        ],
        pause_s,
    )


def embeddings(vectors: Sequence[Sequence[float]]) -> Reply:
    """Vectors in the wrong order, as the API may send them: `index` says which is which."""
    data = [{"object": "embedding", "index": index, "embedding": list(vector)} for index, vector in enumerate(vectors)]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return Reply(body={"object": "list", "model": "embed-test", "data": data[::-1], "usage": usage})


Respond = Callable[[Request], Reply | Stream]


@dataclass
class LanguageServer:
    """`replies` are given one after the other, the last one again and again; a function may choose by the request."""

    url: str
    replies: list[Reply | Stream | Respond]
    requests: list[Request] = field(default_factory=list)

    def take(self, request: Request) -> Reply | Stream:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply if isinstance(reply, Reply | Stream) else reply(request)


def _content(body: object) -> tuple[str, bytes]:
    """Media type and bytes of an answer."""
    match body:
        case bytes():
            return "audio/wav", body
        case str():
            return "text/html", body.encode()
        case _:
            return "application/json", json.dumps(body).encode()


@contextmanager
def language_server(*replies: Reply | Stream | Respond) -> Iterator[LanguageServer]:
    state = LanguageServer("", list(replies))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = state.take(Request(self.path, headers, body))
            try:
                if isinstance(reply, Stream):
                    self._send_events(reply)
                    return
                time.sleep(reply.delay_s)
                kind, content = _content(reply.body)
                self.send_response(reply.status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                pass  # a client that gave up waiting

        def _send_events(self, stream: Stream) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in stream.events:
                time.sleep(stream.pause_s)
                part = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            if stream.is_cut:
                self.close_connection = True
                return
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
