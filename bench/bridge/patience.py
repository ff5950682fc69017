"""How many of the recorded answers a patient agent cuts off, counted in a process of its own: it can be ended."""

import asyncio
import sys
from pathlib import Path

from bench.bridge.processes import Child


async def count_patient_cut_offs(folder: Path) -> int:
    """`folder` takes the log.

    Raises:
        RuntimeError: it could not be counted; with the end of the log.
    """
    child = Child.start("patience", [sys.executable, "-m", "bench.bridge.patience"], folder)
    try:
        while child.process.poll() is None:
            await asyncio.sleep(0.2)
    finally:
        await child.stop()
    text = child.log.read_text(errors="replace").strip()
    if child.process.returncode != 0:
        raise RuntimeError(text[-500:])
    return int(text.splitlines()[-1])


def main() -> None:
    from bench.cut_offs import count_cut_offs  # noqa: PLC0415 - loads a recogniser and a voice

    print(count_cut_offs("patient"))


if __name__ == "__main__":
    main()
