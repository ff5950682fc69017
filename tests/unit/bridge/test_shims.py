"""The private hooks must be looked at again with every new aiortc and aioice."""

import aioice.ice
import aiortc
import pytest
from aiortc import RTCPeerConnection, RTCRtpReceiver

from bridge.media import shims


def test_this_aiortc_was_looked_at(caplog: pytest.LogCaptureFixture) -> None:
    assert aiortc.__version__ in shims.TESTED_AIORTC
    assert shims.can_tap()
    assert not caplog.records


async def test_a_receiver_without_the_handler_is_noticed_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def other(self: RTCRtpReceiver, packet: object) -> None: ...

    monkeypatch.setattr(RTCRtpReceiver, "_handle_rtp_packet", other)
    assert not shims.can_tap()
    connection = RTCPeerConnection()
    # At the start of the bridge, not with every call.
    assert not shims.tap_packets(connection.addTransceiver("audio").receiver, lambda *_: None)
    assert caplog.messages == [
        f"aiortc {aiortc.__version__} has no packet handler: calls use its jitter buffer (+80 ms)"
    ]


def test_a_receiver_that_keeps_its_statistics_elsewhere_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def other(self: RTCRtpReceiver, packet: object, arrival_time_ms: int) -> None: ...

    monkeypatch.setattr(RTCRtpReceiver, "_handle_rtp_packet", other)
    assert not shims.can_tap()


def test_a_version_that_was_not_looked_at_is_used_and_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(aiortc, "__version__", "9.0.0")
    assert shims.can_tap()
    assert caplog.messages == ["aiortc 9.0.0 was not tested with the packet tap"]


def test_loopback_is_offered_once_and_the_list_stays_short(monkeypatch: pytest.MonkeyPatch) -> None:
    def many(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return [f"10.0.0.{n}" for n in range(20)]

    monkeypatch.setattr(aioice.ice, "get_host_addresses", many)
    assert shims.offer_loopback()
    assert shims.offer_loopback()
    found = aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True)
    assert len(found) == shims.MOST_ADDRESSES
    assert found.count("127.0.0.1") == 1


def test_a_changed_aioice_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def changed() -> list[str]:
        return []

    monkeypatch.setattr(aioice.ice, "get_host_addresses", changed)
    assert not shims.offer_loopback()
