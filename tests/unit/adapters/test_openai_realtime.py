"""The Realtime protocol, message by message."""

import base64
import math
from collections.abc import Iterator
from typing import Any

import pytest
from openai.types.realtime import RealtimeSessionCreateRequest
from pydantic import BaseModel, ValidationError

from peak_app.adapters.openai.realtime import OpenAIVoice, OpenAIVoiceConnection
from peak_app.adapters.openai.session import PADDING_MS, session_update
from peak_app.config import Settings
from peak_app.errors import VoiceUnavailable
from peak_app.ports.usage import ModelUse, Tokens
from peak_app.ports.voice import (
    CandidateTextCompleted,
    CandidateTextGrew,
    CandidateTextGuessed,
    PastLine,
    Pcm16,
    ReplyAudioArrived,
    ReplyAudioCompleted,
    ReplyEnded,
    ReplyStarted,
    ReplyTextCompleted,
    ReplyTextGrew,
    SpeechStarted,
    SpeechStopped,
    TurnTaking,
    UseCounted,
    VoiceEvent,
    VoiceProblem,
    VoiceSetup,
)
from tests.emulators.realtime_server import USAGE, realtime_server

PLACE = {"response_id": "r1", "item_id": "i1"}


def made(**fields: object) -> Settings:
    return Settings(_env_file=None, **fields)  # pyright: ignore[reportCallIssue, reportArgumentType]


def parse(kind: str, **fields: object) -> list[VoiceEvent]:
    return OpenAIVoiceConnection(None, "gpt-test").parse({"type": kind, **fields})  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("kind", "fields", "event"),
    [
        (
            "input_audio_buffer.speech_started",
            {"item_id": "i1", "audio_start_ms": 700},
            SpeechStarted("i1", 700 + PADDING_MS),
        ),
        (
            "input_audio_buffer.speech_stopped",
            {"item_id": "i1", "audio_end_ms": 3000},
            SpeechStopped("i1", 3000),
        ),
        ("input_audio_buffer.speech_stopped", {"item_id": "i1"}, SpeechStopped("i1", 0)),
        (
            "conversation.item.input_audio_transcription.segment",
            {"item_id": "i1", "id": "seg_1", "text": "It was heart", "start": 0.1, "end": 0.9},
            CandidateTextGuessed("i1", "It was heart"),
        ),
        (
            "conversation.item.input_audio_transcription.delta",
            {"item_id": "i1", "delta": "It"},
            CandidateTextGrew("i1", "It"),
        ),
        (
            "conversation.item.input_audio_transcription.completed",
            {"item_id": "i1", "transcript": " It was. "},
            CandidateTextCompleted("i1", "It was."),
        ),
        (
            "conversation.item.input_audio_transcription.completed",
            {"item_id": "i1", "transcript": "It was.", "logprobs": [{"logprob": 0}, {"logprob": math.log(0.25)}]},
            CandidateTextCompleted("i1", "It was.", confidence=0.5),
        ),
        ("conversation.item.input_audio_transcription.failed", {"item_id": "i1"}, CandidateTextCompleted("i1", "")),
        ("response.created", {"response": {"id": "r1"}}, ReplyStarted("r1", "gpt-test")),
        (
            "response.output_audio.delta",
            {**PLACE, "delta": base64.b64encode(b"\1\2").decode()},
            ReplyAudioArrived("r1", "i1", Pcm16(b"\1\2")),
        ),
        ("response.output_audio.done", PLACE, ReplyAudioCompleted("r1", "i1")),
        ("response.output_audio_transcript.delta", {**PLACE, "delta": "Why"}, ReplyTextGrew("r1", "i1", "Why")),
        (
            "response.output_audio_transcript.done",
            {**PLACE, "transcript": "Why?"},
            ReplyTextCompleted("r1", "i1", "Why?"),
        ),
        (
            "response.done",
            {"response": {"id": "r1", "status": "completed", "usage": {"total_tokens": 9}}},
            ReplyEnded("r1", is_failed=False, total_tokens=9),
        ),
        ("response.done", {"response": {"id": "r1", "status": "failed"}}, ReplyEnded("r1", True, 0)),
        ("error", {"error": {"code": "session_expired"}}, VoiceProblem("session_expired", is_fatal=True)),
        ("error", {"error": {"code": "invalid value: 'the words'"}}, VoiceProblem("unknown", is_fatal=False)),
    ],
)
def test_messages_become_events(kind: str, fields: dict[str, object], event: VoiceEvent) -> None:
    # What it took comes behind it, see below.
    assert parse(kind, **fields)[:1] == [event]


