import os, pytest, pathlib
from tests.e2e.room_stage import room_stage
from tests.conftest import *
from tests.e2e.conftest import playwright, launch_browser, browser
OUT = pathlib.Path("/tmp/roomui/shots"); OUT.mkdir(exist_ok=True)
STAGES=[{"name":"Introduction","minutes":5},{"name":"System design","minutes":15},{"name":"Deep dive","minutes":8},{"name":"Your questions","minutes":2}]
@pytest.fixture(scope="module")
def stage(scratch_database, tmp_path_factory, browser):
    with room_stage(scratch_database, tmp_path_factory.mktemp("web")) as s:
        s.sign_in(browser); yield s

def fill(bridge):
    bridge.say("Welcome, Ann. I'm Morgan, and I'll lead this system design interview. Shall we begin with something you built yourself?", caption="a1")
    bridge.say("Yes. At my last company I owned the order pipeline. I moved it from nightly jobs to a queue, and the delay went from nine seconds to half a second.", speaker="candidate", caption="c1")
    bridge.tell("caption_cut", id="a2", text="What did you measure", unheard=" before and after, and how did you know the queue was the reason?")
    bridge.say("I measured it with a trace on every step.", speaker="candidate", caption="c2")
    bridge.say("Good. Now suppose traffic grows tenfold overnight. Which part would give", caption="a3", is_final=False)

CASES=[("desk",1280,800),("phone",390,844),("narrow",360,740),("tablet",820,1180),("wide",1680,1000)]
@pytest.mark.parametrize("scheme",["dark","light"])
@pytest.mark.parametrize("name,w,h",CASES)
def test_shots(stage, browser, name, w, h, scheme):
    if scheme=="light" and name in("narrow","tablet"): return
    b=stage.bridge; b.forget()
    b.hello.update(stages=STAGES, is_recorded=True)
    b.time.update(stage=1, stage_left_s=520, left_s=1240, remaining_s=2000)
    page = stage.open_lobby(browser, viewport={"width":w,"height":h}, color_scheme=scheme)
    page.get_by_text("Microphone is ready").wait_for()
    page.wait_for_timeout(800)
    page.screenshot(path=OUT/f"lobby-{name}-{scheme}.png")
    page.screenshot(path=OUT/f"lobby-{name}-{scheme}-full.png", full_page=True)
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"); assert over<=0, over
    page.get_by_role("button", name="Join meeting").click()
    b.wait_connected(); b.wait_for("camera")
    b.sound(True); b.tell("state", value="speaking"); fill(b)
    page.wait_for_timeout(900)
    page.screenshot(path=OUT/f"room-{name}-{scheme}.png")
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"); assert over<=0, over
    b.time.update(is_late=True, left_s=200, remaining_s=150, is_stage_late=True)
    b.sound(False); b.tell("state", value="holding"); b.tell("thinking", left_ms=47000); b.tell("delivery", words_per_minute=146, fillers=7)
    b.say("Good. Now suppose traffic grows tenfold overnight. Which part would give way first?", caption="a3")
    page.get_by_role("button", name="Type instead").click()
    page.get_by_label("Your answer").fill("The database would be first: every write goes through one primary.\nI would")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Delivery meter").check()
    page.wait_for_timeout(1200)
    page.screenshot(path=OUT/f"room-{name}-{scheme}-hold.png")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.wait_for_timeout(400)
    page.screenshot(path=OUT/f"room-{name}-{scheme}-keys.png")
    page.keyboard.press("Escape"); page.keyboard.press("Escape"); 
    b.tell("thinking", left_ms=0); b.tell("state", value="hearing"); b.say("So I would shard", speaker="candidate", caption="c9", is_final=False)
    b.tell("problem", code="voice_gone", text="The agent's connection is away; it is tried again.", is_fatal=False)
    page.get_by_role("button", name="Mute").click()
    page.wait_for_timeout(600)
    page.screenshot(path=OUT/f"room-{name}-{scheme}-gone.png")
    assert stage.close_visits()==[]
