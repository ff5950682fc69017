"""How many requests one network address may send."""

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from peak_app.api.addresses import client_ip
from peak_app.api.turnstile import REQUEST_BURST, Turnstile
from peak_app.i18n.catalogue import t


async def _route(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


class Street:
    """Sends requests through the turnstile, from here and there."""

    def __init__(self) -> None:
        self.turnstile = Turnstile(_route)

    async def ask(self, peer: str, forwarded: str = "", kind: str = "http") -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
        await self.turnstile({"type": kind, "client": (peer, 5000), "headers": headers}, receive, send)
        return sent

    async def flood(self, peer: str, forwarded: str = "") -> list[Message]:
        """What the last of too many is told."""
        for _ in range(int(REQUEST_BURST * 3)):
            told = await self.ask(peer, forwarded)
            if told[0]["status"] != 200:
                return told
        return told


async def test_requests_without_end_are_refused_with_a_sentence_and_others_are_served() -> None:
    street = Street()
    start, body = await street.flood("192.0.2.1")
    assert (start["status"], dict(start["headers"])[b"retry-after"]) == (429, b"5")
    assert t("refusal.too_fast").encode() in body["body"]
    assert (await street.ask("192.0.2.2"))[0]["status"] == 200


async def test_a_proxy_is_believed_about_who_asks_and_this_machine_is_not_counted() -> None:
    street = Street()
    assert (await street.flood("127.0.0.1", "192.0.2.1"))[0]["status"] == 429
    assert (await street.ask("127.0.0.1", "192.0.2.2"))[0]["status"] == 200
    assert (await street.flood("127.0.0.1"))[0]["status"] == 200


async def test_websockets_are_counted_where_they_open() -> None:
    street = Street()
    await street.flood("192.0.2.1")
    assert (await street.ask("192.0.2.1", kind="websocket"))[0]["status"] == 200


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", "not an address"),
        ("127.0.0.1", None),
        ("::1", None),
    ],
)
def test_of_an_ipv6_address_the_network_counts_that_one_customer_has(peer: str, counted: str | None) -> None:
    assert client_ip(HTTPConnection({"type": "http", "client": (peer, 5000), "headers": []})) == counted
