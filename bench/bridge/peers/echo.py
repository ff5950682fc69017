"""The floor: a bare aiortc server that sends back what it receives, through aiortc's public `track.recv`.

`python echo.py --port 9000`; POST /offer takes and gives {"sdp", "type"}.
"""

import argparse

import uvicorn
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from av.frame import Frame
from loopback import stay_on_loopback
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class Echo(MediaStreamTrack):
    kind = "audio"

    def __init__(self, source: MediaStreamTrack) -> None:
        super().__init__()
        self._source = source

    async def recv(self) -> Frame:
        return await self._source.recv()  # pyright: ignore[reportReturnType]  # sound comes in frames


connections: set[RTCPeerConnection] = set()


async def offer(request: Request) -> JSONResponse:
    body = await request.json()
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connections.add(connection)
    connection.on("track", lambda track: connection.addTrack(Echo(track)))
    await connection.setRemoteDescription(RTCSessionDescription(body["sdp"], body["type"]))
    await connection.setLocalDescription(await connection.createAnswer())
    answer = connection.localDescription
    return JSONResponse({"sdp": answer.sdp, "type": answer.type})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    stay_on_loopback()
    app = Starlette(routes=[Route("/offer", offer, methods=["POST"])])
    uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="warning", loop="asyncio")
