"""What every `MediaStore` does, whatever it stores in."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from peak_app.adapters.folder.storage import FolderStore
from peak_app.adapters.s3.beside_folder import BucketBesideFolder
from peak_app.adapters.s3.storage import PART_BYTES, BucketStore
from peak_app.errors import InvalidInput, NotFound
from peak_app.ports.outflows import tell_nobody
from peak_app.ports.storage import MediaStore, MediaUsage, StoredMedia

KEY = "owner/meeting/recording.webm"


@pytest.fixture(params=["folder", "bucket", "bucket with prefix", "bucket beside folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path, settings_for_tests: Callable[..., object]) -> MediaStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    server = request.getfixturevalue("bucket")
    prefix = f"{secrets.token_hex(4)}/of" if request.param == "bucket with prefix" else secrets.token_hex(8)
    bucket = BucketStore(settings_for_tests(**server.fields(prefix)), tell=tell_nobody)
    return BucketBesideFolder(bucket, FolderStore(tmp_path / "store")) if "folder" in request.param else bucket


def file_of(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "draft"
    path.write_bytes(content)
    return path


def content_of(store: MediaStore, key: str, start: int = 0, length: int = 10**9) -> bytes:
    return b"".join(store.read(key, start, length))


def test_what_is_put_is_read_back_and_the_source_is_gone(store: MediaStore, tmp_path: Path):
    source = file_of(tmp_path, b"abcdef")

    assert store.put(KEY, source) == StoredMedia(KEY, 6)
    assert not source.exists()
    assert store.size_bytes(KEY) == 6
    assert content_of(store, KEY) == b"abcdef"


def test_a_second_file_replaces_the_first_whole(store: MediaStore, tmp_path: Path):
    store.put(KEY, file_of(tmp_path, b"a long first one"))
    store.put(KEY, file_of(tmp_path, b"short"))

    assert content_of(store, KEY) == b"short"


def test_what_is_below_a_prefix_is_listed_without_drafts(store: MediaStore, tmp_path: Path):
    store.put(KEY, file_of(tmp_path, b"abcdef"))
    store.put("owner/meeting/live/0.pcm", file_of(tmp_path, b"abc"))
    store.put("owner/other/recording.webm", file_of(tmp_path, b"another one"))
    half = tmp_path / "store" / "owner" / "meeting" / ".recording.4711.webm"
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(b"half")

    assert store.list_keys("owner/meeting") == ["owner/meeting/live/0.pcm", KEY]
    assert store.list_keys("owner/nothing") == []


def test_what_is_below_a_prefix_is_measured(store: MediaStore, tmp_path: Path):
    store.put(KEY, file_of(tmp_path, b"abcdef"))
    store.put("owner/meeting/live/0.pcm", file_of(tmp_path, b"abc"))
    store.put("owner/other/recording.webm", file_of(tmp_path, b"another one"))

    assert store.measure("owner/meeting") == MediaUsage(2, 9)
    assert store.measure(KEY) == MediaUsage(1, 6)
    assert store.measure("owner/nothing") == MediaUsage(0, 0)


def test_who_reads_an_old_file_reads_it_to_its_end_while_it_is_replaced(store: MediaStore, tmp_path: Path):
    first = b"1" * 1_000_000
    store.put(KEY, file_of(tmp_path, first))
    reading = store.read(KEY, 0, len(first))
    pieces = [next(reading)]

    store.put(KEY, file_of(tmp_path, b"2" * 1_000_000))

    assert b"".join([*pieces, *reading]) == first


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [(0, 3, b"abc"), (2, 2, b"cd"), (4, 100, b"ef"), (6, 5, b""), (99, 1, b""), (1, 0, b"")],
)
def test_a_part_is_read_from_its_place(store: MediaStore, tmp_path: Path, start: int, length: int, expected: bytes):
    store.put(KEY, file_of(tmp_path, b"abcdef"))

    assert content_of(store, KEY, start, length) == expected


def test_a_large_file_comes_in_pieces(store: MediaStore, tmp_path: Path):
    content = bytes(range(256)) * 4_096
    store.put(KEY, file_of(tmp_path, content))

    pieces = list(store.read(KEY, 1, len(content)))

    assert b"".join(pieces) == content[1:]
    assert len(pieces) > 1


@pytest.mark.parametrize("place", [(-1, 1), (0, -1)])
def test_nothing_is_read_before_the_start(store: MediaStore, tmp_path: Path, place: tuple[int, int]):
    store.put(KEY, file_of(tmp_path, b"abc"))

    with pytest.raises(InvalidInput):
        content_of(store, KEY, *place)


def test_what_is_not_there_is_not_found(store: MediaStore, tmp_path: Path):
    with pytest.raises(NotFound):
        store.size_bytes(KEY)
    with pytest.raises(NotFound):
        content_of(store, KEY)
    with pytest.raises(NotFound):
        store.put(KEY, tmp_path / "nowhere")


def test_a_folder_is_no_file(store: MediaStore, tmp_path: Path):
    store.put(KEY, file_of(tmp_path, b"abc"))

    with pytest.raises(NotFound):
        store.size_bytes("owner/meeting")


def test_deleting_a_prefix_takes_everything_below_it_and_nothing_beside_it(store: MediaStore, tmp_path: Path):
    for key in ("o/m1/a.webm", "o/m1/sub/b.webm", "o/m10/c.webm"):
        store.put(key, file_of(tmp_path, b"x"))

    assert store.delete("o/m1") == 2
    assert store.size_bytes("o/m10/c.webm") == 1
    assert store.delete("o/m1") == 0
    assert store.delete("o/m10/c.webm") == 1


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../secret",
        "a/../../secret",
        "a/./b",
        "a//b",
        "a/",
        ".hidden",
        "a/.hidden",
        "a\\..\\b",
        "a b",
        "a\x00b",
        "a\n",
        "ä",
        "x" * 201,
    ],
)
def test_a_malformed_key_is_refused_everywhere(store: MediaStore, tmp_path: Path, key: str):
    for use in (
        lambda: store.put(key, file_of(tmp_path, b"x")),
        lambda: store.size_bytes(key),
        lambda: content_of(store, key),
        lambda: store.delete(key),
    ):
        with pytest.raises(InvalidInput):
            use()


def test_a_file_of_many_parts_comes_back_byte_for_byte(store: MediaStore, tmp_path: Path):
    content = secrets.token_bytes(2 * PART_BYTES + 4_711)

    assert store.put(KEY, file_of(tmp_path, content)) == StoredMedia(KEY, len(content))
    assert store.size_bytes(KEY) == len(content)
    assert content_of(store, KEY) == content
    assert content_of(store, KEY, PART_BYTES - 5, 10) == content[PART_BYTES - 5 : PART_BYTES + 5]


def test_an_empty_file_is_a_file(store: MediaStore, tmp_path: Path):
    assert store.put(KEY, file_of(tmp_path, b"")) == StoredMedia(KEY, 0)
    assert (store.size_bytes(KEY), content_of(store, KEY)) == (0, b"")


def test_a_reading_that_is_given_up_holds_nothing_up(store: MediaStore, tmp_path: Path):
    store.put(KEY, file_of(tmp_path, bytes(3_000_000)))
    for _ in range(30):
        reading = store.read(KEY, 0, 3_000_000)
        next(reading)
        del reading

    assert store.delete("owner") == 1


def test_a_link_out_of_the_folder_leads_nowhere(tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    root = tmp_path / "store"
    root.mkdir()
    (root / "link").symlink_to(outside)
    store = FolderStore(root)

    with pytest.raises(InvalidInput):
        content_of(store, "link/secret")
    with pytest.raises(InvalidInput):
        store.delete("link")
    assert (outside / "secret").exists()
