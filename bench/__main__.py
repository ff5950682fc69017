"""`python -m bench [--meetings N]`: the promises of the main job, measured on a product of its own.

Prints each figure beside its limit; the last line is one JSON object.
"""

import argparse
import asyncio
import json
import platform
import shutil
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench.interviews import ANSWERS, Interviewee, speak
from bench.percentiles import percentile
from bench.product import Product

IDLE_S = 20


async def measure(product: Product, meetings: int) -> dict[str, float]:
    figures: dict[str, float] = {"first_start_s": product.start()}
    product.stop()
    figures["second_start_s"] = product.start()
    await asyncio.sleep(IDLE_S)
    sizes = product.memory_mb()
    for name, size in sizes.items():
        print(f"  memory {name:<34} {size:8.1f} MB")
    figures["idle_memory_mb"] = sizes["total"]
    person = Interviewee(product)
    voices = [speak(text) for text in ANSWERS]
    delays: list[int] = []
    completed: list[float] = []
    for number in range(meetings):
        held = await person.hold(voices)
        delays += held.reply_delays_ms
        completed.append(held.completed_s)
        print(
            f"  meeting {number + 1}: {held.duration_s:.0f} s, replies after {list(held.reply_delays_ms)} ms, "
            f"completed {held.completed_s:.1f} s after hang-up"
        )
        # An answer without a measured delay would make the figure look better than it is.
        assert len(held.reply_delays_ms) >= held.answers
    return figures | {
        "reply_p50_ms": statistics.median(delays),
        "reply_p95_ms": percentile(delays, 95),
        "replies": len(delays),
        "completed_p50_s": statistics.median(completed),
        "completed_max_s": max(completed),
    }


LIMITS = {
    "first_start_s": 60,
    "second_start_s": 20,
    "idle_memory_mb": 1500,
    "reply_p50_ms": 900,
    "reply_p95_ms": 1500,
    "completed_p50_s": 5,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--meetings", type=int, default=4)
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="peak-bench-"))
    root.chmod(0o755)
    product = Product(root / "home")
    print(f"{datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} cores, {platform.platform()}")
    try:
        figures = asyncio.run(measure(product, options.meetings))
    finally:
        product.stop()
        shutil.rmtree(root, ignore_errors=True)
    for name, value in figures.items():
        limit = LIMITS.get(name)
        verdict = "" if limit is None else f"  (limit {limit}{'' if value <= limit else ', MISSED'})"
        print(f"{name:<20} {value:10.2f}{verdict}")
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))
    return int(any(figures[name] > limit for name, limit in LIMITS.items()))


if __name__ == "__main__":
    sys.exit(main())
