"""What a use of a model costs."""

from decimal import Decimal

import pytest

from peak_app.config import Settings
from peak_app.domain.model_usage.prices import Prices
from peak_app.ports.usage import ModelUse, Tokens

PRICED = {
    "realtime_text_input_usd_per_million": 4,
    "realtime_audio_input_usd_per_million": 32,
    "realtime_cached_text_usd_per_million": 0.4,
    "realtime_cached_audio_usd_per_million": 0.4,
    "realtime_text_output_usd_per_million": 16,
    "realtime_audio_output_usd_per_million": 64,
    "transcription_input_usd_per_million": 2.5,
    "transcription_output_usd_per_million": 10,
    "transcription_usd_per_minute": 0.006,
}


def prices(**changes: object) -> Prices:
    fields = {"openai_api_key": "sk-x", **PRICED, **changes}
    return Prices.of(Settings(_env_file=None, **fields))  # pyright: ignore[reportCallIssue, reportArgumentType]


def reply(**tokens: int) -> ModelUse:
    return ModelUse("reply", "r1", "gpt-realtime-2.1", tokens=Tokens(**tokens))


@pytest.mark.parametrize(
    ("use", "dollars"),
    [
        (reply(text_input=1_000_000), "4"),
        (reply(text_input=1_000_000, cached_text=500_000), "2.2"),
        (reply(audio_input=1_000_000, cached_audio=1_000_000), "0.4"),
        (reply(text_input=100, audio_input=200, text_output=30, audio_output=40), "0.00984"),
        (ModelUse("transcription", "i1", "m", tokens=Tokens(text_input=10, audio_input=90, text_output=20)), "0.00045"),
        (ModelUse("transcription", "i1", "m", seconds=90.0), "0.009"),
        (reply(), "0"),
    ],
)
def test_each_kind_of_token_and_each_minute_has_its_price(use: ModelUse, dollars: str) -> None:
    assert prices().cost_of(use) == Decimal(dollars)


def test_what_is_cached_costs_as_much_as_the_rest_where_nobody_says_less() -> None:
    known = prices(realtime_cached_text_usd_per_million=None)
    assert known.cost_of(reply(text_input=1_000_000, cached_text=900_000)) == Decimal(4)


def test_a_service_that_calls_more_cached_than_it_read_gives_nothing_back() -> None:
    assert prices().cost_of(reply(text_input=10, cached_text=1_000_000)) == Decimal("0.4")


@pytest.mark.parametrize(
    ("missing", "use"),
    [
        ("realtime_audio_output_usd_per_million", reply(text_output=5, audio_output=1)),
        ("transcription_usd_per_minute", ModelUse("transcription", "i1", "m", seconds=3.0)),
        ("transcription_output_usd_per_million", ModelUse("transcription", "i1", "m", tokens=Tokens(1, text_output=1))),
    ],
)
def test_half_of_a_cost_never_passes_for_the_whole(missing: str, use: ModelUse) -> None:
    assert prices().cost_of(use) is not None
    assert prices(**{missing: None}).cost_of(use) is None


def test_what_nobody_counted_pictures_and_the_embedded_server_have_no_cost() -> None:
    assert prices().cost_of(ModelUse("reply", "r1", "m", "lost")) is None
    assert prices().cost_of(reply(text_input=5, image_input=1)) is None
    assert prices(openai_api_key=None).cost_of(reply(text_input=5)) is None
