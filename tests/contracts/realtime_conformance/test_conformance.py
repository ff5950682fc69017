"""The embedded server plays every scene; and the rules themselves are shown to notice faults."""

import asyncio
import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hibari import Hibari

from peak_app.embedded.ai_server.speech.pcm import to_pcm
from tests.ai_process import AiProcess, ai_process, human_speech
from tests.contracts.realtime_conformance.client import read_speech, recording
from tests.contracts.realtime_conformance.rules import Event, violations
from tests.contracts.realtime_conformance.scenarios import SCENES, Stage

MODEL = "gpt-realtime-2.1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AiProcess]:
    with ai_process(tmp_path_factory.mktemp("conformance")) as process:
        yield process


@pytest.fixture(scope="module")
def synthetic_speech() -> bytes:
    return to_pcm(Hibari()("I worked on a payment service for three years, and I liked the people in my team."))


@pytest.mark.parametrize("name", SCENES)
async def test_the_embedded_server_plays_the_scene(name: str, server: AiProcess, synthetic_speech: bytes) -> None:
    async with recording(server.voice_url, MODEL) as client:
        await SCENES[name](client, Stage(synthetic_speech))


async def test_a_person_is_understood_too(server: AiProcess) -> None:
    stage = Stage(read_speech(human_speech(), 5.0))
    async with recording(server.voice_url, MODEL) as client:
        await SCENES["a_spoken_turn_is_heard_and_answered"](client, stage)
        heard = [event for event in client.events if event["type"].endswith("input_audio_transcription.completed")]
    assert "best of times" in heard[0]["transcript"].lower()


@pytest.fixture(scope="module")
def clean_log(server: AiProcess, synthetic_speech: bytes) -> Callable[[], list[Event]]:
    """Makes copies of one recorded log of a spoken turn."""
    recorded: list[Event] = []

    async def record() -> None:
        async with recording(server.voice_url, MODEL) as client:
            await SCENES["a_spoken_turn_is_heard_and_answered"](client, Stage(synthetic_speech))
            recorded.extend(client.events)

    asyncio.run(record())
    return lambda: copy.deepcopy(recorded)


def _first(log: list[Event], kind: str) -> Event:
    return next(event for event in log if event["type"] == kind)


def _late_delta(log: list[Event]) -> None:
    log.append({**_first(log, "response.output_audio.delta"), "event_id": "event_late"})


def _lost_delta(log: list[Event]) -> None:
    log.remove(_first(log, "response.output_audio_transcript.delta"))


def _wrong_usage(log: list[Event]) -> None:
    _first(log, "response.done")["response"]["usage"]["total_tokens"] += 1


def _no_end(log: list[Event]) -> None:
    log.remove(_first(log, "response.done"))


def _swapped(log: list[Event]) -> None:
    added, part = _first(log, "response.output_item.added"), _first(log, "response.content_part.added")
    first, second = log.index(added), log.index(part)
    log[first], log[second] = part, added


def _other_item(log: list[Event]) -> None:
    _first(log, "response.output_audio.delta")["item_id"] = "item_other"


def _same_event_id(log: list[Event]) -> None:
    log[-1]["event_id"] = log[0]["event_id"]


def _no_commit(log: list[Event]) -> None:
    log.remove(_first(log, "input_audio_buffer.committed"))


def _speech_twice(log: list[Event]) -> None:
    started = _first(log, "input_audio_buffer.speech_started")
    log.insert(log.index(started), {**started, "event_id": "event_twice"})


def _other_transcript(log: list[Event]) -> None:
    _first(log, "conversation.item.input_audio_transcription.completed")["transcript"] += " and more"


def _unreasoned_cancel(log: list[Event]) -> None:
    _first(log, "response.done")["response"].update(status="cancelled", status_details={"type": "cancelled"})


def _not_in_conversation(log: list[Event]) -> None:
    answer = _first(log, "response.output_item.added")["item"]["id"]
    log[:] = [
        event
        for event in log
        if not (event["type"].startswith("conversation.item.") and event.get("item", {}).get("id") == answer)
    ]


def _segment(item_id: str) -> Event:
    kind = "conversation.item.input_audio_transcription.segment"
    return {"type": kind, "event_id": "event_segment", "item_id": item_id, "text": "and"}


def _segment_of_nothing(log: list[Event]) -> None:
    log.append(_segment("item_nowhere"))


def _late_segment(log: list[Event]) -> None:
    log.append(_segment(_first(log, "input_audio_buffer.committed")["item_id"]))


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (_late_delta, "RESPONSE_LATE"),
        (_lost_delta, "TEXT_DELTAS"),
        (_wrong_usage, "USAGE_SUMS"),
        (_no_end, "RESPONSE_DONE"),
        (_swapped, "RESPONSE_ORDER"),
        (_other_item, "ITEM_IDS"),
        (_same_event_id, "EVENT_ID"),
        (_no_commit, "SPEECH_COMMITTED"),
        (_speech_twice, "SPEECH_PAIRS"),
        (_other_transcript, "TRANSCRIPTION_DELTAS"),
        (_unreasoned_cancel, "CANCEL_REASON"),
        (_not_in_conversation, "ITEM_MISSING"),
        (_segment_of_nothing, "TRANSCRIPTION_SEGMENT"),
        (_late_segment, "TRANSCRIPTION_ONCE"),
    ],
)
def test_the_rules_notice(
    fault: Callable[[list[Event]], None], rule: str, clean_log: Callable[[], list[Event]]
) -> None:
    log = clean_log()
    assert violations(log) == []
    fault(log)
    assert any(found.startswith(rule) for found in violations(log))


def test_recorded_speech_is_read_at_the_wire_rate() -> None:
    assert len(read_speech(Path(human_speech()), 2.0)) == 2 * 24_000 * 2