HEARD = "conversation.item.input_audio_transcription.completed"


@pytest.mark.parametrize(
    ("kind", "fields", "use"),
    [
        (
            "response.done",
            {"response": {"id": "r1", "status": "completed", "usage": USAGE}},
            ModelUse("reply", "r1", "gpt-test", tokens=Tokens(3, 1, 0, 2, 0, 1, 2)),
        ),
        (
            "response.done",
            {"response": {"id": "r1", "status": "cancelled", "usage": USAGE}},
            ModelUse("reply", "r1", "gpt-test", "cancelled", Tokens(3, 1, 0, 2, 0, 1, 2)),
        ),
        (
            "response.done",
            {"response": {"id": "r1", "status": "failed"}},
            ModelUse("reply", "r1", "gpt-test", "failed"),
        ),
        (
            "response.done",
            {"response": {"id": "r1", "status": "odd", "usage": {"input_token_details": {"text_tokens": "many"}}}},
            ModelUse("reply", "r1", "gpt-test"),
        ),
        (
            HEARD,
            {"item_id": "i1", "transcript": "So.", "usage": {"type": "duration", "seconds": 2.5}},
            ModelUse("transcription", "i1", "", seconds=2.5),
        ),
        (
            HEARD,
            {
                "item_id": "i1",
                "transcript": "So.",
                "usage": {
                    "type": "tokens",
                    "input_tokens": 12,
                    "output_tokens": 4,
                    "input_token_details": {"audio_tokens": 10, "text_tokens": 2},
                },
            },
            ModelUse("transcription", "i1", "", tokens=Tokens(text_input=2, audio_input=10, text_output=4)),
        ),
        *(
            (HEARD, {"item_id": "i1", "transcript": "So.", "usage": usage}, ModelUse("transcription", "i1", ""))
            for usage in (None, 3, {}, {"type": "duration", "seconds": -1}, {"type": "duration", "seconds": math.nan})
        ),
    ],
)
def test_what_an_answer_or_a_turn_took_is_told(kind: str, fields: dict[str, object], use: ModelUse) -> None:
    assert parse(kind, **fields)[1:] == [UseCounted(use)]


@pytest.mark.parametrize(
    "logprobs", [None, [], "sure", [None], [{}], [{"logprob": "0"}], [{"logprob": math.nan}, {"logprob": -math.inf}]]
)
def test_who_does_not_say_how_sure_they_are_is_neither_sure_nor_unsure(logprobs: object) -> None:
    kind = "conversation.item.input_audio_transcription.completed"
    events = parse(kind, item_id="i1", transcript="It was.", logprobs=logprobs)
    assert events[0] == CandidateTextCompleted("i1", "It was.")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("response.audio.delta", {"delta": "AAAA"}),
        ("response.output_audio.delta", {"item_id": "i1", "delta": "%"}),
        ("response.output_audio.delta", {"item_id": "i1", "delta": None}),
        ("response.output_audio_transcript.delta", {"item_id": 3, "delta": "x"}),
        ("response.created", {"response": None}),
        ("response.done", {"response": []}),
        ("input_audio_buffer.speech_started", {}),
        ("error", {"error": {"code": "response_cancel_not_active"}}),
        ("something.new", {"item_id": "i1"}),
    ],
)
def test_what_means_nothing_to_a_call_is_no_event(kind: str, fields: dict[str, object]) -> None:
    assert parse(kind, **fields) == []


def test_a_sample_that_is_split_between_two_pieces_stays_whole() -> None:
    connection = OpenAIVoiceConnection(None, "gpt-test")  # pyright: ignore[reportArgumentType]
    data: bytes = b""
    for piece in (b"\1\2\3", b"\4", b"\5\6"):
        delta = base64.b64encode(piece).decode()
        for event in connection.parse({"type": "response.output_audio.delta", **PLACE, "delta": delta}):
            assert isinstance(event, ReplyAudioArrived)
            assert len(event.audio.data) % 2 == 0
            data += event.audio.data
    assert data == b"\1\2\3\4\5\6"


