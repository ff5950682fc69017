"""Interruptions in a real browser: from the model's `speech_started` to silence in what the page plays."""

import asyncio
import random
import time
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench.bridge.audible import last_audible_ms
from bench.bridge.contestants import Contestant
from bench.bridge.control import Command
from bench.bridge.interruption import ANSWER
from bench.bridge.model_link import ModelLink
from bench.bridge.page_server import page_server
from bench.bridge.sounds import VOICE_MS
from bench.bridge.stretch import running
from tests.e2e.browser import get_chromium

SWITCHES = (
    "--autoplay-policy=no-user-gesture-required",
    # Calls stay on this machine, which browsers otherwise keep out of sight.
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--no-sandbox",
)
_HEARD_S = (1.2, 1.6)
_SETTLE_S = 0.9
_JOIN_SETTLE_S = 2.5


async def interrupt_in_browser(contestant: Contestant, times: int, folder: Path) -> list[float]:
    """Ms until the page was silent, of each interruption."""
    chromium = await asyncio.to_thread(get_chromium)
    async with (
        running(contestant, folder) as (_, link),
        page_server(contestant) as origin,
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=str(chromium), args=list(SWITCHES)) as browser,
    ):
        page = await browser.new_page()
        await page.goto(f"{origin}/pages/{contestant.name}.html")
        await page.evaluate("page.join()")
        session = await link.next_session()
        await asyncio.sleep(_JOIN_SETTLE_S)
        return [await _interrupt(page, link, session) for _ in range(times)]


async def _interrupt(page: Page, link: ModelLink, session: int) -> float:
    await link.do(Command("reply", session, **ANSWER), "delta")
    await asyncio.sleep(random.uniform(*_HEARD_S))
    await page.evaluate(f"page.speak({VOICE_MS / 1000})")
    spoke = (await link.do(Command("speech", session), "speech")).at
    spoke_ms = (spoke + time.time() - time.monotonic()) * 1000
    await asyncio.sleep(VOICE_MS / 1000)
    await link.tell(Command("speech_end", session))
    await asyncio.sleep(_SETTLE_S)
    last = last_audible_ms(await page.evaluate("page.changes"))
    if last is None:
        raise RuntimeError("The page played nothing.")
    return max(0.0, last - spoke_ms)
