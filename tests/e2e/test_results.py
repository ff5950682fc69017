"""Reading a completed meeting: what was said is found, heard, corrected, and taken away."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import LaunchBrowser
from tests.e2e.speech import write_speech
from tests.e2e.visitor import Visitor

AGENT = "Robin"
INSTRUCTIONS = "You interview me for a senior backend role. Ask about databases and queues."
ANSWER = "I wrote the billing service on my own, because the old one lost invoices every night."
CORRECTED = "I wrote the building service on my own, because the old one lost invoices every night."


def _hold_typed_call(visitor: Visitor) -> str:
    """A short call, answered by keyboard; its recording has the agent's voice. Gives the meeting's id."""
    page = visitor.page
    meeting_id = visitor.open_call("Read again", AGENT)
    page.get_by_role("button", name="Join meeting").click()
    captions = page.get_by_role("log", name="Captions")
    expect(captions.locator("[data-speaker=agent]").first).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Type instead").click()
    page.get_by_role("textbox", name="Your answer").fill(ANSWER)
    page.get_by_role("button", name="Send answer").click()
    expect(captions.get_by_text("billing service").first).to_be_visible(timeout=10_000)
    expect(captions.locator("p").last).to_have_attribute("data-speaker", "agent", timeout=20_000)
    page.wait_for_timeout(4_000)
    page.get_by_role("button", name="End meeting").click()
    expect(page).to_have_url(re.compile(f"/meetings/{meeting_id}$"), timeout=15_000)
    expect(page.get_by_role("status").get_by_text("Completed", exact=True)).to_be_visible(timeout=60_000)
    return meeting_id


def _position(page: Page) -> float:
    return page.locator("audio").first.evaluate("player => player.currentTime")


def _hear(page: Page) -> None:
    """A line plays from where it was said, is marked, and is left and found again by buttons and keys."""
    line = page.locator("li[data-speaker=agent]").last
    play = line.get_by_role("button", name=re.compile("^Play from"))
    start_s = int(play.get_attribute("data-play-ms") or 0) / 1000
    line.locator("p").click()
    expect(line).to_have_attribute("data-playing", "true")
    sound = page.locator("audio").first
    # The line is marked before its first sound comes.
    expect(sound).to_have_attribute("data-first-heard", re.compile(r"\d"))
    assert start_s - 0.3 <= float(sound.get_attribute("data-first-heard") or 0) <= start_s + 0.3
    player = page.get_by_role("group", name="Player")
    player.get_by_role("button", name="Pause").click()
    player.get_by_label("Speed").select_option("2")
    assert page.locator("audio").first.evaluate("player => player.playbackRate") == 2
    before = _position(page)
    player.get_by_role("button", name="Back 10 seconds").click()
    # Where it is now, perhaps nobody has said anything yet.
    expect(line).not_to_have_attribute("data-playing", "true")
    assert _position(page) == pytest.approx(max(0, before - 10), abs=0.3)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert _position(page) <= before


def _find(page: Page) -> None:
    field = page.get_by_role("searchbox", name="Search transcript")
    field.fill("BILLING service")
    expect(page.get_by_text("1 of", exact=False).first).to_be_visible()
    first = page.locator("mark").first
    expect(first).to_have_text("billing service")
    expect(page.locator("mark[data-current]")).to_have_count(1)
    expect(page.locator(".time-bar [data-mark]").first).to_be_attached()
    field.fill("the")
    expect(page.locator("mark[data-current][data-hit='0']")).to_have_count(1)
    field.press("Enter")
    expect(page.locator("mark[data-current][data-hit='1']")).to_have_count(1)
    field.press("Shift+Enter")
    expect(page.locator("mark[data-current][data-hit='0']")).to_have_count(1)
    field.fill("hippopotamus")
    expect(page.get_by_text("Not said", exact=True)).to_be_visible()
    field.press("Escape")
    expect(field).to_have_value("")
    expect(page.locator("mark")).to_have_count(0)


def _correct(page: Page) -> None:
    line = page.locator("li[data-speaker=candidate]").first
    line.hover()
    line.get_by_role("button", name=re.compile("^Correct the line")).click()
    field = line.get_by_role("textbox", name="What was said")
    field.fill("  ")
    expect(line.get_by_role("button", name="Save")).to_be_disabled()
    field.fill("Something else.")
    line.get_by_role("button", name="Cancel").click()
    expect(line.locator("p")).to_have_text(ANSWER)

    line.get_by_role("button", name=re.compile("^Correct the line")).click()
    field.fill(CORRECTED)
    line.get_by_role("button", name="Save").click()
    expect(line.locator("p")).to_have_text(CORRECTED)
    expect(line.locator("q")).to_have_text(ANSWER)

    page.get_by_role("tab", name="Summary").click()
    expect(page.get_by_text("Needs re-run", exact=True)).to_be_visible()
    page.get_by_role("button", name="Re-run").click()
    expect(page.get_by_text("Needs re-run", exact=True)).to_have_count(0, timeout=60_000)
    expect(page.get_by_role("status").get_by_text("Completed", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_role("tabpanel").get_by_text("building service").first).to_be_visible()


@pytest.mark.timeout(300)
def test_what_was_said_is_found_heard_and_corrected(browser: Browser, visit: Callable[..., Visitor]) -> None:
    visitor = visit(browser, permissions=["microphone", "camera"], viewport={"width": 1280, "height": 800})
    page = visitor.page
    visitor.sign_in()
    visitor.create_agent(AGENT, INSTRUCTIONS)
    _hold_typed_call(visitor)
    page.get_by_role("tab", name="Recording").click()
    expect(page.get_by_label("Recording of the meeting")).to_be_visible(timeout=60_000)
    page.get_by_role("tab", name="Transcript").click()
    expect(page.locator("li[data-speaker=candidate] p").first).to_have_text(ANSWER)
    page.locator("audio").first.evaluate(
        "player => player.addEventListener('playing', () => { player.dataset.firstHeard ??= player.currentTime })"
    )
    _hear(page)
    _find(page)
    _correct(page)


@pytest.mark.timeout(300)
def test_what_may_have_been_misheard_is_marked_until_it_is_confirmed(
    launch_browser: LaunchBrowser, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    speech = write_speech(tmp_path / "backwards.wav", [14.0, ANSWER, 20.0], is_backwards=True)
    browser = launch_browser(f"--use-file-for-fake-audio-capture={speech}%noloop")
    visitor = visit(browser, permissions=["microphone", "camera"], viewport={"width": 1280, "height": 800})
    page = visitor.page
    visitor.sign_in()
    visitor.create_agent(AGENT, INSTRUCTIONS)
    meeting_id = visitor.open_call("Hardly heard", AGENT)
    page.get_by_role("button", name="Join meeting").click()
    said = page.get_by_role("log", name="Captions").locator("[data-speaker=candidate][data-final=true]")
    expect(said.first).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="End meeting").click()
    expect(page).to_have_url(re.compile(f"/meetings/{meeting_id}$"), timeout=15_000)
    expect(page.get_by_role("status").get_by_text("Completed", exact=True)).to_be_visible(timeout=60_000)

    page.get_by_role("tab", name="Transcript").click()
    line = page.locator("li[data-speaker=candidate]").first
    expect(line.get_by_text("Perhaps misheard:")).to_have_count(1)
    expect(line.get_by_title("Perhaps misheard")).to_have_css("text-decoration-style", "dotted")
    line.get_by_role("button", name=re.compile("^Correct the line")).click()
    expect(line.get_by_text("If it was heard right, save it as it is.")).to_be_visible()
    line.get_by_role("button", name="Save").click()
    expect(line.get_by_text("Perhaps misheard:")).to_have_count(0)
    expect(line.locator("q")).to_have_count(0)
