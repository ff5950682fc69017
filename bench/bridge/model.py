"""A stand-in for the model as a process: `python -m bench.bridge.model --port 9000`.

Bridges reach it at ws://127.0.0.1:{port}/v1/realtime, the benchmark at /control.
"""

import argparse
import asyncio
import signal

import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.bridge.control import Sighting, command_of, to_json
from bench.bridge.model_session import ModelSession

LARGEST_MESSAGE = 2**24


class Model:
    """All conversations of the process; sightings go to whoever is connected to /control."""

    def __init__(self) -> None:
        self._sessions: list[ModelSession] = []
        self._sightings: asyncio.Queue[Sighting] = asyncio.Queue()

    async def serve_one(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        try:
            if socket.request.path.startswith("/control"):
                await self._be_controlled(socket)
            else:
                session = ModelSession(len(self._sessions), socket, self._sightings.put_nowait)
                self._sessions.append(session)
                await session.run()
        except ConnectionClosed:
            return

    async def _be_controlled(self, socket: ServerConnection) -> None:
        telling = asyncio.create_task(self._tell(socket))
        try:
            async for text in socket:
                command = command_of(text)
                await self._sessions[command.session].do(command)
        finally:
            telling.cancel()

    async def _tell(self, socket: ServerConnection) -> None:
        while True:
            await socket.send(to_json(await self._sightings.get()))


async def serve_model(port: int) -> None:
    model = Model()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with serve(model.serve_one, "127.0.0.1", port, compression=None, max_size=LARGEST_MESSAGE):
        await stopped.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.bridge.model", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(serve_model(parser.parse_args().port))
