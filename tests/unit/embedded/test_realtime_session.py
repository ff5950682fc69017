"""A whole session in one process over fake engines: what is prepared when, and what is thrown away."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from peak_app.embedded.ai_server.faults import ModelFailed
from peak_app.embedded.ai_server.realtime.session import RealtimeSession
from peak_app.embedded.ai_server.speech.detector import FRAME_MS
from peak_app.embedded.ai_server.speech.moonshine import Token
from peak_app.embedded.ai_server.speech.pcm import to_pcm
from peak_app.embedded.ai_server.speech.recogniser import Recognised
from peak_app.embedded.ai_server.turns import Context

LOUD, QUIET = 0.5, 0.01


class LoudnessDetector:
    def probability(self, frame: np.ndarray) -> float:
        return 0.95 if float(np.abs(frame).max()) > 0.2 else 0.02

    def reset(self) -> None:
        pass


class FakeRecogniser:
    """Hears the number of the call, behind it `end`. `gate` holds answers back."""

    def __init__(self) -> None:
        self.calls: list[float] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False
        self.end = ""
        self.is_idle = True

    async def transcribe(self, samples: np.ndarray, voiced_ms: int) -> Recognised:
        self.calls.append(len(samples) / 16)
        number = len(self.calls)
        await self.gate.wait()
        if self.fails:
            raise RuntimeError("no model")
        if voiced_ms < 250:
            return Recognised()
        text = f"words {number}{self.end}"
        return Recognised(text, (Token(text.encode(), -0.25),))


class FakeSynthesiser:
    def __init__(self) -> None:
        self.spoken: list[str] = []

    async def speak(self, sentence: str, speed: float = 1.0) -> bytes:
        await asyncio.sleep(0)
        self.spoken.append(sentence)
        return bytes(48_000)


class EchoBrain:
    """Says what it heard last, in two sentences."""

    name = "echo"
    is_free = True

    def __init__(self) -> None:
        self.fails = False

    async def reply(self, context: Context) -> AsyncIterator[str]:
        if self.fails:
            raise ModelFailed("It is away.", "model_unreachable")
        yield f"You said {context.turns[-1].text if context.turns else 'nothing'}."
        yield "Go on."


class Caller:
    """Drives a session and collects what it sends."""

    def __init__(self) -> None:
        self.recogniser, self.synthesiser, self.brain = FakeRecogniser(), FakeSynthesiser(), EchoBrain()
        engines: Any = SimpleNamespace(
            detector=LoudnessDetector, recogniser=self.recogniser, synthesiser=self.synthesiser, brain=self.brain
        )
        self.session = RealtimeSession(engines, "m")
        self.events: list[dict[str, Any]] = []
        self._frames: asyncio.Queue[str | None] = asyncio.Queue()
        self.running = asyncio.create_task(self.session.run(self._frames.get, self._take))

    async def _take(self, frame: str) -> None:
        self.events.append(json.loads(frame))

    async def send(self, kind: str, **fields: Any) -> None:
        self._frames.put_nowait(json.dumps({"type": kind, **fields}))
        await self.settle()

    async def settle(self) -> None:
        for _ in range(60):
            await asyncio.sleep(0)

    async def sound(self, loudness: float, length_ms: int) -> None:
        """Append sound in pieces of one detector frame."""
        tone = loudness * np.sin(2 * np.pi * 200 * np.arange(24 * FRAME_MS) / 24_000)
        for _ in range(length_ms // FRAME_MS):
            audio = base64.b64encode(to_pcm(tone.astype(np.float32))).decode()
            await self.send("input_audio_buffer.append", audio=audio)

    async def configure(self, **session: Any) -> None:
        await self.send("session.update", session={"type": "realtime", **session})

    async def leave(self) -> str:
        self._frames.put_nowait(None)
        return await self.running

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    def last(self, kind: str) -> dict[str, Any]:
        return next(event for event in reversed(self.events) if event["type"] == kind)


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    caller = Caller()
    await caller.settle()
    yield caller
    if not caller.running.done():
        await caller.leave()


@pytest.fixture
async def asking(caller: Caller) -> Caller:
    """A caller that decides itself when it is answered, and by what it is interrupted."""
    turn = {"type": "server_vad", "create_response": False, "interrupt_response": False}
    await caller.configure(audio={"input": {"turn_detection": turn}})
    return caller


async def test_the_answer_is_prepared_in_the_pause_and_sent_at_its_end(caller: Caller) -> None:
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, 256)
    assert len(caller.recogniser.calls) == 1
    assert caller.synthesiser.spoken == ["You said words 1."]
    assert "input_audio_buffer.speech_stopped" not in caller.kinds()
    await caller.sound(QUIET, 320)
    assert len(caller.recogniser.calls) == 1
    assert caller.synthesiser.spoken == ["You said words 1.", "Go on."]
    assert caller.last("response.done")["response"]["status"] == "completed"


async def test_what_was_prepared_is_thrown_away_when_the_person_goes_on(caller: Caller) -> None:
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, 256)
    await caller.sound(LOUD, 320)
    await caller.sound(QUIET, 576)
    assert len(caller.recogniser.calls) == 2
    done = caller.last("response.done")["response"]
    assert done["output"][0]["content"][0]["transcript"] == "You said words 2. Go on."
    assert caller.kinds().count("response.created") == 1


async def test_a_changed_context_makes_a_prepared_answer_void(caller: Caller) -> None:
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, 256)
    content = [{"type": "input_text", "text": "typed meanwhile"}]
    await caller.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
    await caller.sound(QUIET, 320)
    assert caller.synthesiser.spoken == ["You said words 1.", "You said words 1.", "Go on."]


async def test_who_asks_for_the_answer_gets_what_was_prepared_in_the_pause(asking: Caller) -> None:
    await asking.sound(LOUD, 960)
    await asking.sound(QUIET, 576)
    assert asking.synthesiser.spoken == ["You said words 1."]
    assert "response.created" not in asking.kinds()
    await asking.send("response.create")
    assert asking.synthesiser.spoken == ["You said words 1.", "Go on."]
    assert asking.last("response.done")["response"]["status"] == "completed"


async def test_what_was_prepared_in_writing_can_be_asked_for_aloud(asking: Caller) -> None:
    await asking.configure(output_modalities=["text"])
    await asking.sound(LOUD, 960)
    await asking.sound(QUIET, 576)
    await asking.send("response.create", response={"output_modalities": ["audio"]})
    assert asking.synthesiser.spoken == ["You said words 1.", "Go on."]


@pytest.mark.parametrize(
    "response",
    [
        {"instructions": "Be brief."},
        {"input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "words 1"}]}]},
        {"conversation": "none"},
    ],
)
async def test_who_asks_for_something_else_gets_an_answer_of_its_own(asking: Caller, response: dict[str, Any]) -> None:
    await asking.sound(LOUD, 960)
    await asking.sound(QUIET, 576)
    await asking.send("response.create", response=response)
    assert asking.synthesiser.spoken == ["You said words 1.", "You said words 1.", "Go on."]


async def test_an_answer_prepared_under_other_instructions_is_void(asking: Caller) -> None:
    await asking.sound(LOUD, 960)
    await asking.sound(QUIET, 576)
    await asking.configure(instructions="Ask about databases now.")
    await asking.send("response.create")
    assert asking.synthesiser.spoken == ["You said words 1.", "You said words 1.", "Go on."]


async def test_a_turn_ended_by_the_client_in_a_pause_is_answered_with_what_was_prepared(asking: Caller) -> None:
    await asking.sound(LOUD, 960)
    await asking.sound(QUIET, 256)
    await asking.send("input_audio_buffer.commit")
    await asking.send("response.create")
    assert len(asking.recogniser.calls) == 1
    assert asking.synthesiser.spoken == ["You said words 1.", "Go on."]


async def test_a_turn_ended_by_the_client_in_mid_speech_is_heard_to_its_end(asking: Caller) -> None:
    await asking.sound(LOUD, 960)
    await asking.send("input_audio_buffer.commit")
    await asking.send("response.create")
    await asking.sound(LOUD, 640)
    first, second = [event for event in asking.events if event["type"] == "input_audio_buffer.speech_started"]
    assert first["item_id"] != second["item_id"]
    assert second["audio_start_ms"] >= 960 - FRAME_MS
    assert asking.last("response.done")["response"]["output"][0]["content"][0]["transcript"].startswith(
        "You said words"
    )


async def test_between_turns_there_is_nothing_to_commit(asking: Caller) -> None:
    await asking.sound(QUIET, 2000)
    await asking.send("input_audio_buffer.commit")
    assert asking.last("error")["error"]["code"] == "input_audio_buffer_commit_empty"
    await asking.sound(LOUD, 960)
    await asking.sound(QUIET, 576)
    await asking.send("input_audio_buffer.commit")
    assert asking.kinds().count("input_audio_buffer.committed") == 1


@pytest.mark.parametrize(("end", "quiet_ms"), [(".", 704), (" and", 1_600), (",", 1_600)])
async def test_how_long_the_quiet_must_be_depends_on_the_words(caller: Caller, end: str, quiet_ms: int) -> None:
    await caller.configure(audio={"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "medium"}}})
    caller.recogniser.end = end
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, quiet_ms - 3 * FRAME_MS)
    assert "input_audio_buffer.speech_stopped" not in caller.kinds()
    await caller.sound(QUIET, 5 * FRAME_MS)
    stopped = caller.last("input_audio_buffer.speech_stopped")
    assert abs(stopped["audio_end_ms"] - (960 + quiet_ms)) <= 2 * FRAME_MS
    assert "response.created" in caller.kinds()


async def test_while_the_words_are_not_known_the_person_may_go_on(caller: Caller) -> None:
    await caller.configure(audio={"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "medium"}}})
    caller.recogniser.end = "."
    caller.recogniser.gate.clear()
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, 960)
    assert "input_audio_buffer.speech_stopped" not in caller.kinds()
    caller.recogniser.gate.set()
    await caller.settle()
    await caller.sound(QUIET, FRAME_MS)
    assert "input_audio_buffer.speech_stopped" in caller.kinds()


SEGMENT = "conversation.item.input_audio_transcription.segment"


@pytest.fixture
async def reading(caller: Caller) -> Caller:
    """A caller that shows words while they are being spoken."""
    await caller.configure(audio={"input": {"transcription": {"model": "m", "delay": "minimal"}}})
    return caller


async def test_words_are_shown_while_they_are_spoken(reading: Caller) -> None:
    await reading.sound(LOUD, 1_600)
    segments = [event for event in reading.events if event["type"] == SEGMENT]
    assert [event["text"] for event in segments] == ["words 1", "words 2"]
    assert len({(event["id"], event["item_id"]) for event in segments}) == 1
    await reading.sound(QUIET, 576)
    assert reading.last("conversation.item.input_audio_transcription.completed")["transcript"] == "words 3"
    assert [event["text"] for event in reading.events if event["type"] == SEGMENT][2:] == ["words 3"]


async def test_what_was_read_in_a_pause_is_not_read_again(reading: Caller) -> None:
    await reading.sound(LOUD, 640)
    await reading.sound(QUIET, 256)
    shown = reading.last(SEGMENT)["text"]
    since = len(reading.recogniser.calls)
    await reading.sound(LOUD, 704)
    assert reading.last(SEGMENT)["text"].startswith(f"{shown} words")
    assert max(reading.recogniser.calls[since:]) < 800


async def test_speech_without_a_pause_is_not_read_from_its_beginning_for_ever(reading: Caller) -> None:
    await reading.sound(LOUD, 12_800)
    assert max(reading.recogniser.calls) < 5_000
    assert len(reading.last(SEGMENT)["text"].split()) >= 4


@pytest.mark.parametrize("transcription", [None, {"model": "m"}, {"model": "m", "delay": "high"}])
async def test_words_are_shown_only_to_who_asked_for_it(caller: Caller, transcription: dict[str, str] | None) -> None:
    await caller.configure(audio={"input": {"transcription": transcription}})
    await caller.sound(LOUD, 3_200)
    await caller.sound(QUIET, 576)
    assert SEGMENT not in caller.kinds()
    assert len(caller.recogniser.calls) == 1


async def test_live_words_never_wait_before_real_ones(reading: Caller) -> None:
    reading.recogniser.is_idle = False
    await reading.sound(LOUD, 3_200)
    assert reading.recogniser.calls == []


async def test_words_read_too_late_are_not_shown(reading: Caller) -> None:
    reading.recogniser.gate.clear()
    await reading.sound(LOUD, 960)
    assert len(reading.recogniser.calls) == 1
    await reading.send("input_audio_buffer.clear")
    reading.recogniser.gate.set()
    await reading.settle()
    assert SEGMENT not in reading.kinds()


async def test_a_short_sound_is_not_read_live(reading: Caller) -> None:
    await reading.sound(LOUD, 192)
    await reading.sound(QUIET, 640)
    assert SEGMENT not in reading.kinds()


async def test_no_response_is_made_for_a_turn_the_person_resumes(caller: Caller) -> None:
    caller.recogniser.gate.clear()
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, 576)
    assert "input_audio_buffer.committed" in caller.kinds()
    await caller.sound(LOUD, 320)
    caller.recogniser.gate.set()
    await caller.settle()
    assert "response.created" not in caller.kinds()
    await caller.sound(QUIET, 576)
    assert caller.kinds().count("response.created") == 1
    assert caller.kinds().count("conversation.item.added") == 3


async def test_too_little_voice_gets_no_answer(caller: Caller) -> None:
    await caller.sound(LOUD, 128)
    await caller.sound(QUIET, 640)
    assert "input_audio_buffer.speech_stopped" in caller.kinds()
    assert "response.created" not in caller.kinds()


async def test_too_little_voice_into_an_answer_is_asked_about(caller: Caller) -> None:
    await caller.send("response.create")
    assert caller.last("response.done")["response"]["status"] == "completed"
    # The answer has two seconds of sound; the person makes a noise while it is being played.
    await caller.sound(LOUD, 128)
    await caller.sound(QUIET, 640)
    assert caller.kinds().count("response.created") == 2


async def test_a_failing_recogniser_is_told_and_survived(caller: Caller) -> None:
    await caller.configure(audio={"input": {"transcription": {"model": "m"}}})
    caller.recogniser.fails = True
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, 640)
    failed = caller.last("conversation.item.input_audio_transcription.failed")
    assert failed["error"]["code"] == "transcription_failed"
    caller.recogniser.fails = False
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, 640)
    assert caller.last("response.done")["response"]["status"] == "completed"


async def test_a_failing_brain_is_admitted_and_survived(caller: Caller) -> None:
    caller.brain.fails = True
    await caller.send("response.create")
    done = caller.last("response.done")["response"]
    assert done["status"] == "failed"
    assert done["status_details"]["error"]["code"] == "model_unreachable"
    caller.brain.fails = False
    await caller.send("response.create")
    assert caller.last("response.done")["response"]["status"] == "completed"


async def test_a_token_limit_ends_an_answer_between_sentences(caller: Caller) -> None:
    await caller.send("response.create", response={"max_output_tokens": 5})
    done = caller.last("response.done")["response"]
    assert done["status"] == "incomplete"
    assert done["status_details"]["reason"] == "max_output_tokens"
    assert done["output"][0]["content"][0]["transcript"] == "You said nothing."


async def test_the_voice_is_fixed_once_it_was_heard(caller: Caller) -> None:
    await caller.configure(audio={"output": {"voice": "cedar"}})
    assert caller.kinds()[-1] == "session.updated"
    await caller.send("response.create")
    await caller.configure(audio={"output": {"voice": "marin"}})
    assert caller.last("error")["error"]["code"] == "cannot_update_voice"


async def test_leaving_ends_every_task(caller: Caller) -> None:
    caller.recogniser.gate.clear()
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, 576)
    assert await caller.leave() == "left"
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and not task.done()] == []


async def test_who_asks_how_sure_the_recogniser_was_is_told_for_each_token(caller: Caller) -> None:
    kind = "conversation.item.input_audio_transcription.completed"
    turn = {"input": {"transcription": {"model": "m"}}}
    await caller.configure(audio=turn)
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, 576)
    assert "logprobs" not in caller.last(kind)
    await caller.configure(include=["item.input_audio_transcription.logprobs"])
    await caller.sound(LOUD, 960)
    await caller.sound(QUIET, 576)
    assert caller.last(kind)["logprobs"] == [{"token": "words 2", "bytes": list(b"words 2"), "logprob": -0.25}]
