import pytest

from peak_app.config import Settings
from peak_app.state.account import browser_name, engines, time_zones

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (CHROME, "Chrome on Linux"),
        (CHROME.replace("X11; Linux x86_64", "Linux; Android 14"), "Chrome on Android"),
        (f"{CHROME} Edg/131.0".replace("X11; Linux x86_64", "Windows NT 10.0"), "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on macOS"),
        ("curl/8.5", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_named_as_far_as_it_says(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


def test_zones_offer_cities_and_utc_first() -> None:
    zones = time_zones()
    assert zones[0] == "UTC"
    assert "Europe/Berlin" in zones
    assert not any(zone.startswith("Etc/") for zone in zones)


def test_engines_say_what_is_really_at_work() -> None:
    built_in = [row.engine for row in engines(Settings(openai_api_key=None))]  # pyright: ignore[reportCallIssue]
    assert built_in == ["Practice coach (built in)", "On this machine", "Practice coach (built in)"]
    own = Settings(openai_api_key=None, llm_base_url="http://127.0.0.1:11434/v1", llm_model="qwen")  # pyright: ignore[reportCallIssue]
    assert [row.engine for row in engines(own)] == ["qwen", "On this machine", "qwen"]
    keyed = Settings(openai_api_key="k")  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert engines(keyed)[0].engine == keyed.realtime_model
