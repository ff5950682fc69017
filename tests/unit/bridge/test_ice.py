"""The bridge's own side of the network."""

from collections.abc import Callable

from bridge.ice import CallNetwork, with_public_address
from peak_app.config import Settings

ANSWER = "\r\n".join(
    [
        "v=0",
        "m=audio 40000 UDP/TLS/RTP/SAVPF 111",
        "a=candidate:abc 1 udp 2130706431 10.0.0.5 40000 typ host",
        "a=candidate:def 1 udp 2130706431 127.0.0.1 40001 typ host",
        "a=candidate:ghi 1 udp 2130706431 fd00::5 40002 typ host",
        "a=candidate:jkl 1 udp 1694498815 198.51.100.7 41000 typ srflx raddr 10.0.0.5 rport 40000",
        "a=end-of-candidates",
        "",
    ]
)


def test_each_own_address_is_offered_under_the_public_one_as_well() -> None:
    lines = with_public_address(ANSWER, "203.0.113.9").split("\r\n")
    assert lines[3] == "a=candidate:abcp 1 udp 2130706430 203.0.113.9 40000 typ host"
    assert [line for line in lines if line != lines[3]] == ANSWER.split("\r\n")


def test_an_address_of_the_other_family_is_left_alone() -> None:
    added = set(with_public_address(ANSWER, "2001:db8::9").split("\r\n")) - set(ANSWER.split("\r\n"))
    assert added == {"a=candidate:ghip 1 udp 2130706430 2001:db8::9 40002 typ host"}


def test_an_address_that_is_offered_already_is_not_offered_twice() -> None:
    assert with_public_address(ANSWER, "10.0.0.5") == ANSWER


def test_without_a_public_address_the_answer_stays_as_it_is(settings_for_tests: Callable[..., Settings]) -> None:
    assert CallNetwork(settings_for_tests()).announced(ANSWER) == ANSWER


def test_connections_use_the_servers_of_the_settings(settings_for_tests: Callable[..., Settings]) -> None:
    assert CallNetwork(settings_for_tests()).configuration().iceServers == []
    network = CallNetwork(settings_for_tests(stun_urls="stun:s", turn_urls="turn:t", turn_secret="x"))
    stun, turn = network.configuration().iceServers or []
    assert stun.urls == ["stun:s"]
    assert (turn.username or "").endswith(":bridge")
    assert turn.credential
