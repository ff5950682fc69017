"""The whole voice path without a key: a synthetic candidate talks to the embedded practice coach through the bridge."""

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from peak_app.config import Settings
from peak_app.embedded.ai_server.speech.synthesiser import Synthesiser
from tests.conftest import ScratchDatabase
from tests.integration.bridge_page import Page
from tests.integration.bridge_stage import ROOT, BridgeStage, running
from tests.ports import free_port


@pytest.fixture
def coach_url(tmp_path: Path) -> Iterator[str]:
    """The embedded server as a process of its own."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_"))}
    log = tmp_path / "ai.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "peak_app.embedded.ai_server", "--host", "127.0.0.1", "--port", str(port)],
            cwd=ROOT,
            env=environment | {"PEAK_HOME": str(tmp_path)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2, trust_env=False).status_code == 200:
                    break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def stage(
    database: ScratchDatabase, settings_for_tests: Callable[..., Settings], coach_url: str
) -> Iterator[BridgeStage]:
    made = BridgeStage(
        settings_for_tests(secret_key="test-secret"),
        database.web_url,
        database.worker_url,
        coach_url,
        is_embedded=True,
    )
    with running(made):
        yield made


ANSWER = "Last year two colleagues disagreed about a release, so I listened to both and we agreed on a smaller step."
"""One sentence: the synthetic voice pauses between sentences for longer than a turn's end."""


async def test_a_candidate_interrupts_is_understood_and_asked_on(stage: BridgeStage) -> None:
    synthesiser = Synthesiser()
    speech = await synthesiser.speak(ANSWER)
    synthesiser.close()
    owner_id, meeting_id = stage.meeting()
    page = Page(stage.url)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    await page.message("state", value="speaking", timeout_s=30)
    await asyncio.sleep(3)
    assert page.sound_ms > 1000

    page.mouth.say(speech)
    await page.message("state", value="hearing", timeout_s=30)
    await page.message("duck")
    cut = await page.message("caption_cut")
    assert "Mira" in cut["text"]
    assert cut["unheard"]
    words = await page.message("caption", speaker="candidate", is_final=True, timeout_s=60)
    assert {"colleagues", "release", "listened", "smaller"} <= set(re.findall(r"[a-z]+", words["text"].lower()))
    delay = await page.message("reply_delay", timeout_s=60)
    answered = page.messages.index(delay)
    reply = await page.message("caption", speaker="agent", is_final=True, after=answered, timeout_s=30)
    await asyncio.sleep(0.5)
    page.tell(type="end")
    await page.message("ended", reason="ended_by_person", timeout_s=20)
    await stage.until(lambda: stage.row(owner_id, meeting_id).status == "processing")

    first, answer, second = stage.turns(owner_id, meeting_id)
    assert [turn.speaker for turn in (first, answer, second)] == ["agent", "candidate", "agent"]
    assert (first.text, first.unheard_text) == (cut["text"], cut["unheard"])
    assert answer.text == words["text"]
    assert 4000 < answer.end_ms - answer.start_ms < 9000
    assert answer.start_ms < first.end_ms < answer.start_ms + 1500
    assert answer.end_ms < second.start_ms
    assert second.reply_delay_ms == delay["ms"] == second.start_ms - answer.end_ms
    assert f"{second.text} {second.unheard_text}".split() == reply["text"].split()
    log = stage.log.read_text()
    assert "Traceback" not in log
    assert "colleagues" not in log
    await page.close()
