"""The WebSocket `/v1/realtime`."""

import logging

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from peak_app.config import EMBEDDED_MODEL
from peak_app.embedded.ai_server.faults import ApiFault, InvalidRequest, Overloaded
from peak_app.embedded.ai_server.limits import MAX_SESSIONS
from peak_app.embedded.ai_server.realtime.conversation import new_id
from peak_app.embedded.ai_server.realtime.session import RealtimeSession

log = logging.getLogger(__name__)

_TRY_AGAIN_LATER = 1013
_GOING_AWAY = 1001
_POLICY = 1008


class Places:
    """How many sessions run."""

    def __init__(self, most: int = MAX_SESSIONS) -> None:
        self.most = most
        self.taken = 0


async def realtime(socket: WebSocket) -> None:
    """Serve one session; a session more than there is room for gets an `error` event and is closed."""
    places: Places = socket.app.state.places
    await socket.accept(subprotocol="realtime" if "realtime" in socket.scope.get("subprotocols", []) else None)
    model = socket.query_params.get("model") or EMBEDDED_MODEL
    if len(model) > 200:
        await _refuse(socket, InvalidRequest("Invalid 'model'.", "invalid_value", "model"), _POLICY)
        return
    if places.taken >= places.most:
        sentence = f"All {places.most} places for voice sessions are taken. Try again in a few minutes."
        await _refuse(socket, Overloaded(sentence, "session_limit_reached"), _TRY_AGAIN_LATER)
        return
    places.taken += 1
    session = RealtimeSession(socket.app.state.engines, model)
    log.info("session %s opened, %d of %d places", session.id, places.taken, places.most)
    reason = "failed"
    try:
        reason = await session.run(lambda: _receive(socket), socket.send_text)
        if reason != "left":
            await socket.close(_GOING_AWAY, reason)
    except (WebSocketDisconnect, RuntimeError):
        # The client vanished while something was being written.
        reason = "left"
    finally:
        places.taken -= 1
        log.info("session %s closed: %s", session.id, reason)


async def _receive(socket: WebSocket) -> str | None:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        return None
    text = message.get("text")
    # A binary frame is not JSON text; the session says so in its error event.
    return text if text is not None else ""


async def _refuse(socket: WebSocket, fault: ApiFault, code: int) -> None:
    error = {**fault.body(), "event_id": None}
    await socket.send_text(orjson.dumps({"type": "error", "event_id": new_id("event"), "error": error}).decode())
    await socket.close(code, fault.code)
