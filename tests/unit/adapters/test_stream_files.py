"""Fetching what Stream keeps: from where, how much, and what is never asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from peak_app.adapters.stream.files import FileFetcher
from peak_app.ports.rooms import FileRefused, RoomsUnavailable
from tests.emulators.loopback_services import serving

CONTENT = b"a recording" * 1000


class Shelf:
    """A listener with files, noting what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        assert "authorization" not in request.headers
        match request.path_params["name"]:
            case "whole":
                return Response(CONTENT)
            case "unsaid":
                return StreamingResponse(iter([CONTENT]))
            case "moved":
                return RedirectResponse("/whole")
            case "busy":
                return Response(status_code=503)
        return Response(status_code=403)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{name}", self.answer)])


@pytest.fixture(scope="module")
def shelf() -> Iterator[tuple[Shelf, str]]:
    shelf = Shelf()
    with serving(shelf.app()) as url:
        yield shelf, url


def fetcher(url: str, addresses: list[str] | None = None, told: list[str] | None = None) -> FileFetcher:
    def tell(host: str, _sent_bytes: int) -> None:
        if told is not None:
            told.append(host)

    return FileFetcher(url, timeout_s=5, tell=tell, resolve=lambda _host: addresses or [])


def test_a_file_is_written_whole(shelf: tuple[Shelf, str], tmp_path: Path) -> None:
    _, url = shelf
    assert fetcher(url).fetch(f"{url}/whole", tmp_path / "file", len(CONTENT)) == len(CONTENT)
    assert (tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["whole", "unsaid"])
def test_a_file_that_is_too_large_is_refused_whatever_it_says(
    shelf: tuple[Shelf, str], tmp_path: Path, name: str
) -> None:
    _, url = shelf
    with pytest.raises(FileRefused):
        fetcher(url).fetch(f"{url}/{name}", tmp_path / "file", len(CONTENT) - 1)


def test_no_redirect_is_followed(shelf: tuple[Shelf, str], tmp_path: Path) -> None:
    listener, url = shelf
    listener.asked.clear()
    with pytest.raises(FileRefused):
        fetcher(url).fetch(f"{url}/moved", tmp_path / "file", 10**6)
    assert listener.asked == ["/moved"]


def test_what_may_work_later_is_told_from_what_will_not(shelf: tuple[Shelf, str], tmp_path: Path) -> None:
    _, url = shelf
    with pytest.raises(RoomsUnavailable) as busy:
        fetcher(url).fetch(f"{url}/busy", tmp_path / "file", 10**6)
    assert busy.value.retryable
    with pytest.raises(FileRefused):
        fetcher(url).fetch(f"{url}/expired", tmp_path / "file", 10**6)


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("http://files.example.org/a", ["93.184.215.14"]),
        ("https://files.example.org:8443/a", ["93.184.215.14"]),
        ("https://me:secret@files.example.org/a", ["93.184.215.14"]),
        ("https://files.example.org/a", ["10.0.0.8"]),
        ("https://files.example.org/a", ["93.184.215.14", "127.0.0.1"]),
        ("https://files.example.org/a", ["169.254.169.254"]),
        ("https://files.example.org/a", ["fe80::1%eth0"]),
        ("https://files.example.org/a", ["::1"]),
        ("https://files.example.org/a", []),
        ("https://[::1/a", ["93.184.215.14"]),
        ("file:///etc/passwd", []),
        ("", []),
    ],
)
def test_only_public_places_are_asked(tmp_path: Path, url: str, addresses: list[str]) -> None:
    told: list[str] = []
    with pytest.raises(FileRefused):
        fetcher("https://stream.example.org", addresses, told).fetch(url, tmp_path / "file", 10)
    # Told of before every request: there was none.
    assert told == []


def test_another_port_of_this_machine_is_not_where_stream_is(shelf: tuple[Shelf, str], tmp_path: Path) -> None:
    _, url = shelf
    with pytest.raises(FileRefused):
        fetcher("http://127.0.0.1:9", ["127.0.0.1"]).fetch(f"{url}/whole", tmp_path / "file", 10**6)
