"""The line to the model over a scripted one: coming back, giving up, and sound that came too late."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from bridge.clocks import MeetingClock
from bridge.events import (
    CallEvent,
    ReplyBegan,
    SpeechBegan,
    SpeechEnded,
    VoiceConnected,
    VoiceGaveUp,
    VoiceLost,
    VoiceStayedAway,
)
from bridge.voice_link import VoiceLink
from peak_app.errors import VoiceUnavailable
from peak_app.ports.usage import ModelUse, Tokens
from peak_app.ports.voice import (
    CandidateTextCompleted,
    PastLine,
    Pcm16,
    ReplyEnded,
    ReplyStarted,
    SpeechStarted,
    SpeechStopped,
    UseCounted,
    VoiceEvent,
    VoiceProblem,
    VoiceSetup,
    VoiceTraits,
)


@dataclass
class ScriptedConnection:
    """Says what is put into `script`; None is its end. `gate` holds sends back until it is set."""

    script: asyncio.Queue[VoiceEvent | None] = field(default_factory=asyncio.Queue)
    sent: list[object] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    is_closed: bool = False

    def __post_init__(self) -> None:
        self.gate.set()

    async def append(self, audio: Pcm16) -> None:
        await self.gate.wait()
        self.sent.append(audio)

    async def commit(self) -> None:
        self.sent.append("commit")

    async def instruct(self, instructions: str) -> None:
        self.sent.append(("instruct", instructions))

    async def ask(self, instructions: str | None) -> None:
        self.sent.append(("ask", instructions))

    async def add_line(self, line: PastLine) -> None:
        self.sent.append(line)

    async def cancel(self) -> None:
        self.sent.append("cancel")

    async def truncate(self, item_id: str, heard_ms: int) -> None:
        self.sent.append((item_id, heard_ms))

    async def events(self) -> AsyncIterator[VoiceEvent]:
        while (event := await self.script.get()) is not None:
            yield event

    async def close(self) -> None:
        self.is_closed = True
        self.script.put_nowait(None)


@dataclass
class ScriptedVoice:
    """Opens the connections it was given, in order; an error in their place is raised."""

    outcomes: list[ScriptedConnection | VoiceUnavailable]
    histories: list[tuple[PastLine, ...]] = field(default_factory=list)
    setups: list[VoiceSetup] = field(default_factory=list)
    traits: VoiceTraits = field(default_factory=lambda: VoiceTraits(knows_words_at_once=True))

    async def connect(self, setup: VoiceSetup, history: tuple[PastLine, ...]) -> ScriptedConnection:
        self.histories.append(history)
        self.setups.append(setup)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, VoiceUnavailable):
            raise outcome
        return outcome


@dataclass
class Line:
    link: VoiceLink
    events: list[CallEvent]
    task: asyncio.Task[None]
    clock: MeetingClock
    uses: list[tuple[str, ModelUse]]


async def opened(
    voice: ScriptedVoice,
    history: tuple[PastLine, ...] = (),
    *,
    last_voice_ms: float | None = None,
    patient: int = 0,
    rotate_after_s: float = 3_600.0,
) -> Line:
    events: list[CallEvent] = []
    uses: list[tuple[str, ModelUse]] = []
    clock = MeetingClock(None, datetime.now(UTC))
    link = VoiceLink(
        voice,
        VoiceSetup("Your name is Mira."),
        clock=clock,
        emit=events.append,
        history=lambda: history,
        last_voice_ms=lambda _: last_voice_ms,
        patient_delays_s=(0.0,) * patient,
        retry_delays_s=(0.0, 0.0, 0.0),
        rotate_after_s=rotate_after_s,
        on_use=lambda connection, use: uses.append((connection, use)),
    )
    await link.open()
    task = asyncio.create_task(link.run())
    await asyncio.sleep(0.01)
    return Line(link, events, task, clock, uses)


def kinds(line: Line) -> list[type[CallEvent]]:
    return [type(event) for event in line.events]


async def test_a_line_that_breaks_is_opened_again_with_the_history() -> None:
    first, second = ScriptedConnection(), ScriptedConnection()
    history = (PastLine("agent", "Why?"),)
    voice = ScriptedVoice([first, VoiceUnavailable("Busy."), second])
    line = await opened(voice, history)
    first.script.put_nowait(None)
    await asyncio.sleep(0.05)
    assert kinds(line) == [VoiceConnected, VoiceLost, VoiceConnected]
    assert voice.histories == [history] * 3
    assert first.is_closed
    assert line.link.reconnects == 1
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)
    assert second.is_closed


async def test_it_gives_up_after_so_many_attempts() -> None:
    first = ScriptedConnection()
    voice = ScriptedVoice([first, *(VoiceUnavailable("The model is busy.") for _ in range(3))])
    line = await opened(voice)
    first.script.put_nowait(None)
    await asyncio.wait_for(line.task, 2)
    assert isinstance(line.events[-1], VoiceGaveUp)
    assert line.events[-1].sentence == "The model is busy."


async def test_after_several_attempts_the_person_is_told_and_the_attempts_go_on() -> None:
    first, second = ScriptedConnection(), ScriptedConnection()
    voice = ScriptedVoice([first, *(VoiceUnavailable("The model is busy.") for _ in range(4)), second])
    line = await opened(voice, patient=3)
    first.script.put_nowait(None)
    await asyncio.sleep(0.05)
    assert kinds(line) == [VoiceConnected, VoiceLost, VoiceStayedAway, VoiceConnected]
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)


async def test_instructions_of_a_stage_hold_for_the_next_connection_too() -> None:
    first, second = ScriptedConnection(), ScriptedConnection()
    voice = ScriptedVoice([first, second])
    line = await opened(voice)
    line.link.instruct("Stage two.")
    await asyncio.sleep(0.01)
    assert ("instruct", "Stage two.") in first.sent
    first.script.put_nowait(None)
    await asyncio.sleep(0.05)
    assert [setup.instructions for setup in voice.setups] == ["Your name is Mira.", "Stage two."]
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)


async def test_a_turn_ends_with_its_last_voice_not_with_the_quiet_behind_it() -> None:
    connection = ScriptedConnection()
    line = await opened(ScriptedVoice([connection]), last_voice_ms=50_110.4)
    line.clock._origin_ms -= 60_000
    for n in range(10):
        line.link.send_sound(Pcm16(bytes(960)), 50_000 + 20 * n)
    await asyncio.sleep(0.01)
    connection.script.put_nowait(SpeechStopped("item_1", 160))
    await asyncio.sleep(0.01)
    ended = line.events[-1]
    assert isinstance(ended, SpeechEnded)
    assert ended.until_ms == 50_110
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)


async def test_a_refusal_for_good_is_not_tried_again() -> None:
    first = ScriptedConnection()
    voice = ScriptedVoice([first, VoiceUnavailable("The key is refused.", retryable=False), ScriptedConnection()])
    line = await opened(voice)
    first.script.put_nowait(None)
    await asyncio.wait_for(line.task, 2)
    assert kinds(line)[-1] is VoiceGaveUp
    assert len(voice.outcomes) == 1


async def test_connections_that_break_at_once_count_as_attempts() -> None:
    connections = [ScriptedConnection() for _ in range(8)]
    for connection in connections:
        connection.script.put_nowait(None)
    voice = ScriptedVoice(list(connections))
    line = await opened(voice)
    await asyncio.wait_for(line.task, 2)
    assert len(voice.histories) == 4
    assert kinds(line)[-1] is VoiceGaveUp


async def test_a_fatal_problem_opens_a_new_line() -> None:
    first, second = ScriptedConnection(), ScriptedConnection()
    line = await opened(ScriptedVoice([first, second]))
    first.script.put_nowait(VoiceProblem("session_expired", is_fatal=True))
    await asyncio.sleep(0.05)
    assert kinds(line)[-1] is VoiceConnected
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)


async def test_times_of_speech_come_from_the_sound_that_was_sent() -> None:
    connection = ScriptedConnection()
    line = await opened(ScriptedVoice([connection]))
    line.clock._origin_ms -= 60_000
    for n in range(10):
        line.link.send_sound(Pcm16(bytes(960)), 50_000 + 20 * n)
    await asyncio.sleep(0.01)
    connection.script.put_nowait(SpeechStarted("item_1", 60))
    connection.script.put_nowait(SpeechStopped("item_1", 160))
    await asyncio.sleep(0.01)
    began, ended = line.events[-2:]
    assert isinstance(began, SpeechBegan)
    assert isinstance(ended, SpeechEnded)
    assert (began.since_ms, ended.until_ms) == (50_060, 50_160)
    assert began.item_id == ended.item_id
    assert began.item_id.endswith(".item_1")
    line.link.truncate(began.item_id, 40)
    line.link.truncate("other1.item_1", 50)
    await asyncio.sleep(0.01)
    assert ("item_1", 40) in connection.sent
    assert 50 not in [entry[1] for entry in connection.sent if isinstance(entry, tuple)]
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)


async def test_sound_behind_a_stalled_line_is_gathered_and_old_sound_thrown_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridge.voice_link.OLDEST_SOUND_S", 0.1)
    connection = ScriptedConnection()
    line = await opened(ScriptedVoice([connection]))
    connection.gate.clear()
    for _ in range(5):
        line.link.send_sound(Pcm16(bytes(960)), 0)
    await asyncio.sleep(0.2)
    for _ in range(3):
        line.link.send_sound(Pcm16(bytes(960)), 0)
    connection.gate.set()
    await asyncio.sleep(0.02)
    # All at once what was queued together; of the sound behind it only what is still fresh.
    assert [len(audio.data) for audio in connection.sent if isinstance(audio, Pcm16)] == [960 * 5, 960 * 3]
    connection.gate.clear()
    line.link.send_sound(Pcm16(bytes(960)), 0)
    await asyncio.sleep(0.01)
    for _ in range(4):
        line.link.send_sound(Pcm16(bytes(960)), 0)
    await asyncio.sleep(0.2)
    line.link.send_sound(Pcm16(bytes(480)), 0)
    connection.gate.set()
    await asyncio.sleep(0.02)
    assert [len(audio.data) for audio in connection.sent if isinstance(audio, Pcm16)][2:] == [960, 480]
    assert line.link.dropped_ms == 80
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)


async def test_what_the_model_says_is_passed_on() -> None:
    connection = ScriptedConnection()
    line = await opened(ScriptedVoice([connection]))
    connection.script.put_nowait(ReplyStarted("r1"))
    await asyncio.sleep(0.01)
    assert isinstance(line.events[-1], ReplyBegan)
    assert line.events[-1].response_id == "r1"
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)


async def test_each_attempt_is_told_before_it_is_made_and_sound_that_left_is_counted() -> None:
    attempts: list[int] = []
    voice = ScriptedVoice([ScriptedConnection()])
    link = VoiceLink(
        voice,
        VoiceSetup("Your name is Mira."),
        clock=MeetingClock(None, datetime.now(UTC)),
        emit=lambda _: None,
        history=tuple,
        last_voice_ms=lambda _: None,
        on_attempt=lambda: attempts.append(len(voice.setups)),
    )
    await link.open()
    task = asyncio.create_task(link.run())
    await asyncio.sleep(0.01)
    link.send_sound(Pcm16(bytes(960)), 0.0)
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert attempts == [0]
    assert link.sent_bytes == 960


async def test_what_answers_took_is_told_apart_by_connection_and_an_unheard_end_is_no_reason_to_forget_one() -> None:
    first, second = ScriptedConnection(), ScriptedConnection()
    line = await opened(ScriptedVoice([first, second]))
    counted = ModelUse("reply", "r1", "m", tokens=Tokens(text_input=3))
    for event in (
        ReplyStarted("r1", "m"),
        ReplyEnded("r1", False, 3),
        UseCounted(counted),
        ReplyStarted("r2", "m"),
    ):
        first.script.put_nowait(event)
    await asyncio.sleep(0.02)
    assert line.link.has_open_replies
    first.script.put_nowait(None)
    second.script.put_nowait(UseCounted(counted))
    async with asyncio.timeout(5):
        while len(line.uses) < 3:  # noqa: ASYNC110 - a list is no event
            await asyncio.sleep(0.01)
    (one, same), (two, lost), (three, again) = line.uses
    assert (same, again) == (counted, counted)
    assert lost == ModelUse("reply", "r2", "m", "lost")
    assert one == two != three
    assert not line.link.has_open_replies
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for is no event
            await asyncio.sleep(0.01)


async def test_before_its_end_a_session_is_replaced_between_turns_and_nothing_is_lost() -> None:
    first, second = ScriptedConnection(), ScriptedConnection()
    history = (PastLine("agent", "Why?"),)
    voice = ScriptedVoice([first, second])
    line = await opened(voice, history, rotate_after_s=0.3)
    for event in (SpeechStarted("i1", 0), SpeechStopped("i1", 400), ReplyStarted("r1")):
        first.script.put_nowait(event)
    await asyncio.sleep(0.8)
    # Words are awaited and an answer is being made.
    assert len(voice.histories) == 1
    first.script.put_nowait(CandidateTextCompleted("i1", "Because."))
    await asyncio.sleep(0.3)
    assert len(voice.histories) == 1
    first.script.put_nowait(ReplyEnded("r1", False, 3))
    await until(lambda: first.is_closed)
    line.link.send_sound(Pcm16(b"\1\2" * 480), 0)
    await until(lambda: bool(second.sent))
    assert voice.histories == [history] * 2
    assert second.sent == [Pcm16(b"\1\2" * 480)]
    # The call hears of nothing, and it was no failure.
    assert not {VoiceLost, VoiceStayedAway, VoiceGaveUp} & set(kinds(line))
    assert kinds(line).count(VoiceConnected) == 1
    assert line.link.reconnects == 0
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)


async def test_sound_that_comes_while_a_session_is_replaced_reaches_the_next_one() -> None:
    first, second = ScriptedConnection(), ScriptedConnection()
    line = await opened(ScriptedVoice([first, second]), rotate_after_s=0.1)
    sent = 0
    while not second.sent:
        line.link.send_sound(Pcm16(b"\1\2" * 480), sent * 20)
        sent += 1
        await asyncio.sleep(0.01)
        assert sent < 1_000
    await asyncio.sleep(0.05)
    heard = b"".join(entry.data for entry in first.sent + second.sent if isinstance(entry, Pcm16))
    assert len(heard) == sent * 960
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)


async def test_a_session_that_can_not_be_replaced_yet_is_kept() -> None:
    first, second = ScriptedConnection(), ScriptedConnection()
    voice = ScriptedVoice([first, VoiceUnavailable("Busy."), second])
    line = await opened(voice, rotate_after_s=0.05)
    await until(lambda: first.is_closed)
    assert len(voice.histories) == 3
    assert VoiceLost not in kinds(line)
    line.task.cancel()
    await asyncio.gather(line.task, return_exceptions=True)
    assert second.is_closed
