"""The private hooks must be looked at again with every new aiortc and aioice."""

import aioice.ice
import aiortc
from aiortc import RTCRtpReceiver

from bridge.media import shims


def test_this_aiortc_was_looked_at() -> None:
    assert aiortc.__version__ in shims.TESTED_AIORTC
    assert shims.can_tap()


def test_a_receiver_without_the_handler_is_noticed(monkeypatch) -> None:
    async def other(self: RTCRtpReceiver, packet: object) -> None: ...

    monkeypatch.setattr(RTCRtpReceiver, "_handle_rtp_packet", other)
    assert not shims.can_tap()


def test_loopback_is_offered_once_and_the_list_stays_short(monkeypatch) -> None:
    def many(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return [f"10.0.0.{n}" for n in range(20)]

    monkeypatch.setattr(aioice.ice, "get_host_addresses", many)
    assert shims.offer_loopback()
    assert shims.offer_loopback()
    found = aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True)
    assert len(found) == shims.MOST_ADDRESSES
    assert found.count("127.0.0.1") == 1


def test_a_changed_aioice_is_noticed(monkeypatch) -> None:
    def changed() -> list[str]:
        return []

    monkeypatch.setattr(aioice.ice, "get_host_addresses", changed)
    assert not shims.offer_loopback()
