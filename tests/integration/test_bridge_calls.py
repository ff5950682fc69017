"""Calls over real WebRTC against a scripted model: greeting, journal, interruption, coming back, ending."""

import asyncio
import base64
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import numpy as np
import pytest

from bridge.desk import CallDesk, DeskSetting
from bridge.journal import Journal
from bridge.recording import TrackWriter
from bridge.room import RoomSetting
from peak_app.adapters.openai.realtime import OpenAIVoice
from peak_app.config import Settings
from peak_app.db.engine import engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.agents.conduct import Stage as Part
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.meetings.bridges import BridgeService
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.ports.clock import system_clock
from peak_app.ports.voice import FOCUS_HEADING, RULES_HEADING
from tests.conftest import ScratchDatabase
from tests.emulators.realtime_server import HEARD_S, USAGE, RealtimeServer, realtime_server
from tests.integration.bridge_page import SOUND, Page, peak
from tests.integration.bridge_stage import BridgeStage, running
from tests.ports import free_port


def tone(ms: int, hz: float = 440.0) -> bytes:
    return (9000 * np.sin(2 * np.pi * hz * np.arange(24 * ms) / 24_000)).astype("<i2").tobytes()


PRICES = {
    "PEAK_REALTIME_TEXT_INPUT_USD_PER_MILLION": "1",
    "PEAK_REALTIME_AUDIO_INPUT_USD_PER_MILLION": "10",
    "PEAK_REALTIME_TEXT_OUTPUT_USD_PER_MILLION": "100",
    "PEAK_REALTIME_AUDIO_OUTPUT_USD_PER_MILLION": "1000",
}


@pytest.fixture(scope="module")
def model_port() -> int:
    return free_port()


@pytest.fixture
async def model(model_port: int) -> AsyncIterator[RealtimeServer]:
    async with realtime_server(model_port) as server:
        yield server


@pytest.fixture(scope="module")
def bridge(
    scratch_database: ScratchDatabase, settings_for_tests: Callable[..., Settings], model_port: int
) -> Iterator[BridgeStage]:
    """One process for the calls of this file."""
    made = BridgeStage(
        settings_for_tests(secret_key="test-secret"),
        scratch_database.web_url,
        scratch_database.worker_url,
        f"http://127.0.0.1:{model_port}/v1",
        extra={"PEAK_RECONNECT_GRACE_S": "5", **PRICES},
    )
    with running(made):
        yield made
    log = made.log.read_text()
    assert "Traceback" not in log
    # Facts only: what was said is nobody's business who reads a log.
    for words in ("conflict", "money", "team", "Mira"):
        assert words not in log


@pytest.fixture
def stage(bridge: BridgeStage, database: ScratchDatabase) -> Iterator[BridgeStage]:
    """That process, running, with an empty database and without calls."""
    if not bridge.is_running:
        bridge.start()
    yield bridge
    bridge.end_all_calls()


@pytest.fixture
async def pages() -> AsyncIterator[Callable[[BridgeStage], Page]]:
    """Makes pages, and closes them all at the end."""
    made: list[Page] = []

    def make(stage: BridgeStage) -> Page:
        made.append(Page(stage.url))
        return made[-1]

    yield make
    await asyncio.gather(*(page.close() for page in made))


NewPage = Callable[[BridgeStage], Page]


