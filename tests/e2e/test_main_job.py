"""The main job: sign in, describe a coach, talk to it, and read what came of it."""

import io
import re
import string
from collections.abc import Callable
from pathlib import Path

import av
import jiwer
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import LaunchBrowser
from tests.e2e.speech import write_speech
from tests.e2e.visitor import Visitor

FIRST = (
    "At my last company I owned the order pipeline. Um, I moved it from nightly jobs to a queue. "
    "And, um, the delay went from nine seconds to, um, half a second."
)
SECOND = (
    "I measured it with a trace on every step. The queue was ninety percent of the waiting time. "
    "So I changed the workers to read many orders at once, because each read cost the same, "
    "and after that the reports were ready before breakfast."
)
AGENT = "Morgan"
INSTRUCTIONS = (
    "You are a staff engineer interviewing me for a senior backend role. Ask about system design, databases and queues."
)
SOUND_LEVEL = 0.1
"""Level of the page's meter, 0 to 1, from which on the agent is heard."""


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two answers, with time before each for the agent to speak."""
    path = tmp_path_factory.mktemp("speech") / "answers.wav"
    return write_speech(path, [20.0, FIRST, 16.0, SECOND, 8.0])


def _words(text: str) -> str:
    spelled = text.lower().replace("90%", "ninety percent").replace("%", " percent")
    return " ".join(spelled.translate(str.maketrans("", "", string.punctuation)).split())


def _hold_call(page: Page) -> None:
    status = page.get_by_role("status")
    expect(status.get_by_text("Microphone is ready")).to_be_visible()
    expect(status.get_by_text("Camera is ready")).to_be_visible()
    page.get_by_role("button", name="Join meeting").click()

    captions = page.get_by_role("log", name="Captions")
    expect(captions.locator("[data-speaker=agent]").first).to_be_visible(timeout=20_000)
    # The agent is heard before the person has said a word.
    _expect_agent_heard(page)

    page.get_by_role("button", name="Mute", exact=True).click()
    page.get_by_role("button", name="Unmute", exact=True).click()
    page.get_by_role("button", name="Camera off").click()
    page.get_by_role("button", name="Camera on").click()
    expect(page.get_by_role("button", name="Camera off")).to_be_visible()

    said = captions.locator("[data-speaker=candidate][data-final=true]")
    expect(said.filter(has_text=re.compile("nightly|half a second", re.IGNORECASE)).first).to_be_visible(timeout=60_000)
    expect(said.filter(has_text=re.compile("trace|per ?cent", re.IGNORECASE)).first).to_be_visible(timeout=60_000)
    # The pauses between the sentences are about as long as those that end a turn.
    expect(said.filter(has_text=re.compile("breakfast", re.IGNORECASE)).first).to_be_visible(timeout=60_000)
    # And reacts to the second answer.
    expect(captions.locator("p").last).to_have_attribute("data-speaker", "agent", timeout=20_000)
    page.get_by_role("button", name="End meeting").click()


def _expect_agent_heard(page: Page) -> None:
    tile = page.locator("[data-agent-level]")
    for _ in range(200):
        if float(tile.get_attribute("data-agent-level") or 0) > SOUND_LEVEL:
            return
        page.wait_for_timeout(50)
    pytest.fail("The agent was not heard in the page.")


def _energies(media: bytes) -> list[float]:
    """Loudness (RMS, 0 to 1) of every audio track of a file."""
    energies: list[float] = []
    with av.open(io.BytesIO(media)) as container:
        count = len(container.streams.audio)
    for index in range(count):
        with av.open(io.BytesIO(media)) as container:
            resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
            pieces = [
                piece.to_ndarray().ravel()
                for frame in container.decode(container.streams.audio[index])
                for piece in resampler.resample(frame)
            ]
            energies.append(float(np.sqrt(np.mean(np.concatenate(pieces) ** 2))))
    return energies


def _expect_delivery_measured(page: Page) -> None:
    page.get_by_role("tab", name="Delivery").click()
    # Appears by itself, once the recording was listened to.
    chart = page.get_by_role("img", name=re.compile("^Words per minute over the time"))
    expect(chart).to_be_visible(timeout=90_000)
    fillers = page.locator("[data-measure=fillers]")
    fillers.locator("> summary").click()
    # Not each of the three is heard, nor always as what it is.
    expect(fillers.get_by_role("heading", name=re.compile("^(um|uh|er|erm)$")).first).to_be_visible()
    fillers.get_by_text("How this is measured").click()
    expect(fillers.get_by_text("Hesitations (um, uh")).to_be_visible()
    fillers.get_by_role("button", name=re.compile("^Play ")).first.click()
    expect(page.get_by_role("group", name="Player")).to_be_visible()
    page.wait_for_function("(sound => !sound.paused && sound.currentTime > 5)(document.querySelector('audio'))")
    page.keyboard.press("Escape")

    delays = page.locator("[data-measure=delay]")
    delays.locator("> summary").press("Enter")
    expect(delays.get_by_role("button", name=re.compile("^Play ")).first).to_be_visible()


def _expect_scores(page: Page) -> None:
    """Each number with words of the person that lead to the line they stand in; no number without them."""
    page.get_by_role("tab", name="Scorecard").click()
    expect(page.get_by_text("Measured by rules, not judged by a model")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile(r"^Rubric “Software engineering interview”, version \d"))).to_be_visible()
    criteria = page.locator("[data-criterion]")
    expect(criteria).to_have_count(7)
    for criterion in criteria.all():
        has_number = bool(re.search(r"[1-5] of 5", criterion.inner_text()))
        assert has_number == (criterion.locator(".quote").count() > 0)
        assert has_number != ("Not enough evidence" in criterion.inner_text())
    specifics = page.locator("[data-criterion=specifics]")
    expect(specifics.get_by_text(re.compile(r"[2-5] of 5"))).to_be_visible()
    quote = specifics.locator(".quote").first
    words = quote.inner_text().partition("“")[2].rpartition("”")[0]
    quote.click()
    expect(page.get_by_role("tab", name="Transcript")).to_have_attribute("aria-selected", "true")
    expect(page.locator("[data-focus=true]")).to_contain_text(words)


@pytest.mark.timeout(420)
def test_someone_talks_to_a_coach_they_described_and_reads_what_came_of_it(
    launch_browser: LaunchBrowser, visit: Callable[..., Visitor], speech: Path
) -> None:
    browser = launch_browser(f"--use-file-for-fake-audio-capture={speech}%noloop")
    visitor = visit(browser, permissions=["microphone", "camera"], viewport={"width": 1280, "height": 800})
    page = visitor.page
    visitor.sign_in()
    visitor.create_agent(AGENT, INSTRUCTIONS)
    expect(page.get_by_text("No language model is connected")).to_be_visible()
    meeting_id = visitor.open_call("Backend rehearsal", AGENT)
    _hold_call(page)

    expect(page).to_have_url(re.compile(f"/meetings/{meeting_id}$"), timeout=15_000)
    page.evaluate("window.wasNotReloaded = true")
    expect(page.get_by_role("status").get_by_text("Completed", exact=True)).to_be_visible(timeout=60_000)
    assert page.evaluate("window.wasNotReloaded === true")

    page.get_by_role("tab", name="Summary").click()
    expect(page.get_by_text("Written without a language model: quotes only")).to_be_visible()
    expect(page.get_by_role("heading", name="Question by question")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Show the line at")).first.click()
    expect(page.get_by_role("tab", name="Transcript")).to_have_attribute("aria-selected", "true")
    expect(page.locator("[data-focus=true]")).to_be_in_viewport()

    heard = page.locator("li[data-speaker=candidate] p").all_inner_texts()
    assert jiwer.wer(_words(f"{FIRST} {SECOND}"), _words(" ".join(heard))) <= 0.2
    asked = _words(" ".join(page.locator("li[data-speaker=agent] p").all_inner_texts()))
    assert len(asked.split()) > 20
    # Each voice is on its own lines: the agent may quote the person, but never speaks a whole answer.
    assert _words(SECOND) not in asked

    _expect_scores(page)

    page.get_by_role("tab", name="Recording").click()
    player = page.get_by_label("Recording of the meeting")
    expect(player).to_be_visible(timeout=60_000)
    media = visitor.context.request.get(f"/media/{meeting_id}/recording.webm")
    assert media.status == 200
    energies = _energies(media.body())
    assert len(energies) == 3
    assert all(energy > 0.005 for energy in energies)

    _expect_delivery_measured(page)

    page.get_by_role("tab", name="Ask").click()
    page.get_by_role("textbox", name="Ask about this meeting").fill("How did I measure the waiting time?")
    page.get_by_role("button", name="Ask", exact=True).click()
    answer = page.get_by_role("log", name="Questions and answers")
    quote = answer.get_by_role("button", name=re.compile("trace|waiting time", re.IGNORECASE)).first
    expect(quote).to_be_visible(timeout=30_000)
    quote.click()
    expect(page.locator("[data-focus=true]")).to_contain_text(re.compile("trace|waiting time", re.IGNORECASE))


@pytest.mark.timeout(180)
def test_a_second_tab_takes_the_call_over(browser: Browser, visit: Callable[..., Visitor]) -> None:
    visitor = visit(browser, permissions=["microphone", "camera"])
    first = visitor.page
    visitor.sign_in()
    visitor.create_agent(AGENT, INSTRUCTIONS)
    meeting_id = visitor.open_call("Two tabs", AGENT)
    first.get_by_role("button", name="Join meeting").click()
    expect(first.get_by_role("log", name="Captions").locator("p[data-speaker]").first).to_be_visible(timeout=20_000)

    second = visitor.open_tab()
    second.goto(f"/meetings/{meeting_id}")
    expect(second.get_by_role("status").get_by_text("Live", exact=True)).to_be_visible()
    second.get_by_role("link", name="Return to the call").click()
    second.get_by_role("button", name="Join meeting").click()
    expect(first.get_by_role("alert")).to_contain_text("This meeting was opened somewhere else", timeout=20_000)
    expect(second.get_by_role("button", name="End meeting")).to_be_visible()

    first.get_by_role("button", name="Use this tab instead").click()
    expect(second.get_by_role("button", name="Use this tab instead")).to_be_visible(timeout=20_000)
    first.get_by_role("button", name="End meeting").click()
    expect(first).to_have_url(re.compile(f"/meetings/{meeting_id}$"), timeout=15_000)


@pytest.mark.timeout(180)
def test_without_a_microphone_one_answers_by_typing(
    launch_browser: LaunchBrowser, visit: Callable[..., Visitor]
) -> None:
    browser = launch_browser("--deny-permission-prompts")
    visitor = visit(browser)
    page = visitor.page
    # The switch for fake devices also grants them; the page has to meet the refusal of a real browser.
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };"
    )
    visitor.sign_in()
    visitor.create_agent(AGENT, INSTRUCTIONS)
    meeting_id = visitor.open_call("Typed rehearsal", AGENT)
    expect(page.get_by_role("status").get_by_text("The microphone is blocked.")).to_be_visible()
    expect(page.get_by_role("status").get_by_text("The camera is blocked.")).to_be_visible()
    page.get_by_role("button", name="Join meeting").click()
    captions = page.get_by_role("log", name="Captions")
    expect(captions.locator("[data-speaker=agent]").first).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Continue by typing").click()
    page.get_by_role("textbox", name="Your answer").fill("I wrote the billing service on my own.")
    page.get_by_role("button", name="Send answer").click()
    expect(captions.get_by_text("I wrote the billing service on my own.")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="End meeting").click()
    expect(page).to_have_url(re.compile(f"/meetings/{meeting_id}$"), timeout=15_000)
    expect(page.get_by_role("status").get_by_text("Completed", exact=True)).to_be_visible(timeout=60_000)
    page.get_by_role("tab", name="Transcript").click()
    expect(page.locator("li[data-speaker=candidate] p")).to_have_text("I wrote the billing service on my own.")
    expect(page.get_by_text("typed", exact=True)).to_be_visible()
