"""The room in a browser, against a bridge that does what the test tells it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ScratchDatabase
from tests.e2e.room_stage import AGENT, RoomStage, room_stage
from tests.emulators.scripted_bridge import ScriptedBridge

STAGES = [{"name": "Introduction", "minutes": 5}, {"name": "System design", "minutes": 15}]
REFUSED = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };"
SILENT = """navigator.mediaDevices.getUserMedia = async (wanted) => {
  const made = new AudioContext().createMediaStreamDestination().stream;
  if (!wanted.audio) throw new DOMException('', 'NotFoundError');
  return made;
};"""


@pytest.fixture(scope="module")
def built(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[RoomStage]:
    with room_stage(scratch_database, tmp_path_factory.mktemp("web")) as stage:
        stage.sign_in(browser)
        yield stage


@pytest.fixture
def stage(built: RoomStage) -> Iterator[RoomStage]:
    built.bridge.forget()
    yield built
    assert built.close_visits() == []


@pytest.fixture
def bridge(stage: RoomStage) -> ScriptedBridge:
    return stage.bridge


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def join(stage: RoomStage, browser: Browser, script: str = "", **options: object) -> Page:
    """In the room, connected, the agent listening after its first question."""
    page = stage.open_lobby(browser, script, **options)
    button(page, "Join meeting")
    stage.bridge.wait_connected()
    stage.bridge.wait_for("mute")
    stage.bridge.tell("state", value="speaking")
    stage.bridge.say("What did you build?", caption="a1")
    stage.bridge.tell("state", value="listening")
    expect(page.get_by_role("log", name="Captions").get_by_text("What did you build?")).to_be_visible()
    return page


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


class TestLobby:
    def test_what_is_kept_and_for_how_long_is_said_before_joining(self, stage: RoomStage, browser: Browser) -> None:
        page = stage.open_lobby(browser)
        expect(page.get_by_text("Microphone is ready")).to_be_visible()
        expect(page.get_by_text("By joining you agree that both voices and your camera are recorded")).to_be_visible()
        expect(page.get_by_text("90 days", exact=True).first).to_be_visible()
        for name in ("Microphone", "Camera", "Speaker"):
            expect(page.get_by_role("combobox", name=name, exact=True)).to_be_visible()
        assert overflow(page) <= 0

    def test_recording_can_be_switched_off(self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser) -> None:
        page = stage.open_lobby(browser)
        page.get_by_role("switch", name="Record this meeting").uncheck()
        expect(page.get_by_text("No sound or picture is kept; the transcript still is.")).to_be_visible()
        bridge.hello["is_recorded"] = False
        button(page, "Join meeting")
        bridge.wait_connected()
        expect(page.get_by_text("Not recorded")).to_be_visible()

    def test_the_coach_can_be_heard(self, stage: RoomStage, browser: Browser) -> None:
        page = stage.open_lobby(browser)
        before = len(stage.speech.requests)
        button(page, "Play the coach's voice")
        expect(page.get_by_role("button", name=re.compile("Stop the voice|Play the coach's voice"))).to_be_enabled()
        page.wait_for_timeout(500)
        assert len(stage.speech.requests) == before + 1

    def test_someone_waits_in_line_and_joins_by_themselves(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        bridge.refusals += [(503, {"error": "Taken.", "place": 2}), (503, {"error": "Taken.", "place": 1})]
        page = stage.open_lobby(browser)
        button(page, "Join meeting")
        expect(page.get_by_text("You are number 2 in line.")).to_be_visible()
        expect(page.get_by_text("You are number 1 in line.")).to_be_visible(timeout=8_000)
        bridge.wait_offers(1)
        bridge.wait_connected()
        expect(page.get_by_role("button", name="End meeting")).to_be_visible()


class TestTurns:
    def test_let_me_think_shows_a_ring_until_the_turn_is_given_back(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        page = join(stage, browser)
        button(page, "Let me think")
        bridge.wait_for("think", on=True)
        bridge.tell("thinking", left_ms=60_000)
        ring = page.get_by_role("timer", name="Time to think")
        expect(ring).to_contain_text(re.compile(r"0:5\d|1:00"))
        # The pointer still rests on it, and its white words are to be read all the same.
        expect(page.get_by_role("button", name="I'm ready")).to_have_css("background-color", "rgb(98, 94, 214)")
        button(page, "I'm ready")
        bridge.wait_for("think", on=False)
        bridge.tell("thinking", left_ms=0)
        expect(ring).to_have_count(0)

    def test_buttons_and_keys_ask_for_the_same(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        page = join(stage, browser)
        for name, key, wish in (("Repeat", "r", "repeat"), ("Skip", "s", "skip"), ("Clarify", "c", "clarify")):
            for act in (lambda name=name: button(page, name), lambda key=key: page.keyboard.press(key)):
                before = len(bridge.received)
                act()
                bridge.wait_for("wish", before, wish=wish)
        expect(page.get_by_role("button", name="I'm done")).to_be_disabled()
        bridge.tell("state", value="hearing")
        button(page, "I'm done")
        bridge.wait_for("done")

    def test_the_list_of_keys_is_a_dialog_that_gives_the_focus_back(self, stage: RoomStage, browser: Browser) -> None:
        page = join(stage, browser)
        opener = page.get_by_role("button", name="Keyboard shortcuts")
        opener.click()
        dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(dialog.get_by_text("Let me think, and I'm ready")).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(opener).to_be_focused()

    def test_keys_do_nothing_while_someone_types(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        page = join(stage, browser)
        page.keyboard.press("t")
        field = page.get_by_role("textbox", name="Your answer")
        expect(field).to_be_focused()
        before = len(bridge.received)
        page.keyboard.type("rsc hm")
        expect(field).to_have_value("rsc hm")
        page.wait_for_timeout(300)
        assert bridge.received[before:] == []


class TestTyping:
    def test_a_typed_answer_is_sent_and_marked(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        page = join(stage, browser)
        button(page, "Type instead")
        page.get_by_role("textbox", name="Your answer").fill("A queue.\nIn two weeks.")
        button(page, "Send answer")
        bridge.wait_for("typed", text="A queue.\nIn two weeks.")
        bridge.say("A queue.\nIn two weeks.", speaker="candidate", caption="typed.1")
        line = page.get_by_role("log", name="Captions").locator("[data-speaker=candidate]")
        expect(line).to_contain_text("In two weeks.")
        expect(line).to_contain_text("typed")
        expect(page.get_by_role("textbox", name="Your answer")).to_have_value("")

    def test_a_draft_survives_a_lost_connection(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        page = join(stage, browser)
        button(page, "Type instead")
        page.get_by_role("textbox", name="Your answer").fill("Half an answer")
        bridge.refusals += [(503, {"error": "Restarting."})] * 2
        bridge.vanish()
        expect(page.get_by_text("Your connection dropped.")).to_be_visible(timeout=15_000)
        bridge.wait_connected()
        expect(page.get_by_text("Your connection dropped.")).to_be_hidden(timeout=15_000)
        expect(page.get_by_role("textbox", name="Your answer")).to_have_value("Half an answer")

    def test_whose_microphone_is_refused_is_offered_typing(self, stage: RoomStage, browser: Browser) -> None:
        page = join(stage, browser, REFUSED)
        button(page, "Continue by typing")
        expect(page.get_by_role("textbox", name="Your answer")).to_be_focused()
        expect(page.get_by_role("button", name="Continue by typing")).to_have_count(0)

    def test_who_is_not_heard_for_five_seconds_is_offered_typing(self, stage: RoomStage, browser: Browser) -> None:
        page = join(stage, browser, SILENT)
        offer = page.get_by_role("button", name="Continue by typing")
        page.wait_for_timeout(3_000)
        expect(offer).to_have_count(0)
        expect(offer).to_be_visible(timeout=5_000)


class TestCaptions:
    def test_what_is_in_progress_is_outside_of_what_is_read_out(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        page = join(stage, browser)
        log = page.get_by_role("log", name="Captions")
        assert log.get_attribute("aria-live") == "polite"
        bridge.say("I moved it to a", speaker="candidate", caption="c1", is_final=False)
        expect(page.get_by_text("I moved it to a")).to_be_visible()
        expect(log.get_by_text("I moved it to a")).to_have_count(0)
        bridge.say("I moved it to a queue.", speaker="candidate", caption="c1")
        expect(log.get_by_text("I moved it to a queue.")).to_be_visible()

    def test_what_was_not_heard_is_struck_through(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        page = join(stage, browser)
        bridge.say("What did", caption="a2", is_final=False)
        bridge.tell("caption_cut", id="a2", text="What did you", unheard="measure before?")
        expect(page.locator("s").filter(has_text="measure before?")).to_be_visible()

    def test_size_and_presence_are_remembered(self, stage: RoomStage, browser: Browser) -> None:
        page = join(stage, browser)
        page.keyboard.press("]")
        expect(page.locator(".captions")).to_have_attribute("data-size", "large")
        page.keyboard.press(".")
        expect(page.get_by_role("log", name="Captions")).to_have_count(0)
        page.reload()
        button(page, "Join meeting")
        expect(page.get_by_role("button", name="End meeting")).to_be_visible()
        expect(page.get_by_role("log", name="Captions")).to_have_count(0)
        page.keyboard.press(".")
        expect(page.locator(".captions")).to_have_attribute("data-size", "large")

    def test_the_delivery_meter_is_there_for_who_wants_it(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        page = join(stage, browser)
        bridge.tell("delivery", words_per_minute=146, fillers=7)
        expect(page.get_by_text("146 words a minute")).to_have_count(0)
        button(page, "Settings")
        page.get_by_role("switch", name="Delivery meter").check()
        expect(page.get_by_text("146 words a minute")).to_be_visible()
        expect(page.get_by_text("Filler words: 7")).to_be_visible()


class TestTime:
    def test_stage_and_clock_are_the_bridges(self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser) -> None:
        bridge.hello.update(stages=STAGES, planned_s=1200)
        bridge.time.update(stage=1, stage_left_s=600, left_s=605, remaining_s=2000)
        page = join(stage, browser)
        expect(page.get_by_text("Stage 2 of 2 · System design")).to_be_visible()
        left = page.get_by_role("timer", name="Time left")
        expect(left).to_contain_text(re.compile(r"10:0\d left"))
        expect(left).to_have_attribute("data-tone", "calm")
        bridge.time.update(left_s=200, is_late=True, remaining_s=150)
        expect(left).to_have_attribute("data-tone", "late")
        expect(page.get_by_text(re.compile("Ends in 2:"))).to_be_visible()
        bridge.time.update(left_s=0)
        expect(left).to_have_attribute("data-tone", "over")


class TestTrouble:
    def test_an_agent_that_stays_away_is_told_of_and_one_can_end_with_what_there_is(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        page = join(stage, browser)
        bridge.tell("problem", code="voice_gone", text="The coach can't be reached.", is_fatal=False)
        expect(page.get_by_role("alert").filter(has_text="The coach can't be reached.")).to_be_visible()
        bridge.tell("problem", code="voice_back", text="", is_fatal=False)
        expect(page.get_by_text("The coach can't be reached.")).to_have_count(0)
        bridge.tell("problem", code="voice_gone", text="The coach can't be reached.", is_fatal=False)
        button(page, "End with what there is")
        bridge.wait_for("end")

    def test_a_call_that_was_lost_can_be_joined_again_or_ended(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        page = join(stage, browser)
        bridge.tell("problem", code="voice_gone", text="The coach will not come back.", is_fatal=True)
        expect(page.get_by_text("The coach will not come back.")).to_be_visible()
        expect(page.get_by_role("button", name="End with what there is")).to_be_visible()
        expect(page.get_by_role("button", name="Join again")).to_be_visible()

    def test_nothing_scrolls_sideways_on_a_small_phone(
        self, stage: RoomStage, bridge: ScriptedBridge, browser: Browser
    ) -> None:
        bridge.hello.update(stages=STAGES)
        page = join(stage, browser, viewport={"width": 360, "height": 740}, reduced_motion="reduce")
        assert overflow(page) <= 0
        button(page, "Type instead")
        assert overflow(page) <= 0
        heights = page.locator(".control").evaluate_all("found => found.map((one) => one.offsetHeight)")
        assert min(heights) >= 44
        running = "tile => tile.getAnimations({ subtree: true }).filter((one) => one.playState === 'running').length"
        assert page.get_by_role("region", name=AGENT).evaluate(running) == 0
