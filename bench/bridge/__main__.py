"""`python -m bench.bridge`: the voice bridge beside a bare aiortc echo and beside pipecat, in one run.

Prints what it sees, then each figure beside its limit; the last line is one JSON object. Exit code 1: a limit was
missed, or a figure could not be measured.
"""

import argparse
import asyncio
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import psutil
import uvloop

from bench.bridge.installation import Installation, installed
from bench.bridge.limits import is_all_met, last_line, table
from bench.bridge.peers.loopback import stay_on_loopback
from bench.bridge.programme import QUICK, Extent, Programme, Who

RUN_WITHIN_S = 15 * 60


def extent_of(arguments: Sequence[str] | None = None) -> Extent:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.bridge", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="short, with 1 and 4 calls: for development")
    parser.add_argument("--only", choices=get_args(Who), action="append", help="measure this one; may be repeated")
    parser.add_argument("--calls", type=_calls, help="numbers of calls, as in 1,8,16")
    options = parser.parse_args(arguments)
    extent = QUICK if options.quick else Extent()
    return replace(
        extent, calls=options.calls or extent.calls, who=tuple(dict.fromkeys(options.only or ())) or extent.who
    )


def _calls(text: str) -> tuple[int, ...]:
    try:
        calls = {int(word) for word in text.split(",")}
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a list of numbers: {text}") from None
    if not all(1 <= number <= 32 for number in calls):
        raise argparse.ArgumentTypeError("a bridge takes 1 to 32 calls")
    return tuple(sorted(calls | {1}))


async def measure(programme: Programme) -> None:
    """The whole programme, within its time; SIGTERM ends it as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    began = time.monotonic()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        async with asyncio.timeout(RUN_WITHIN_S):
            await programme.run()
    except TimeoutError:
        print(f"Stopped after {RUN_WITHIN_S // 60} minutes.")
    else:
        print(f"That took {(time.monotonic() - began) / 60:.1f} minutes.")


def report(programme: Programme) -> int:
    figures = programme.findings.figures()
    print("\n".join(["", *table(figures)]))
    print(last_line(figures))
    return int(not is_all_met(figures))


def hold(extent: Extent, installation: Installation, folder: Path) -> int:
    programme = Programme(extent, installation, folder)
    uvloop.run(measure(programme))
    return report(programme)


def main() -> int:
    extent = extent_of()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} cores, {platform.platform()}")
    stay_on_loopback()
    root = Path(tempfile.mkdtemp(prefix="peak-bench-bridge-"))
    # PostgreSQL runs as another account when this is root's, and must reach its folder.
    root.chmod(0o755)
    try:
        with installed(root / "home") as installation:
            return hold(extent, installation, root)
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Stopped.", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
