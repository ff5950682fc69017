"""The data channel's words."""

import json

import pytest

from bridge.messages import (
    LONGEST_MESSAGE,
    CameraChange,
    Caption,
    EndRequest,
    Hello,
    MuteChange,
    TypedAnswer,
    parse_request,
    to_json,
)


def test_messages_carry_their_type_and_fields() -> None:
    message = Hello(elapsed_ms=5, agent="Mira", notice="", is_resumed=False, cap_s=60)
    assert json.loads(to_json(message)) == {
        "type": "hello",
        "elapsed_ms": 5,
        "agent": "Mira",
        "notice": "",
        "is_resumed": False,
        "cap_s": 60,
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


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "null",
        "[]",
        b"\xff\xff",
        '{"type":"fly"}',
        '{"type":"mute"}',
        '{"type":"typed","text":5}',
        '{"type":"typed","text":"' + "x" * 5000 + '"}',
        '{"type":"end","pad":"' + "x" * 20_000 + '"}',
    ],
)
def test_nonsense_is_nothing(data: str | bytes) -> None:
    assert parse_request(data) is None
