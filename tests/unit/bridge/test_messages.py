"""The data channel's words."""

import json

import pytest

from bridge.messages import (
    LONGEST_MESSAGE,
    CameraChange,
    Caption,
    DoneRequest,
    EndRequest,
    Hello,
    MuteChange,
    StageShown,
    ThinkRequest,
    TypedAnswer,
    WishRequest,
    parse_request,
    to_json,
)


def test_messages_carry_their_type_and_fields() -> None:
    message = Hello(5, "Mira", "", False, cap_s=60, planned_s=30, stages=(StageShown("Warm-up", 2),), is_recorded=True)
    assert json.loads(to_json(message)) == {
        "type": "hello",
        "elapsed_ms": 5,
        "agent": "Mira",
        "notice": "",
        "is_resumed": False,
        "cap_s": 60,
        "planned_s": 30,
        "stages": [{"name": "Warm-up", "minutes": 2}],
        "is_recorded": True,
    }


def test_a_long_caption_keeps_its_end() -> None:
    data = to_json(Caption("i1", "candidate", "ü" * 20_000 + " end", is_final=True, at_ms=0))
    assert len(data.encode()) <= LONGEST_MESSAGE
    assert json.loads(data)["text"].endswith(" end")


def test_requests_are_understood() -> None:
    assert parse_request('{"type":"end"}') == EndRequest(type="end")
    assert parse_request(b'{"type":"mute","on":true}') == MuteChange(type="mute", on=True)
    assert parse_request('{"type":"camera","on":false}') == CameraChange(type="camera", on=False)
    assert parse_request('{"type":"typed","text":"Hi."}') == TypedAnswer(type="typed", text="Hi.")
    assert parse_request('{"type":"think","on":true}') == ThinkRequest(type="think", on=True)
    assert parse_request('{"type":"done"}') == DoneRequest(type="done")
    assert parse_request('{"type":"wish","wish":"skip"}') == WishRequest(type="wish", wish="skip")


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "null",
        "[]",
        b"\xff\xff",
        '{"type":"fly"}',
        '{"type":"wish","wish":"fly"}',
        '{"type":"think"}',
        '{"type":"mute"}',
        '{"type":"typed","text":5}',
        '{"type":"typed","text":"' + "x" * 5000 + '"}',
        '{"type":"end","pad":"' + "x" * 20_000 + '"}',
    ],
)
def test_nonsense_is_nothing(data: str | bytes) -> None:
    assert parse_request(data) is None
