"""What follows from settings."""

import pytest

from peak_app.config import Settings


def made(**fields: object) -> Settings:
    return Settings(_env_file=None, **fields)  # pyright: ignore[reportCallIssue, reportArgumentType]


@pytest.mark.parametrize("field", [name for name, info in Settings.model_fields.items() if info.default is None])
def test_an_empty_value_counts_as_none_where_none_is_the_default(field: str) -> None:
    assert getattr(made(**{field: "  "}), field) is None


@pytest.mark.parametrize(
    ("fields", "is_practice_coach"),
    [
        ({}, True),
        ({"llm_base_url": "http://127.0.0.1:11434/v1"}, False),
        ({"openai_api_key": "sk-1"}, False),
        ({"openai_base_url": "http://127.0.0.1:8000/v1"}, False),
    ],
)
def test_the_practice_coach_leads_only_where_no_model_is_connected(
    fields: dict[str, object], is_practice_coach: bool
) -> None:
    assert made(**fields).is_practice_coach is is_practice_coach


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stream_url", "http://stream.example.org"),
        ("stream_url", "wss://stream.example.org"),
        ("stream_url", "https://stream.example.org/ ; script-src *"),
        ("stream_url", "https://key:secret@stream.example.org"),
        ("stream_ws_url", "ws://stream.example.org"),
        ("stream_ws_url", "https://stream.example.org"),
    ],
)
def test_an_address_of_stream_is_guarded_and_can_say_nothing_else(field: str, value: str) -> None:
    with pytest.raises(ValueError, match="it must b"):
        made(**{field: value})


def test_an_address_of_stream_may_be_on_this_machine() -> None:
    assert made(stream_url="http://127.0.0.1:9/").stream_url == "http://127.0.0.1:9"
    assert made(stream_ws_url="wss://ws.example.org/").stream_ws_url == "wss://ws.example.org"
