"""Who may open the websocket of the pages, and how often."""

from starlette.types import Message, Receive, Scope, Send

from peak_app.api.event_socket import HANDSHAKES_PER_MINUTE, EventSocket


async def _pages(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})


async def _knock(socket: EventSocket, address: str) -> str:
    """What the server did first."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/_event/", "headers": [], "client": (address, 5000)}
    await socket(scope, receive, send)
    return sent[0]["type"]


async def test_tabs_that_come_and_go_without_end_are_refused() -> None:
    socket = EventSocket(_pages)
    answers = [await _knock(socket, "192.0.2.1") for _ in range(HANDSHAKES_PER_MINUTE + 1)]
    assert set(answers[:-1]) == {"websocket.accept"}
    assert answers[-1] == "websocket.close"
    assert await _knock(socket, "192.0.2.2") == "websocket.accept"