def test_the_embedded_coach_is_told_the_bank_and_a_real_model_is_not() -> None:
    setup = VoiceSetup("Your name is Mira.", practice_bank="sales")
    assert session_update(made(), setup)["prompt"] == {"id": "practice:sales"}
    real = session_update(made(openai_api_key="sk-x", realtime_voice="cedar"), setup)
    assert "prompt" not in real
    assert real["audio"]["output"]["voice"] == "cedar"
    assert real["audio"]["input"]["transcription"] == {"model": "gpt-transcribe", "language": "en"}


def test_an_agent_speaks_in_its_own_voice_and_language_where_the_service_has_them() -> None:
    own = VoiceSetup("Your name is Mira.", voice="cedar", language="de")
    openai = made(openai_api_key="sk-x")
    session = session_update(openai, own)
    assert session["audio"]["output"]["voice"] == "cedar"
    assert session["audio"]["input"]["transcription"]["language"] == "de"
    other = VoiceSetup("Your name is Mira.", voice="somebody")
    assert session_update(openai, other)["audio"]["output"]["voice"] == "marin"
    # Of a service that is not OpenAI's nobody knows the voices until a setting names them.
    compatible = made(openai_base_url="http://127.0.0.1:9/v1")
    assert session_update(compatible, own)["audio"]["output"]["voice"] == "marin"
    named = made(openai_base_url="http://127.0.0.1:9/v1", realtime_voices="nova, cedar")
    assert session_update(named, own)["audio"]["output"]["voice"] == "cedar"


@pytest.mark.parametrize(
    ("fields", "voices", "languages"),
    [
        ({}, ("hibari",), ("en",)),
        ({"realtime_voices": "nova", "speech_languages": "de"}, ("hibari",), ("en",)),
        ({"openai_api_key": "sk-x"}, ("marin", "cedar"), ("en", "ar")),
        ({"openai_api_key": "sk-x", "realtime_voice": "verse"}, ("verse", "marin"), ("en", "ar")),
        ({"openai_base_url": "http://127.0.0.1:9/v1"}, ("marin",), ("en",)),
        (
            {"openai_base_url": "http://127.0.0.1:9/v1", "realtime_voices": "a,b", "speech_languages": "fr, en, xx"},
            ("marin", "a"),
            ("en", "fr"),
        ),
    ],
)
def test_only_what_the_service_has_is_offered(fields, voices, languages) -> None:
    settings = made(**fields)
    assert settings.voices[:2] == voices
    assert OpenAIVoice(settings).traits.languages[:2] == languages


@pytest.mark.parametrize(
    ("turn_taking", "eagerness", "silence_ms"),
    [("patient", "low", 2800), ("balanced", "medium", 700), ("brisk", "high", 450)],
)
def test_turn_taking_sets_eagerness_or_quiet_and_the_model_never_answers_by_itself(
    turn_taking: TurnTaking, eagerness: str, silence_ms: int
) -> None:
    setup = VoiceSetup("Your name is Mira.", turn_taking=turn_taking)
    judged = session_update(made(openai_api_key="sk-x"), setup)["audio"]["input"]["turn_detection"]
    assert (judged["type"], judged["eagerness"]) == ("semantic_vad", eagerness)
    timed = session_update(made(turn_detection="server_vad"), setup)["audio"]["input"]["turn_detection"]
    assert (timed["type"], timed["silence_duration_ms"]) == ("server_vad", silence_ms)
    for detection in (judged, timed):
        assert detection["create_response"] is False
        assert detection["interrupt_response"] is False


async def told(**fields: object) -> dict[str, Any]:
    """What a service is told at the start of a call with these settings."""
    async with realtime_server() as server:
        connection = await OpenAIVoice(made(openai_base_url=server.url, **fields)).connect(VoiceSetup("x"), ())
        (update,) = (await server.session(0)).of_type("session.update")
        await connection.close()
    return update["session"]