async def test_a_call_is_greeted_heard_journalled_and_ended(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    greeting = "Hello, I am Mira. Tell me about a conflict you solved."
    model.greeting = (greeting, tone(600))
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))

    hello = await page.message("hello")
    assert hello["agent"] == "Mira Okafor"
    assert hello["is_resumed"] is False
    session = await model.session(0)
    assert session.config["instructions"].startswith("Your name is Mira Okafor.\nBehavioural interview.")
    assert "prompt" not in session.config
    caption = await page.message("caption", speaker="agent", is_final=True)
    assert caption["text"] == greeting
    await page.message("state", value="listening")
    await page.message("time")
    assert 580 <= page.sound_ms <= 660

    model.greeting = None
    page.mouth.say(tone(800, 300))
    await asyncio.sleep(0.5)
    await session.speech_started("item_a")
    await page.message("state", value="hearing")
    await asyncio.sleep(1.0)
    await session.speech_stopped("item_a", "I talked to both of them.", logprobs=[math.log(0.5), math.log(0.125)])
    # The model never speaks by itself.
    assert session.config["audio"]["input"]["turn_detection"] == {
        "type": "semantic_vad",
        "eagerness": "medium",
        "create_response": False,
        "interrupt_response": False,
    }
    await session.until("response.create", 2)
    await page.message("state", value="thinking")
    caption = await page.message("caption", speaker="candidate", is_final=True)
    assert caption["text"] == "I talked to both of them."
    await session.reply("And what changed?", tone(300))
    delay = await page.message("reply_delay")
    # The person fell silent 700 ms before the model took the turn for over.
    assert 550 <= delay["ms"] <= 1200
    await page.message("caption", text="And what changed?", is_final=True)
    await asyncio.sleep(0.6)

    page.tell(type="end")
    assert (await page.message("ended"))["reason"] == "ended_by_person"
    await stage.until(lambda: stage.row(owner_id, meeting_id).status == MeetingStatus.PROCESSING)
    turns = stage.turns(owner_id, meeting_id)
    assert [(turn.speaker, turn.text) for turn in turns] == [
        ("agent", greeting),
        ("candidate", "I talked to both of them."),
        ("agent", "And what changed?"),
    ]
    assert [turn.confidence for turn in turns] == [None, pytest.approx(0.25), None]
    assert abs(turns[0].end_ms - turns[0].start_ms - 600) <= 60
    assert turns[2].reply_delay_ms == delay["ms"] == sum(turns[2].delay_parts.values())
    assert turns[2].delay_parts["endpointing"] >= 500
    assert all(turn.is_final and turn.start_ms <= turn.end_ms for turn in turns)
    assert len(stage.outbox(meeting_id)) == 1
    assert stage.lease(owner_id, meeting_id) is None
    assert stage.row(owner_id, meeting_id).connected_ms > 2000
    live = stage.settings.home / "media" / str(owner_id) / str(meeting_id) / "live"
    agent_track = (live / "agent.0.pcm").read_bytes()
    at = turns[0].start_ms * 48
    assert peak(agent_track[at : at + 48 * 500]) > 5000
    assert peak((live / "candidate.0.pcm").read_bytes()) > 2000


