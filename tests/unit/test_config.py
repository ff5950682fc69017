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
