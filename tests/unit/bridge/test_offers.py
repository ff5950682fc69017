"""Which of the addresses that a page names the bridge goes on to ask."""

import pytest
from aiortc.sdp import SessionDescription

from bridge.ice import may_be_asked
from bridge.peer import MOST_CANDIDATES, checked_offer
from peak_app.errors import InvalidInput

HEAD = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
SECTION = "c=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef01234567\r\n"
AUDIO = f"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n{SECTION.format(mid=0)}a=rtpmap:111 opus/48000/2\r\n"
CHANNEL = f"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n{SECTION.format(mid=1)}a=sctp-port:5000\r\n"


def candidate(address: str, *, transport: str = "udp", port: int = 50_000) -> str:
    return f"a=candidate:1 1 {transport} 2130706431 {address} {port} typ host"


def left_of(*lines: str, gap: str = "\r\n") -> list[str]:
    """Addresses that whoever reads the checked offer finds in it."""
    checked = checked_offer(HEAD + AUDIO + CHANNEL + gap.join(lines) + "\r\n")
    return [found.ip for media in SessionDescription.parse(checked).media for found in media.ice_candidates]


@pytest.mark.parametrize("address", ["8.8.8.8", "10.0.0.5", "192.168.1.20", "2a01:4f8::5", "fd00::5"])
def test_addresses_of_the_internet_and_of_an_office_are_asked(address: str) -> None:
    assert may_be_asked(address)
    assert left_of(candidate(address)) == [address]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "::ffff:127.0.0.1",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fe80::1",
        "0.0.0.0",
        "::",
        "224.0.0.251",
        "ff02::fb",
        "255.255.255.255",
        "0f7b.local",
        "metadata.google.internal",
        "0x7f.1",
        "127.1",
        "2130706433",
        "",
    ],
)
def test_this_machine_its_link_everyone_at_once_and_names_are_not(address: str) -> None:
    assert not may_be_asked(address)
    assert left_of(candidate(address), candidate("10.0.0.5")) == ["10.0.0.5"]


@pytest.mark.parametrize(
    "line",
    [
        "a=candidate:1  1 udp 1 127.0.0.1 5 typ host",
        "a=candidate:1\t1\tudp\t1\t127.0.0.1\t5\ttyp\thost",
        "a=candidate: 1 1 udp 1 127.0.0.1 5 typ host",
        "a=candidate:1 1 udp 1 127.0.0.1",
        "a=candidate:",
        candidate("10.0.0.6", transport="tcp"),
    ],
)
def test_what_is_written_in_another_way_is_left_out(line: str) -> None:
    assert left_of(line, candidate("10.0.0.5")) == ["10.0.0.5"]


@pytest.mark.parametrize("gap", ["\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_no_address_hides_behind_another_end_of_a_line(gap: str) -> None:
    assert left_of("a=x:1", candidate("127.0.0.1"), candidate("10.0.0.5"), gap=gap) == ["10.0.0.5"]


def test_of_many_addresses_the_first_are_asked() -> None:
    named = [f"10.0.{number}.1" for number in range(MOST_CANDIDATES + 10)]
    assert left_of(*map(candidate, named)) == named[:MOST_CANDIDATES]


@pytest.mark.parametrize("sdp", [None, 7, "", HEAD, HEAD + AUDIO, HEAD + CHANNEL, "x" * 64_001])
def test_an_offer_of_no_call_is_refused(sdp: object) -> None:
    with pytest.raises(InvalidInput):
        checked_offer(sdp)
