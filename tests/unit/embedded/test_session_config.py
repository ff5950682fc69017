"""What a client may set in a session."""

import pytest

from peak_app.embedded.ai_server.faults import InvalidRequest
from peak_app.embedded.ai_server.realtime.session_config import SessionConfig, updated

START = SessionConfig(type="realtime", model="gpt-realtime-2.1")


def test_an_update_changes_only_what_it_names() -> None:
    changed = updated(START, {"type": "realtime", "instructions": "Be kind.", "audio": {"output": {"speed": 1.2}}})
    assert changed.instructions == "Be kind."
    assert changed.audio.output.speed == 1.2
    assert changed.audio.output.voice == START.audio.output.voice
    assert changed.audio.input == START.audio.input


def test_turn_detection_is_replaced_as_a_whole() -> None:
    slow = updated(
        START,
        {
            "type": "realtime",
            "audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 900}}},
        },
    )
    other = updated(
        slow, {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.7}}}}
    )
    assert other.turn_detection is not None
    assert (other.turn_detection.threshold, other.turn_detection.silence_duration_ms) == (0.7, 500)
    assert updated(other, {"type": "realtime", "audio": {"input": {"turn_detection": None}}}).turn_detection is None


def test_a_prompt_chooses_the_bank() -> None:
    assert updated(START, {"type": "realtime", "prompt": {"id": "practice:sales"}}).bank_id == "sales"
    assert updated(START, {"type": "realtime", "prompt": {"id": "pmpt_123"}}).bank_id is None


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({}, "missing_required_parameter", "session.type"),
        ({"type": "transcription"}, "invalid_value", "session.type"),
        ({"type": "realtime", "colour": 1}, "unknown_parameter", "session.colour"),
        ({"type": "realtime", "model": "other"}, "invalid_value", "session.model"),
        ({"type": "realtime", "instructions": 5}, "invalid_type", "session.instructions"),
        ({"type": "realtime", "instructions": "x" * 100_001}, "invalid_value", "session.instructions"),
        ({"type": "realtime", "output_modalities": ["audio", "text"]}, "invalid_value", "session.output_modalities"),
        (
            {"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcmu"}}}},
            "invalid_value",
            "session.audio.input.format.type",
        ),
        (
            {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 7}}}},
            "invalid_value",
            "session.audio.input.turn_detection.threshold",
        ),
        ({"type": "realtime", "max_output_tokens": 0}, "invalid_value", None),
    ],
)
def test_mistakes_are_named(change: dict[str, object], code: str, param: str | None) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        updated(START, change)
    assert refusal.value.code == code
    assert param is None or refusal.value.param == param
    assert "x" * 50 not in refusal.value.sentence
