"""`python -m tests.contracts.realtime_conformance ws://127.0.0.1:3010/v1 speech.wav [--only name,...]`.

Works against any Realtime server; OPENAI_API_KEY is sent when it is set. Exit code 1 when a scene fails.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from tests.contracts.realtime_conformance.client import Broken, read_speech, recording
from tests.contracts.realtime_conformance.scenarios import SCENES, Stage


async def _run(url: str, model: str, stage: Stage, names: list[str]) -> int:
    failed = 0
    for name in names:
        try:
            async with recording(url, model, os.environ.get("OPENAI_API_KEY")) as client:
                await SCENES[name](client, stage)
            sys.stdout.write(f"ok      {name}\n")
        except (Broken, OSError) as fault:
            failed += 1
            sys.stdout.write(f"FAILED  {name}: {fault}\n")
    sys.stdout.write(f"{len(names) - failed} of {len(names)} scenes passed\n")
    return failed


parser = argparse.ArgumentParser(prog="realtime_conformance", description="Checks a Realtime server.")
parser.add_argument("url")
parser.add_argument("speech", type=Path)
parser.add_argument("--model", default="gpt-realtime-2.1")
parser.add_argument("--only", default=",".join(SCENES))
arguments = parser.parse_args()
speech = read_speech(arguments.speech, 5.0)
sys.exit(1 if asyncio.run(_run(arguments.url, arguments.model, Stage(speech), arguments.only.split(","))) else 0)