async def test_the_service_is_told_what_the_operator_has_set() -> None:
    session = await told(
        realtime_noise_reduction="far_field",
        realtime_speed=1.2,
        realtime_max_output_tokens=600,
        realtime_context_tokens=5_000,
        realtime_retention_ratio=0.5,
        realtime_reasoning_effort="low",
        transcription_model="gpt-live-transcribe",
        transcription_prompt="Expect words of medicine.",
        transcription_keywords="triage, sepsis ,",
    )
    assert session["max_output_tokens"] == 600
    assert session["truncation"] == {
        "type": "retention_ratio",
        "retention_ratio": 0.5,
        "token_limits": {"post_instructions": 5_000},
    }
    assert session["reasoning"] == {"effort": "low"}
    assert session["audio"]["output"]["speed"] == 1.2
    heard = session["audio"]["input"]
    assert heard["noise_reduction"] == {"type": "far_field"}
    assert heard["transcription"] == {
        "model": "gpt-live-transcribe",
        "language": "en",
        "prompt": "Expect words of medicine.",
        "keywords": ["triage", "sepsis"],
    }


async def test_the_service_is_told_nothing_of_what_nobody_has_set_and_never_traces() -> None:
    session = await told(realtime_noise_reduction="off", realtime_context_tokens=0)
    assert session["tracing"] is None
    assert session["audio"]["input"]["noise_reduction"] is None
    assert session["truncation"] == {"type": "retention_ratio", "retention_ratio": 0.8}
    assert "reasoning" not in session
    assert session["audio"]["input"]["transcription"] == {"model": "gpt-transcribe", "language": "en"}


def test_what_is_sent_is_what_the_sdk_knows() -> None:
    setup = VoiceSetup("Your name is Mira.", practice_bank="sales", turn_taking="patient")
    every = {"realtime_reasoning_effort": "high", "transcription_prompt": "x", "transcription_keywords": "x"}
    for fields in ({}, {"openai_api_key": "sk-x", **every}, {"openai_api_key": "sk-x", "turn_detection": "server_vad"}):
        session = session_update(made(**fields), setup)
        known = RealtimeSessionCreateRequest.model_validate(session, strict=True)
        assert known.model_dump(mode="json", by_alias=True, exclude_unset=True) == session
        assert not list(_unknown(known))


def _unknown(model: BaseModel) -> Iterator[str]:
    """Names the SDK's classes do not have, anywhere in the document."""
    yield from model.model_extra or ()
    for name in type(model).model_fields:
        value = getattr(model, name)
        yield from _unknown(value) if isinstance(value, BaseModel) else ()


@pytest.mark.parametrize("model", ["gpt-realtime-1.5", "gpt-audio-1.5"])
def test_a_model_that_does_not_think_first_is_not_told_how_long_to(model: str) -> None:
    with pytest.raises(ValidationError, match="does not think before it speaks"):
        made(openai_api_key="sk-x", realtime_model=model, realtime_reasoning_effort="low")
    # Elsewhere nobody but the operator knows what a model can do.
    elsewhere = made(openai_base_url="http://127.0.0.1:9/v1", realtime_model=model, realtime_reasoning_effort="low")
    assert session_update(elsewhere, VoiceSetup("x"))["reasoning"] == {"effort": "low"}


async def test_a_turn_is_ended_and_instructions_are_replaced_by_the_call() -> None:
    async with realtime_server() as server:
        voice = OpenAIVoice(made(openai_base_url=server.url, openai_api_key="sk-x"))
        connection = await voice.connect(VoiceSetup("Your name is Mira."), ())
        session = await server.session(0)
        await connection.commit()
        await connection.instruct("Your name is Mira. Stage two.")
        assert await session.until("input_audio_buffer.commit") == [{"type": "input_audio_buffer.commit"}]
        updates = await session.until("session.update", 2)
        assert updates[1]["session"] == {"type": "realtime", "instructions": "Your name is Mira. Stage two."}
        await connection.close()


async def test_a_service_that_refuses_to_say_how_sure_it_is_holds_the_call_all_the_same() -> None:
    async with realtime_server() as server:
        server.unknown_field = "include"
        connection = await OpenAIVoice(made(openai_base_url=server.url)).connect(VoiceSetup("Your name is Mira."), ())
        session = await server.session(0)
        first, second = session.of_type("session.update")
        assert first["session"]["include"] == ["item.input_audio_transcription.logprobs"]
        extras = {"include", "tracing"}
        assert second["session"] == {name: value for name, value in first["session"].items() if name not in extras}
        await connection.close()
        server.unknown_field = "audio"
        with pytest.raises(VoiceUnavailable, match="refused this call"):
            await OpenAIVoice(made(openai_base_url=server.url)).connect(VoiceSetup("x"), ())


