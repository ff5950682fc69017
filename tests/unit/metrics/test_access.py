"""Who may read metrics."""

import pytest

from peak_app.metrics.access import may_read

TOKEN = "long-and-secret"
NEAR = [(b"host", b"127.0.0.1:3000")]
SHOWN = (b"authorization", b"Bearer long-and-secret")


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "127.8.8.8"])
@pytest.mark.parametrize("host", [b"127.0.0.1:3000", b"localhost:3000", b"localhost", b"[::1]:3000", b"LOCALHOST:1"])
@pytest.mark.parametrize("token", [None, TOKEN])
def test_a_program_on_this_machine_needs_no_token(peer: str, host: bytes, token: str | None) -> None:
    assert may_read(peer, [(b"host", host)], token)


@pytest.mark.parametrize(
    "added",
    [
        (b"x-forwarded-for", b"203.0.113.9"),
        (b"x-forwarded-for", b""),
        (b"x-forwarded-proto", b"https"),
        (b"x-real-ip", b"203.0.113.9"),
        (b"forwarded", b"for=203.0.113.9"),
        (b"via", b"1.1 proxy"),
    ],
)
def test_what_comes_through_a_proxy_of_this_machine_needs_the_token(added: tuple[bytes, bytes]) -> None:
    assert not may_read("127.0.0.1", [*NEAR, added], TOKEN)
    assert may_read("127.0.0.1", [*NEAR, added, SHOWN], TOKEN)


@pytest.mark.parametrize("host", [b"peak.example", b"peak.example:443", b"127.0.0.1.example", b"", b"10.0.0.7"])
def test_a_foreign_name_means_a_proxy_or_a_rebound_page(host: bytes) -> None:
    assert not may_read("127.0.0.1", [(b"host", host)], TOKEN)


def test_without_a_name_or_with_two_nobody_reads() -> None:
    assert not may_read("127.0.0.1", [], None)
    assert not may_read("127.0.0.1", [*NEAR, (b"host", b"localhost")], None)


@pytest.mark.parametrize("peer", ["10.0.0.7", "203.0.113.9", "", "unix"])
def test_from_elsewhere_only_the_token_opens(peer: str) -> None:
    assert not may_read(peer, NEAR, TOKEN)
    assert not may_read(peer, NEAR, None)
    assert may_read(peer, [*NEAR, SHOWN], TOKEN)


@pytest.mark.parametrize(
    "shown", [b"", b"Bearer", b"Bearer ", b"Bearer long", b"bearer long-and-secret", b"Basic x", b"Bearer \xff"]
)
def test_a_wrong_token_opens_nothing(shown: bytes) -> None:
    assert not may_read("10.0.0.7", [(b"authorization", shown)], TOKEN)
    assert not may_read("10.0.0.7", [(b"authorization", b"Bearer None")], None)
    assert not may_read("10.0.0.7", [(b"authorization", b"Bearer ")], "")


def test_two_tokens_are_as_good_as_none() -> None:
    assert not may_read("10.0.0.7", [SHOWN, SHOWN], TOKEN)