async def test_an_interruption_cuts_the_answer_where_it_was_heard(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    await page.message("state", value="thinking")
    text = "one two three four five six seven eight nine ten"
    _, item_id = await session.reply(text, tone(5000))
    await page.message("state", value="speaking")
    await asyncio.sleep(1.53)
    page.mouth.say(tone(1000, 300))
    await asyncio.sleep(0.06)
    await session.speech_started("item_a", session.heard_ms - 60)
    told = time.monotonic()
    await page.message("duck")
    cut = await page.message("caption_cut")
    # Silent at once, cut when it is sure that it is an interruption.
    assert 0.25 <= time.monotonic() - told <= 0.6
    assert [at for at, frame in page.heard if peak(frame) > SOUND][-1] - told < 0.06
    await session.until("conversation.item.truncate")
    truncate = session.of_type("conversation.item.truncate")[0]
    assert truncate["item_id"] == item_id
    assert abs(truncate["audio_end_ms"] - page.sound_ms) <= 20
    assert 1400 <= page.sound_ms <= 1700
    assert cut["text"] == "one two three"
    assert cut["unheard"] == "four five six seven eight nine ten"
    await page.message("unduck")
    page.tell(type="end")
    await stage.until(lambda: stage.row(owner_id, meeting_id).status == "processing")
    (turn,) = stage.turns(owner_id, meeting_id)
    assert (turn.text, turn.unheard_text) == (cut["text"], cut["unheard"])
    assert abs(turn.end_ms - turn.start_ms - page.sound_ms) <= 40


async def test_what_a_call_took_is_in_the_ledger_once_whatever_became_of_it(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    await session.until("response.create")
    first, _ = await session.reply("Tell me about a conflict.", tone(300))
    await page.message("state", value="listening")
    page.mouth.say(tone(800, 300))
    await asyncio.sleep(0.5)
    await session.speech_started("item_a")
    await page.message("state", value="hearing")
    await asyncio.sleep(1.0)
    await session.speech_stopped("item_a", "I talked to both of them.")
    await stage.until(lambda: len(stage.uses(owner_id, meeting_id)) == 2)
    reply, heard = sorted(stage.uses(owner_id, meeting_id), key=lambda use: use.kind)
    assert (reply.kind, reply.source_id, reply.model, reply.status) == ("reply", first, "gpt-realtime-2.1", "completed")
    counts = (reply.text_input, reply.audio_input, reply.cached_text, reply.text_output, reply.audio_output)
    assert counts == (3, 1, 2, 1, 2)
    assert reply.cost_usd == pytest.approx(Decimal("0.002113"))
    assert (heard.kind, heard.source_id, heard.model, heard.seconds) == (
        "transcription",
        "item_a",
        "gpt-transcribe",
        HEARD_S,
    )
    assert heard.cost_usd is None

    # An answer is being made when the call ends: the model is told to stop, and says what it took until then.
    await session.until("response.create", 2)
    last, _ = await session.reply("What changed", tone(300), is_complete=False)
    # Said twice: a service that repeats itself is not paid twice.
    await session.send("response.done", response={"id": first, "status": "completed", "usage": USAGE})
    page.tell(type="end")
    await stage.until(lambda: stage.row(owner_id, meeting_id).status == MeetingStatus.PROCESSING)
    (cancelled,) = [use for use in stage.uses(owner_id, meeting_id) if use.source_id == last]
    assert (cancelled.status, cancelled.is_counted) == ("cancelled", True)
    assert len(stage.uses(owner_id, meeting_id)) == 3


async def test_what_a_call_took_outlives_its_bridge_and_its_model(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    await session.until("response.create")
    await session.reply("Tell me about a conflict.", tone(300), is_complete=False)
    await page.message("state", value="speaking")
    await session.socket.close(1011)
    await stage.until(lambda: [use.status for use in stage.uses(owner_id, meeting_id)] == ["lost"])
    again = await model.session(1)
    await again.reply("Tell me about a conflict.", tone(300))
    await stage.until(lambda: len(stage.uses(owner_id, meeting_id)) == 2)
    stage.kill()
    lost, counted = stage.uses(owner_id, meeting_id)
    # Both connections number their answers alike.
    assert (lost.source_id, lost.is_counted, lost.cost_usd) == (counted.source_id, False, None)
    assert (counted.is_counted, counted.status) == (True, "completed")


async def test_a_cough_lets_the_agent_go_on(stage: BridgeStage, model: RealtimeServer, pages: NewPage) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    await session.until("response.create")
    _, item_id = await session.reply("one two three four five six", tone(3000))
    await page.message("state", value="speaking")
    await asyncio.sleep(0.8)
    page.mouth.say(tone(200, 300))
    await asyncio.sleep(0.06)
    await session.speech_started("item_a", session.heard_ms - 60)
    await page.message("duck")
    await page.message("unduck")
    await page.message("caption", speaker="agent", text="one two three four five six", is_final=True)
    await session.speech_stopped("item_a", "Mm-hm.")
    # What was on its way when it fell silent is said again, so that no word is lost.
    assert 2980 <= page.sound_ms <= 3140
    await asyncio.sleep(0.3)
    assert len(session.of_type("response.create")) == 1
    assert session.of_type("conversation.item.truncate") == []
    await stage.until(lambda: len(stage.turns(owner_id, meeting_id)) == 2)
    agent, candidate = stage.turns(owner_id, meeting_id)
    assert (agent.item_id.split(".")[1], agent.unheard_text, candidate.text) == (item_id, "", "Mm-hm.")
    assert not candidate.was_cut_off


async def test_let_me_think_keeps_the_agent_silent_until_the_turn_is_given_back(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    model.greeting = ("Tell me about a conflict.", tone(200))
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    await page.message("state", value="listening")
    model.greeting = None
    page.tell(type="think", on=True)
    assert (await page.message("thinking"))["left_ms"] == 60_000
    await page.message("state", value="holding")
    await session.speech_started("item_a")
    await session.speech_stopped("item_a", "It was the migration.")
    await page.message("caption", speaker="candidate", is_final=True)
    await asyncio.sleep(0.3)
    assert len(session.of_type("response.create")) == 1
    page.tell(type="think", on=False)
    assert (await page.message("thinking", left_ms=0))["left_ms"] == 0
    await session.until("response.create", 2)


async def test_buttons_stages_and_long_answers_reach_the_model(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    conduct = Conduct("patient", 30, (Part("Warm-up", 2), Part("Design", 10, "How do they think?")))
    owner_id, meeting_id = stage.meeting(conduct=conduct)
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    hello = await page.message("hello")
    assert hello["stages"] == [{"name": "Warm-up", "minutes": 2}, {"name": "Design", "minutes": 10}]
    assert hello["planned_s"] == 720
    assert session.config["audio"]["input"]["turn_detection"]["eagerness"] == "low"
    assert "- Warm-up, 2 minutes (now)" in session.config["instructions"]
    time_left = await page.message("time")
    assert (time_left["stage"], time_left["is_late"]) == (0, False)
    assert 715 <= time_left["left_s"] <= 720
    await session.until("response.create")
    await session.reply("How are you?", tone(200))
    await page.message("state", value="listening")
    page.tell(type="wish", wish="clarify")
    asked = await session.until("response.create", 2)
    assert asked[1]["response"]["instructions"].startswith("The candidate asks what you mean")
    page.tell(type="done")
    await session.reply("I mean your mood.", tone(200))
    await page.message("caption", text="I mean your mood.", is_final=True)
    await session.speech_started("item_a")
    await page.message("state", value="hearing")
    page.tell(type="done")
    assert await session.until("input_audio_buffer.commit") == [{"type": "input_audio_buffer.commit"}]


async def test_what_a_meeting_is_to_practise_is_in_the_instructions_of_its_call(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    page = pages(stage)
    owner_id, meeting_id = stage.meeting(focus="Result: say what came of it.")
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    told = session.config["instructions"]
    assert f"\n{FOCUS_HEADING}\nResult: say what came of it.\n" in told
    assert told.index(RULES_HEADING) < told.index(FOCUS_HEADING)


async def test_greeting_time_limit_and_knowledge_reach_the_model_and_what_it_lacks_does_not(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    conduct = Conduct(greeting="Good morning, I am Mira.", limit_minutes=3, voice="nobody", language="de")
    owner_id, meeting_id = stage.meeting(conduct=conduct, documents=[Document("CV", "cv", "Played the xylograph.")])
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    hello = await page.message("hello")
    assert (hello["cap_s"], hello["planned_s"]) == (180, 120)
    instructions = session.config["instructions"]
    assert '- Begin with exactly these words: "Good morning, I am Mira.".' in instructions
    assert instructions.endswith('[{"kind": "cv", "name": "CV", "text": "Played the xylograph."}]')
    assert "German" not in instructions
    assert session.config["audio"]["output"]["voice"] == "marin"
    assert session.config["audio"]["input"]["transcription"]["language"] == "en"
    assert "xylograph" not in stage.log.read_text()


async def test_with_recording_off_nothing_is_kept_but_the_words(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting(is_recorded=False)
    model.greeting = ("Tell me about a conflict.", tone(300))
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    assert (await page.message("hello"))["is_recorded"] is False
    await page.message("state", value="listening")
    page.mouth.say(tone(500))
    await asyncio.sleep(1.2)
    page.tell(type="end")
    await stage.until(lambda: stage.row(owner_id, meeting_id).status == "processing")
    assert len(stage.turns(owner_id, meeting_id)) == 1
    assert not (stage.settings.home / "media" / str(owner_id)).exists()


async def test_a_call_goes_on_after_the_bridge_was_killed(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    model.greeting = ("Tell me about a conflict.", tone(300))
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    first = await model.session(0)
    await page.message("state", value="listening")
    await first.speech_started("item_a")
    await first.speech_stopped("item_a", "It was about money.")
    await stage.until(lambda: len(stage.turns(owner_id, meeting_id)) == 2)
    await asyncio.sleep(1.1)
    track = stage.settings.home / "media" / str(owner_id) / str(meeting_id) / "live" / "agent.0.pcm"
    assert track.stat().st_size > 300 * 40
    await asyncio.to_thread(stage.kill)
    assert stage.row(owner_id, meeting_id).status == "live"

    await asyncio.to_thread(stage.start)
    again = pages(stage)
    await again.join(meeting_id, stage.ticket(owner_id, meeting_id))
    hello = await again.message("hello")
    assert hello["is_resumed"] is True
    assert hello["elapsed_ms"] > 2000
    second = await model.session(1)
    # The candidate's answer was left without a reply: it comes now, and nobody is greeted again.
    await again.message("caption", speaker="agent", is_final=True)
    restored = [message["item"] for message in second.of_type("conversation.item.create")]
    assert [(item["role"], item["content"][0]["text"]) for item in restored] == [
        ("assistant", "Tell me about a conflict."),
        ("user", "It was about money."),
    ]
    chain = [message["previous_item_id"] for message in second.of_type("conversation.item.create")]
    assert chain == ["root", restored[0]["id"]]
    assert second.of_type("response.create") == [{"type": "response.create"}]
    await again.message("state", value="listening")
    again.tell(type="end")
    await stage.until(lambda: stage.row(owner_id, meeting_id).status == "processing")
    turns = stage.turns(owner_id, meeting_id)
    assert [turn.speaker for turn in turns] == ["agent", "candidate", "agent"]
    assert turns[2].start_ms >= hello["elapsed_ms"]
    assert (track.parent / "1.json").exists()
    assert len(stage.outbox(meeting_id)) == 1


async def test_a_call_whose_bridge_was_killed_in_the_greeting_is_not_greeted_again(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    model.greeting = ("Hello, I am Mira. Tell me about a conflict.", tone(8000))
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    await page.message("state", value="speaking")
    await stage.until(lambda: len(stage.turns(owner_id, meeting_id, is_final=False)) == 1)
    await asyncio.to_thread(stage.kill)

    await asyncio.to_thread(stage.start)
    again = pages(stage)
    await again.join(meeting_id, stage.ticket(owner_id, meeting_id))
    assert (await again.message("hello"))["is_resumed"] is True
    second = await model.session(1)
    await again.message("state", value="speaking")
    assert "cut you off" in second.of_type("response.create")[0]["response"]["instructions"]


async def test_a_newer_page_takes_the_seat_over(stage: BridgeStage, model: RealtimeServer, pages: NewPage) -> None:
    owner_id, meeting_id = stage.meeting()
    first, second = pages(stage), pages(stage)
    await first.join(meeting_id, stage.ticket(owner_id, meeting_id, seat="kitchen"))
    await first.message("hello")
    session = await model.session(0)
    await session.reply("A long question about your work.", tone(4000))
    await first.message("state", value="speaking")
    await asyncio.sleep(0.6)
    await second.join(meeting_id, stage.ticket(owner_id, meeting_id, seat="office"))
    assert (await first.message("ended"))["reason"] == "taken_over"
    assert (await second.message("hello"))["is_resumed"] is True
    assert stage.row(owner_id, meeting_id).status == "live"
    assert len(model.sessions) == 1
    # It was cut off in the middle: the model is asked to go on, not to greet.
    await asyncio.sleep(0.2)
    assert "cut you off" in session.of_type("response.create")[-1]["response"]["instructions"]
    await session.reply("Where were we?", tone(300))
    await second.message("caption", text="Where were we?", is_final=True)
    assert second.sound_ms > 0 or await second.message("state", value="speaking")


async def test_the_call_ends_when_the_plan_has_no_time_left(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id, remaining_seconds=2))
    hello = await page.message("hello")
    assert hello["cap_s"] <= 2
    assert (await page.message("ended"))["reason"] == "time_up"
    await stage.until(lambda: stage.row(owner_id, meeting_id).status == "processing")
    row = stage.row(owner_id, meeting_id)
    assert row.status_reason.startswith("This month's minutes were used up")
    assert 1500 <= row.connected_ms <= 4000


async def test_nobody_coming_back_ends_the_call_as_lost(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    await page.message("hello")
    await page.close()
    await stage.until(lambda: stage.row(owner_id, meeting_id).status == "processing", timeout_s=15)
    assert stage.row(owner_id, meeting_id).status_reason.startswith("The connection was lost")


async def test_the_conversation_survives_the_model_leaving(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    model.greeting = ("Tell me about a conflict.", tone(300))
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    first = await model.session(0)
    await page.message("state", value="listening")
    model.greeting = None
    model.refusals = 1
    # The service's own end of a session: the SDK alone would come back to an empty conversation.
    await first.socket.close(1001)
    await page.message("state", value="reconnecting")
    second = await model.session(1)
    created = await second.until("conversation.item.create")
    restored = [message["item"]["content"][0]["text"] for message in created]
    assert restored == ["Tell me about a conflict."]
    await page.message("state", value="listening", after=len(page.messages) - 1)
    assert second.of_type("response.create") == []
    # Both connections number their items alike; the journal keeps them apart.
    _, again = await second.reply("And then?", tone(200))
    await stage.until(lambda: len(stage.turns(owner_id, meeting_id)) == 2)
    assert {turn.item_id.split(".")[1] for turn in stage.turns(owner_id, meeting_id)} >= {again}


async def test_nonsense_from_the_model_disturbs_nothing(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    await page.message("hello")
    for message in (
        "not json",
        "[]",
        '{"type": 7}',
        '{"type": "response.output_audio.delta", "item_id": "x", "response_id": "y", "delta": "%%%"}',
        '{"type": "response.output_audio.delta", "item_id": null, "delta": 3}',
        '{"type": "response.done", "response": "?"}',
        '{"type": "input_audio_buffer.speech_started"}',
        '{"type": "input_audio_buffer.speech_stopped", "item_id": "never-started", "audio_end_ms": "soon"}',
        '{"type": "conversation.item.input_audio_transcription.completed", "item_id": "ghost", "transcript": null}',
        '{"type": "future.event", "anything": true}',
        '{"type": "error"}',
    ):
        await session.socket.send(message)
    await session.socket.send(b"\xff\xfe")
    # Pieces that end in the middle of a sample.
    pcm = tone(300)
    await session.send("response.created", response={"id": "r1"})
    place = {"response_id": "r1", "item_id": "i1"}
    for part in (pcm[:1001], pcm[1001:7000], pcm[7000:]):
        await session.send("response.output_audio.delta", **place, delta=base64.b64encode(part).decode())
    await session.complete("r1", "i1", "Still here.")
    await page.message("caption", text="Still here.", is_final=True)
    await stage.until(lambda: len(stage.turns(owner_id, meeting_id)) == 1)
    assert 280 <= page.sound_ms <= 360
    # Shifted by one byte it would be noise at full scale.
    assert max(peak(frame) for _, frame in page.heard) < 12_000


async def test_typed_answers_are_journalled_and_answered(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    await page.message("hello")
    await session.reply("How old is your team?", tone(200))
    await page.message("state", value="listening")
    page.channel.send("{broken")
    page.channel.send('{"type":"typed","text":' + '"x"' * 9000)
    page.tell(type="typed", text="  It is three years old. ")
    await page.message("caption", speaker="candidate", text="It is three years old.", is_final=True)
    await asyncio.sleep(0.2)
    item = (await session.until("conversation.item.create"))[0]["item"]
    assert item["content"] == [{"type": "input_text", "text": "It is three years old."}]
    assert session.of_type("response.create")[-1] == {"type": "response.create"}
    await stage.until(lambda: [turn.is_typed for turn in stage.turns(owner_id, meeting_id)] == [False, True])


async def test_stopping_the_bridge_leaves_calls_live(stage: BridgeStage, model: RealtimeServer, pages: NewPage) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    await page.message("hello")
    await session.speech_started("item_a")
    await session.speech_stopped("item_a", "Just before the end.")
    await page.message("caption", text="Just before the end.", is_final=True)
    stopping = asyncio.create_task(asyncio.to_thread(stage.stop))
    assert (await page.message("problem"))["code"] == "bridge_restarting"
    assert await stopping < 5
    assert stage.process is not None
    assert stage.process.returncode == 0
    assert stage.row(owner_id, meeting_id).status == "live"
    assert [turn.text for turn in stage.turns(owner_id, meeting_id)] == ["Just before the end."]
    lease = stage.lease(owner_id, meeting_id)
    assert lease is not None
    assert lease.connected_at is None


async def test_only_the_holder_of_a_good_ticket_joins(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    stranger_id, other_meeting_id = stage.meeting()
    offer = await pages(stage).offer()
    path = f"/calls/{meeting_id}/offer"
    good = stage.ticket(owner_id, meeting_id)
    late = stage.ticket(owner_id, meeting_id, lifetime=timedelta(seconds=-1))
    forged = good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB")
    for ticket in (late, forged, stage.ticket(stranger_id, other_meeting_id), "", None, 7, "a.b", "." * 5000):
        answer = await stage.post(path, {"ticket": ticket, "sdp": offer})
        assert answer.status_code == 403, ticket
        assert answer.json()["error"]
    # A ticket names the owner: for someone else's meeting the database shows nothing.
    answer = await stage.post(path, {"ticket": stage.ticket(stranger_id, meeting_id), "sdp": offer})
    assert answer.status_code == 404
    answer = await stage.post(path, {"ticket": good, "sdp": offer}, {"Origin": "http://127.0.0.1:3000"})
    assert answer.status_code == 403
    answer = await stage.post(f"/calls/{uuid4()}/end", {"ticket": good})
    assert answer.status_code == 403
    assert model.sessions == []
    assert stage.row(owner_id, meeting_id).status == "scheduled"


async def test_offers_that_make_no_sense_are_refused_with_a_sentence(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    ticket = stage.ticket(owner_id, meeting_id)
    offer = await pages(stage).offer()
    without_sound = "\r\n".join(line for line in offer.split("\r\n") if not line.startswith("m=audio"))
    broken = offer.replace("a=ice-ufrag:", "a=ice-nothing:")
    bodies = ("", "v=0", 7, None, "x" * 70_000, without_sound, broken, offer.replace("opus/48000/2", "G729/8000"))
    for sdp in bodies:
        answer = await stage.post(f"/calls/{meeting_id}/offer", {"ticket": ticket, "sdp": sdp})
        assert answer.status_code == 422, (str(sdp)[:80], answer.text)
        assert answer.json()["error"].endswith(".")
    for body in ([], "text", None):
        assert (await stage.post(f"/calls/{meeting_id}/offer", body)).status_code == 422
    assert stage.row(owner_id, meeting_id).status == "scheduled"
    # The meeting can still be held.
    page = pages(stage)
    page.connection.addTransceiver("video")
    await page.join(meeting_id, ticket)
    await page.message("hello")
    answer = page.connection.remoteDescription.sdp
    video = answer[answer.index("m=video") :].split("m=application")[0]
    assert "a=inactive" in video


async def test_a_busy_model_is_a_sentence_and_leaves_the_meeting_scheduled(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    model.refusals = 1
    offer = await pages(stage).offer()
    answer = await stage.post(
        f"/calls/{meeting_id}/offer", {"ticket": stage.ticket(owner_id, meeting_id), "sdp": offer}
    )
    assert answer.status_code == 503
    assert answer.json() == {"error": "The voice model is busy with other calls. Try again in a minute."}
    await stage.until(lambda: stage.lease(owner_id, meeting_id) is None)
    assert stage.row(owner_id, meeting_id).status == "scheduled"


async def test_a_meeting_that_is_over_can_not_be_joined(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    await page.message("hello")
    ticket = stage.ticket(owner_id, meeting_id)
    for _ in range(2):
        assert (await stage.post(f"/calls/{meeting_id}/end", {"ticket": ticket})).status_code == 200
    await stage.until(lambda: stage.row(owner_id, meeting_id).status == "processing")
    offer = await pages(stage).offer()
    answer = await stage.post(f"/calls/{meeting_id}/offer", {"ticket": ticket, "sdp": offer})
    assert answer.status_code == 409
    assert answer.json() == {"error": "This meeting is over."}
    assert len(stage.outbox(meeting_id)) == 1


async def test_a_muted_page_is_not_listened_to(stage: BridgeStage, model: RealtimeServer, pages: NewPage) -> None:
    owner_id, meeting_id = stage.meeting()
    page = pages(stage)
    await page.join(meeting_id, stage.ticket(owner_id, meeting_id))
    session = await model.session(0)
    await page.message("hello")
    page.tell(type="mute", on=True)
    await asyncio.sleep(0.2)
    silent_from = len(session.audio)
    page.mouth.say(tone(400))
    await asyncio.sleep(0.6)
    assert len(session.audio) - silent_from > 400 * 48
    assert peak(bytes(session.audio[silent_from:])) == 0
    page.tell(type="mute", on=False)
    await asyncio.sleep(0.2)
    page.mouth.say(tone(400))
    await asyncio.sleep(0.6)
    assert peak(bytes(session.audio[silent_from:])) > 5000


async def test_calls_that_nobody_holds_any_more_are_ended(
    stage: BridgeStage, model: RealtimeServer, pages: NewPage
) -> None:
    calls = CallService(TenantSessions(engine(stage.worker_url)), system_clock)
    past = CallService(TenantSessions(engine(stage.worker_url)), lambda: datetime.now(UTC) - timedelta(seconds=60))
    dead, alive = stage.meeting(), stage.meeting()
    for owner_id, meeting_id in (dead, alive):
        service = past if meeting_id == dead[1] else calls
        service.open_call(owner_id, meeting_id, "bridge-that-died")
        service.mark_connected(owner_id, meeting_id, "bridge-that-died")
    journal, writer = Journal(), TrackWriter()
    bridges = BridgeService(TenantSessions(engine(stage.worker_url)), system_clock, most_lag_ms=10)
    desk = CallDesk(
        RoomSetting(
            bridge_id="bridge-of-the-test",
            media_home=stage.settings.media_home,
            calls=calls,
            voice=OpenAIVoice(stage.settings),
            journal=journal,
            writer=writer,
            max_call_ms=60_000,
            grace_ms=5_000,
            language="en",
            now=system_clock,
        ),
        DeskSetting(bridges=bridges, url=stage.url, capacity=4, loop_lag_ms=lambda: 0.0),
    )
    assert await asyncio.to_thread(desk.end_stale_calls) == 1
    journal.close()
    writer.close()
    row = stage.row(*dead)
    assert row.status == "processing"
    assert row.status_reason.startswith("The connection was lost")
    assert len(stage.outbox(dead[1])) == 1
    assert stage.row(*alive).status == "live"
