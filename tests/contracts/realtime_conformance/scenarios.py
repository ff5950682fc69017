"""What a conforming Realtime server does, scene by scene, each on its own connection; the rules run over every log."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.contracts.realtime_conformance.client import RATE_HZ, Broken, Recorder

SILENCE_MS = 1_500
_LONG = "Greet me and explain at length what we are going to do."


@dataclass(frozen=True, slots=True)
class Stage:
    """What scenes need: about five seconds of speech as 24 kHz PCM."""

    speech: bytes

    @property
    def silence(self) -> bytes:
        return bytes(RATE_HZ * 2 * SILENCE_MS // 1000)


Scene = Callable[[Recorder, Stage], Awaitable[None]]
SCENES: dict[str, Scene] = {}


def scene(play: Scene) -> Scene:
    SCENES[play.__name__] = play
    return play


def expect(condition: object, sentence: str) -> None:
    if not condition:
        raise Broken(sentence)


def _vad(**changes: object) -> dict[str, Any]:
    detection = {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        **changes,
    }
    return {"input": {"transcription": {"model": "gpt-transcribe"}, "turn_detection": detection}}


def _vad_of_a_deciding_client(**changes: object) -> dict[str, Any]:
    return _vad(create_response=False, interrupt_response=False, **changes)


_PUSH_TO_TALK = {"input": {"transcription": {"model": "gpt-transcribe"}, "turn_detection": None}}


@scene
async def session_settings_are_echoed(client: Recorder, stage: Stage) -> None:
    created = client.events[0]["session"]
    expect(created["type"] == "realtime" and created["id"], "session.created has no usable session")
    session = await client.configure(
        instructions="Your name is Mira.", max_output_tokens=600, audio=_vad(silence_duration_ms=700)
    )
    expect(session["id"] == created["id"], "the session id changes")
    expect(session["instructions"] == "Your name is Mira.", "instructions are not echoed")
    detection = session["audio"]["input"]["turn_detection"]
    expect(
        detection["silence_duration_ms"] == 700 and detection["type"] == "server_vad", "turn detection is not echoed"
    )
    expect(session["audio"]["output"]["format"] == {"type": "audio/pcm", "rate": 24000}, "the output format is not PCM")
    session = await client.configure(audio={"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}})
    expect(session["instructions"] == "Your name is Mira.", "an update forgets what it does not name")
    expect(session["audio"]["input"]["turn_detection"]["type"] == "semantic_vad", "semantic_vad is not accepted")
    session = await client.configure(audio={"input": {"turn_detection": None}})
    expect(session["audio"]["input"]["turn_detection"] is None, "turn detection can't be switched off")


@scene
async def settings_of_cost_and_sound_are_echoed_or_refused(client: Recorder, stage: Stage) -> None:
    truncation = {"type": "retention_ratio", "retention_ratio": 0.5, "token_limits": {"post_instructions": 5000}}
    heard = {"transcription": {"model": "gpt-transcribe", "language": "en", "keywords": ["triage"]}}
    session = await client.configure(
        truncation=truncation,
        tracing=None,
        audio={"input": {"noise_reduction": {"type": "far_field"}, **heard}, "output": {"speed": 1.2}},
    )
    expect(session["truncation"] == truncation, "truncation is not echoed")
    expect(session.get("tracing") is None, "tracing is on")
    expect(session["audio"]["input"]["noise_reduction"]["type"] == "far_field", "noise reduction is not echoed")
    expect(session["audio"]["input"]["transcription"]["keywords"] == ["triage"], "keywords are not echoed")
    expect(session["audio"]["output"]["speed"] == 1.2, "the speed is not echoed")
    session = await client.configure(audio={"input": {"noise_reduction": None}}, truncation="auto")
    expect(session["audio"]["input"]["noise_reduction"] is None, "noise reduction can't be switched off")
    expect(session["truncation"] == "auto", "truncation can't be left to the model")
    for wrong in (
        {"audio": {"input": {"noise_reduction": {"type": "loud"}}}},
        {"audio": {"output": {"speed": 9}}},
        {"truncation": {"type": "retention_ratio", "retention_ratio": 7}},
        {"max_output_tokens": 0},
    ):
        since = len(client.events)
        await client.send("session.update", session={"type": "realtime", **wrong})
        error = await client.error_after(since)
        expect(error["type"] == "invalid_request_error", f"{next(iter(wrong))} out of range is no mistake")


@scene
async def a_spoken_response_is_streamed(client: Recorder, stage: Stage) -> None:
    done = await client.respond()
    expect(done["status"] == "completed", f"the response ended as {done['status']}")
    expect(done["output"][0]["content"][0]["type"] == "output_audio", "the answer is not spoken")
    expect(done["usage"]["output_token_details"]["audio_tokens"] > 0, "audio is not counted")


@scene
async def a_typed_answer_gets_a_response(client: Recorder, stage: Stage) -> None:
    await client.respond()
    await client.say_text("I build payment services and I would like to lead a team.")
    done = await client.respond()
    expect(done["status"] == "completed", f"the response ended as {done['status']}")


@scene
async def a_response_can_be_text(client: Recorder, stage: Stage) -> None:
    done = await client.respond(output_modalities=["text"], metadata={"purpose": "test"})
    expect(done["output"][0]["content"][0]["type"] == "output_text", "the answer is not text")
    expect(done["metadata"] == {"purpose": "test"}, "metadata is not kept")
    expect(
        not any(event["type"].startswith("response.output_audio") for event in client.events), "text came with audio"
    )


@scene
async def a_spoken_turn_is_heard_and_answered(client: Recorder, stage: Stage) -> None:
    await client.configure(audio=_vad())
    await client.speak(stage.speech + stage.silence)
    started = await client.wait("input_audio_buffer.speech_started")
    await client.wait("input_audio_buffer.speech_stopped")
    prefix = "conversation.item.input_audio_transcription"
    transcript = await client.wait(f"{prefix}.completed", lambda event: event["item_id"] == started["item_id"])
    expect(len(transcript["transcript"].split()) >= 3, "hardly anything was understood")
    created = await client.wait("response.created")
    done = await client.finished(created["response"]["id"])
    expect(done["status"] == "completed", f"the response ended as {done['status']}")


@scene
async def who_asks_how_sure_the_words_are_is_told(client: Recorder, stage: Stage) -> None:
    kind = "conversation.item.input_audio_transcription.completed"
    audio = _vad(create_response=False)
    # Newer models of the service are not said to give any.
    audio["input"]["transcription"] = {"model": "gpt-4o-transcribe"}
    await client.configure(include=["item.input_audio_transcription.logprobs"], audio=audio)
    await client.speak(stage.speech + stage.silence, speed=8)
    completed = await client.wait(kind)
    scores = completed.get("logprobs") or []
    expect(scores and all(score["logprob"] <= 0 for score in scores), "no probabilities come with the words")
    text = b"".join(bytes(score["bytes"]) for score in scores).decode()
    expect(text.split() == completed["transcript"].split(), "the probabilities belong to other words")


@scene
async def a_turn_without_automatic_response_only_reports(client: Recorder, stage: Stage) -> None:
    await client.configure(audio=_vad(create_response=False))
    await client.speak(stage.speech + stage.silence, speed=8)
    await client.wait("conversation.item.input_audio_transcription.completed")
    await asyncio.sleep(0.5)
    expect(not any(event["type"] == "response.created" for event in client.events), "a response was made unasked")


@scene
async def a_response_can_be_cancelled(client: Recorder, stage: Stage) -> None:
    await client.send("response.create", response={"instructions": _LONG})
    created = await client.wait("response.created")
    await client.send("response.cancel")
    done = await client.finished(created["response"]["id"])
    expect(done["status"] == "cancelled", f"the response ended as {done['status']} before it could be cancelled")
    expect(done["status_details"]["reason"] == "client_cancelled", "the reason is not client_cancelled")
    following = await client.respond()
    expect(following["status"] == "completed", "no response is possible after a cancelled one")


@scene
async def what_was_not_heard_is_forgotten(client: Recorder, stage: Stage) -> None:
    done = await client.respond()
    item_id = done["output"][0]["id"]
    since = len(client.events)
    await client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=400)
    truncated = await client.wait("conversation.item.truncated", since=since)
    expect(truncated["audio_end_ms"] == 400 and truncated["item_id"] == item_id, "another place was truncated")
    await client.send("conversation.item.retrieve", item_id=item_id)
    item = (await client.wait("conversation.item.retrieved"))["item"]
    expect(not item["content"][0].get("transcript"), "the transcript is still there after truncation")
    since = len(client.events)
    await client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=10_000_000)
    error = await client.error_after(since)
    expect(error["type"] == "invalid_request_error", "truncating beyond the end is not an error")


@scene
async def speech_interrupts_a_response(client: Recorder, stage: Stage) -> None:
    await client.configure(audio=_vad())
    await client.send("response.create", response={"instructions": _LONG})
    await client.speak(stage.speech, speed=0)
    created = await client.wait("response.created")
    done = await client.finished(created["response"]["id"])
    await client.wait("input_audio_buffer.speech_started")
    expect(done["status"] == "cancelled", f"the response ended as {done['status']} before speech could interrupt it")
    expect(done["status_details"]["reason"] == "turn_detected", "the reason is not turn_detected")
    await client.speak(stage.silence, speed=0)
    following = await client.wait(
        "response.created", lambda event: event["response"]["id"] != created["response"]["id"]
    )
    await client.finished(following["response"]["id"])


@scene
async def speech_need_not_interrupt(client: Recorder, stage: Stage) -> None:
    await client.configure(audio=_vad(interrupt_response=False, create_response=False))
    await client.send("response.create")
    await client.speak(stage.speech + stage.silence, speed=0)
    created = await client.wait("response.created")
    done = await client.finished(created["response"]["id"])
    expect(done["status"] == "completed", f"the response ended as {done['status']}")
    await client.wait("input_audio_buffer.speech_stopped")
    await client.wait("conversation.item.input_audio_transcription.completed")


@scene
async def a_deciding_client_asks_for_the_answer(client: Recorder, stage: Stage) -> None:
    await client.configure(audio=_vad_of_a_deciding_client())
    await client.speak(stage.speech + stage.silence, speed=4)
    stopped = await client.wait("input_audio_buffer.speech_stopped")
    expect(not any(event["type"] == "response.created" for event in client.events), "a response was made unasked")
    done = await client.respond()
    expect(done["status"] == "completed", f"the response ended as {done['status']}")
    kind = "conversation.item.input_audio_transcription.completed"
    transcript = await client.wait(kind, lambda event: event["item_id"] == stopped["item_id"])
    expect(len(transcript["transcript"].split()) >= 3, "hardly anything was understood")


@scene
async def a_deciding_client_takes_back_what_was_not_heard(client: Recorder, stage: Stage) -> None:
    await client.configure(audio=_vad_of_a_deciding_client())
    done = await client.respond()
    await client.speak(stage.speech, speed=4)
    await client.wait("input_audio_buffer.speech_started")
    since = len(client.events)
    place = {"item_id": done["output"][0]["id"], "content_index": 0}
    await client.send("conversation.item.truncate", **place, audio_end_ms=400)
    await client.wait("conversation.item.truncated", since=since)
    await client.speak(stage.silence, speed=4)
    await client.wait("input_audio_buffer.speech_stopped", since=since)
    expect((await client.respond())["status"] == "completed", "no response is possible after an interruption")


@scene
async def a_deciding_client_may_end_the_turn(client: Recorder, stage: Stage) -> None:
    await client.configure(audio=_vad_of_a_deciding_client(silence_duration_ms=2000))
    await client.speak(stage.speech, speed=4)
    started = await client.wait("input_audio_buffer.speech_started")
    await client.send("input_audio_buffer.commit")
    committed = await client.wait("input_audio_buffer.committed")
    expect(committed["item_id"] == started["item_id"], "the turn became another item")
    expect((await client.respond())["status"] == "completed", "a turn the client ended is not answered")


@scene
async def words_are_shown_while_they_are_spoken(client: Recorder, stage: Stage) -> None:
    audio = _vad_of_a_deciding_client()
    audio["input"]["transcription"] = {"model": "gpt-transcribe", "delay": "minimal"}
    await client.configure(audio=audio)
    await client.speak(stage.speech + stage.silence)
    stopped = await client.wait("input_audio_buffer.speech_stopped")
    prefix = "conversation.item.input_audio_transcription"
    await client.wait(f"{prefix}.completed", lambda event: event["item_id"] == stopped["item_id"])
    kinds = [event["type"] for event in client.events]
    early = client.events[: kinds.index("input_audio_buffer.speech_stopped")]
    segments = [event for event in early if event["type"] == f"{prefix}.segment"]
    expect(len(segments) >= 2, "hardly any words are shown before the turn is over")
    expect({event["item_id"] for event in segments} == {stopped["item_id"]}, "words of another turn are shown")
    expect(len({event["id"] for event in segments}) == 1, "a segment does not replace the one before")


@scene
async def push_to_talk_commits_on_request(client: Recorder, stage: Stage) -> None:
    await client.configure(audio=_PUSH_TO_TALK)
    await client.speak(stage.speech, speed=8)
    await client.send("input_audio_buffer.commit")
    committed = await client.wait("input_audio_buffer.committed")
    done = await client.respond()
    expect(done["status"] == "completed", f"the response ended as {done['status']}")
    kind = "conversation.item.input_audio_transcription.completed"
    transcript = await client.wait(kind, lambda event: event["item_id"] == committed["item_id"])
    expect(len(transcript["transcript"].split()) >= 3, "hardly anything was understood")
    kinds = {event["type"] for event in client.events}
    expect("input_audio_buffer.speech_started" not in kinds, "turns are detected although that is off")
    since = len(client.events)
    await client.send("input_audio_buffer.commit")
    error = await client.error_after(since)
    expect(error["code"] == "input_audio_buffer_commit_empty", "committing nothing is not an error")


@scene
async def cleared_audio_is_gone(client: Recorder, stage: Stage) -> None:
    await client.configure(audio=_PUSH_TO_TALK)
    await client.speak(stage.speech, speed=0)
    await client.send("input_audio_buffer.clear")
    await client.wait("input_audio_buffer.cleared")
    since = len(client.events)
    await client.send("input_audio_buffer.commit")
    error = await client.error_after(since)
    expect(error["code"] == "input_audio_buffer_commit_empty", "cleared audio can still be committed")


@scene
async def a_response_beside_the_conversation_leaves_no_trace(client: Recorder, stage: Stage) -> None:
    content = [{"type": "input_text", "text": "Hello, I am ready to begin."}]
    done = await client.respond(
        conversation="none",
        output_modalities=["text"],
        metadata={"kind": "aside"},
        input=[{"type": "message", "role": "user", "content": content}],
    )
    expect(done["status"] == "completed", f"the response ended as {done['status']}")
    expect(done["conversation_id"] is None, "an out-of-band response names a conversation")
    kinds = [event["type"] for event in client.events]
    expect("conversation.item.added" not in kinds, "an out-of-band response was added to the conversation")


@scene
async def items_can_be_restored_retrieved_and_deleted(client: Recorder, stage: Stage) -> None:
    previous = "root"
    for index, (role, kind) in enumerate(
        (("user", "input_text"), ("assistant", "output_text"), ("user", "input_text"))
    ):
        content = [{"type": kind, "text": f"This is message number {index}."}]
        item = {"id": f"restored_{index}", "type": "message", "role": role, "content": content}
        since = len(client.events)
        await client.send("conversation.item.create", previous_item_id=previous, item=item)
        added = await client.wait("conversation.item.added", since=since)
        expect(added["item"]["id"] == f"restored_{index}", "the id of a restored item is not kept")
        expect(added.get("previous_item_id") == (None if previous == "root" else previous), "items are not chained")
        previous = f"restored_{index}"
    await client.send("conversation.item.retrieve", item_id="restored_1")
    item = (await client.wait("conversation.item.retrieved"))["item"]
    expect(item["content"][0]["text"] == "This is message number 1.", "a restored item lost its text")
    await client.send("conversation.item.delete", item_id="restored_1")
    await client.wait("conversation.item.deleted")
    since = len(client.events)
    await client.send("conversation.item.retrieve", item_id="restored_1")
    expect((await client.error_after(since))["event_id"], "a deleted item is still there, or the error names no event")
    done = await client.respond()
    expect(done["status"] == "completed", f"the response ended as {done['status']}")


@scene
async def mistakes_are_answered_and_forgiven(client: Recorder, stage: Stage) -> None:
    async def refused(kind: str, **fields: object) -> dict[str, object]:
        since = len(client.events)
        event_id = await client.send(kind, **fields)
        error = await client.error_after(since)
        expect(error["type"] == "invalid_request_error", f"{kind}: the type is {error['type']}")
        expect(error.get("event_id") == event_id, f"{kind}: the error does not name the client's event")
        return error

    await refused("session.shutdown")
    await refused("session.update", session={"instructions": "no type"})
    error = await refused("session.update", session={"type": "realtime", "colour": "red"})
    expect(error["code"] == "unknown_parameter", "an unknown parameter has another code")
    await refused(
        "session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": {"type": "magic"}}}}
    )
    await refused("input_audio_buffer.append", audio="this is not base64!")
    await refused("input_audio_buffer.append", audio=base64.b64encode(b"odd").decode())
    await refused("input_audio_buffer.append")
    await refused("input_audio_buffer.commit")
    await refused("conversation.item.create", item={"type": "message", "role": "robot", "content": []})
    await refused("conversation.item.delete", item_id="item_nowhere")
    await refused("conversation.item.truncate", item_id="item_nowhere", content_index=0, audio_end_ms=0)
    error = await refused("response.cancel")
    expect(error["code"] == "response_cancel_not_active", "cancelling nothing has another code")
    for frame in ("{not json", "[]", '"text"', "{}"):
        since = len(client.events)
        await client.send_raw(frame)
        await client.error_after(since)
    expect((await client.respond())["status"] == "completed", "the session did not survive the mistakes")


@scene
async def a_second_response_waits_its_turn(client: Recorder, stage: Stage) -> None:
    await client.send("response.create", response={"instructions": _LONG})
    await client.send("response.create")
    error = (await client.wait("error"))["error"]
    expect(error["code"] == "conversation_already_has_active_response", "two responses at once have another code")
    created = await client.wait("response.created")
    expect((await client.finished(created["response"]["id"]))["status"] == "completed", "the first response was lost")
