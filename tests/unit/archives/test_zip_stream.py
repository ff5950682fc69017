"""An archive as a stream."""

import io
import tracemalloc
import zipfile
from datetime import UTC, datetime

from peak_app.domain.archives.zip_stream import ZipStream

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def test_what_is_streamed_opens_and_is_whole() -> None:
    archive = ZipStream(AT)
    pieces = [
        *archive.add("index.html", [b"<h1>", b"hello"]),
        *archive.add("meetings/שלום 面接/recording.webm", [b"\x1a\x45" * 100_000], is_compressed=False),
        *archive.finish(),
    ]

    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["index.html", "meetings/שלום 面接/recording.webm"]
        assert opened.read("index.html") == b"<h1>hello"
        assert opened.getinfo("index.html").date_time == (2026, 11, 26, 12, 0, 0)


def test_a_large_file_is_never_whole_in_memory() -> None:
    archive = ZipStream(AT)
    tracemalloc.start()
    sent = sum(len(piece) for piece in archive.add("a", (bytes(256 * 1024) for _ in range(400)), is_compressed=False))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent > 100_000_000
    assert most < 4_000_000
