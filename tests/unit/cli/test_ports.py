import socket
from collections.abc import Iterator

import pytest

from peak_app.cli.ports import choose_ports, is_free, near_address


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_with_a_server_is_not_free(taken: int):
    assert not is_free("127.0.0.1", taken)


def test_an_address_this_machine_does_not_have_is_an_error():
    with pytest.raises(OSError, match="assign"):
        is_free("192.0.2.1", 8080)


def test_ports_of_the_last_run_are_kept_while_they_are_free(taken: int):
    first = choose_ports(("ai", "bridge"), preferred={}, taken=3000)
    assert choose_ports(("ai", "bridge"), preferred=first, taken=3000) == first
    assert choose_ports(("ai",), preferred={"ai": taken}, taken=3000)["ai"] != taken


def test_no_two_parts_share_a_port_nor_the_public_one():
    wish = choose_ports(("x",), preferred={}, taken=3000)["x"]
    chosen = choose_ports(("a", "b", "c"), preferred={"a": wish, "b": wish}, taken=3000)
    assert len(set(chosen.values())) == 3
    assert choose_ports(("a",), preferred={"a": wish}, taken=wish)["a"] != wish


def test_a_server_on_all_addresses_is_reached_by_loopback():
    assert near_address("0.0.0.0") == "127.0.0.1"
    assert near_address("::") == "::1"
    assert near_address("10.1.2.3") == "10.1.2.3"