async def test_a_conversation_is_set_up_restored_and_held() -> None:
    async with realtime_server() as server:
        voice = OpenAIVoice(made(openai_base_url=server.url))
        history = (PastLine("agent", "Why?"), PastLine("candidate", "Because."))
        connection = await voice.connect(VoiceSetup("Your name is Mira."), history)
        session = await server.session(0)
        first, second = await session.until("conversation.item.create", 2)
        assert first["previous_item_id"] == "root"
        assert second["previous_item_id"] == first["item"]["id"]
        assert first["item"]["content"] == [{"type": "output_text", "text": "Why?"}]
        assert second["item"]["content"] == [{"type": "input_text", "text": "Because."}]
        await connection.append(Pcm16(b"\1\2" * 480))
        await connection.ask("Wrap up.")
        await connection.truncate("item_9", 140)
        await connection.cancel()
        await session.until("response.cancel")
        assert bytes(session.audio) == b"\1\2" * 480
        assert session.of_type("response.create")[0]["response"] == {"instructions": "Wrap up."}
        assert session.of_type("conversation.item.truncate")[0]["audio_end_ms"] == 140
        await session.socket.close(1001)
        # The harmless error about the cancel is no event, and neither is the end.
        assert [event async for event in connection.events()] == []
        with pytest.raises(VoiceUnavailable):
            await connection.ask(None)


async def test_a_service_that_is_away_busy_or_mute_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peak_app.adapters.openai.realtime.OPEN_TIMEOUT_S", 0.3)
    with pytest.raises(VoiceUnavailable, match="can't be reached"):
        await OpenAIVoice(made(openai_base_url="http://127.0.0.1:9/v1")).connect(VoiceSetup("x"), ())
    async with realtime_server() as server:
        server.refusals = 1
        with pytest.raises(VoiceUnavailable, match="busy") as busy:
            await OpenAIVoice(made(openai_base_url=server.url)).connect(VoiceSetup("x"), ())
        assert busy.value.retryable
        server.is_mute = True
        with pytest.raises(VoiceUnavailable, match="did not answer in time"):
            await OpenAIVoice(made(openai_base_url=server.url)).connect(VoiceSetup("x"), ())


async def test_sound_takes_the_short_way_through_the_installed_sdk() -> None:
    async with realtime_server() as server:
        connection = await OpenAIVoice(made(openai_base_url=server.url)).connect(VoiceSetup("x"), ())
        assert connection._socket is not None, "this SDK keeps its socket elsewhere: sound is sent, at a higher cost"
        connection._socket = None
        await connection.append(Pcm16(b"\1\2" * 480))
        await connection.commit()
        session = await server.session(0)
        await session.until("input_audio_buffer.commit")
        assert bytes(session.audio) == b"\1\2" * 480
        await connection.close()


async def test_a_service_that_takes_no_more_sound_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peak_app.adapters.openai.realtime.SEND_TIMEOUT_S", 0.3)
    async with realtime_server() as server:
        connection = await OpenAIVoice(made(openai_base_url=server.url)).connect(VoiceSetup("x"), ())
        session = await server.session(0)
        session.socket.transport.pause_reading()

        async def flood() -> None:
            for _ in range(100):
                await connection.append(Pcm16(bytes(480_000)))

        with pytest.raises(VoiceUnavailable, match="was lost"):
            await flood()
        await connection.close()


async def test_use_is_counted_under_the_names_the_service_says() -> None:
    async with realtime_server() as server:
        voice = OpenAIVoice(made(openai_base_url=server.url, realtime_model="gpt-realtime-2.1-mini"))
        connection = await voice.connect(VoiceSetup("Your name is Mira."), ())
        session = await server.session(0)
        await session.reply("Why?", b"")
        await session.speech_stopped("item_a", "Because.")
        await session.socket.close(1001)
        uses = [event.use async for event in connection.events() if isinstance(event, UseCounted)]
    assert [(use.kind, use.model) for use in uses] == [
        ("reply", "gpt-realtime-2.1-mini"),
        ("transcription", "gpt-transcribe"),
    ]
