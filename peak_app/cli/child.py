"""One child process: its group, its output, its end."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable

from peak_app.cli.component import Component

_READ_BYTES = 65536


class Child:
    """A running process in a session of its own, so that a signal reaches it and its children, and Ctrl-C does not."""

    def __init__(self, process: asyncio.subprocess.Process, pump: asyncio.Task[None]) -> None:
        self._process = process
        self._end = asyncio.create_task(self._finish(pump))
        self.started = time.time()

    @classmethod
    async def spawn(cls, component: Component, on_line: Callable[[str], None]) -> "Child":
        """Start it; every line it prints, on either stream, goes to `on_line`.

        Raises:
            OSError: the program can't be started.
        """
        # A pipe of our own: asyncio's would keep `wait` waiting while a grandchild holds it open.
        read, write = os.pipe()
        reader = asyncio.StreamReader()
        try:
            process = await asyncio.create_subprocess_exec(
                *component.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write,
                stderr=write,
                cwd=component.folder,
                env=dict(component.environment),
                start_new_session=True,
                # Recordings and logs are nobody else's: parts that mean otherwise say so themselves.
                umask=0o077,
                **component.spawn_options,
            )
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read, "rb"))
        return cls(process, asyncio.create_task(_pump(reader, transport, on_line)))

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """Its exit status, once it, the rest of its group and what they printed last are gone."""
        return await asyncio.shield(self._end)

    async def _finish(self, pump: asyncio.Task[None]) -> int:
        status = await self._process.wait()
        self.signal(signal.SIGKILL)
        await asyncio.wait([pump], timeout=1.0)
        pump.cancel()
        return status

    def signal(self, number: signal.Signals) -> None:
        """Send it to the whole group; nothing happens when nobody is left."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


async def _pump(reader: asyncio.StreamReader, transport: asyncio.ReadTransport, on_line: Callable[[str], None]) -> None:
    """Hand on complete lines; a line without an end is cut, never collected for ever."""
    rest = b""
    try:
        while chunk := await reader.read(_READ_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                on_line(line.decode(errors="replace"))
            if len(rest) > _READ_BYTES:
                on_line(rest.decode(errors="replace"))
                rest = b""
        if rest:
            on_line(rest.decode(errors="replace"))
    finally:
        transport.close()
