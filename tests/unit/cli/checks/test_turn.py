from collections.abc import Callable

from pydantic import SecretStr

from peak_app.cli.checks.finding import Source, Verdict
from peak_app.cli.checks.turn import turn
from peak_app.config import Settings

Make = Callable[..., Settings]


def test_without_turn_servers_that_is_noted_and_the_setting_named(settings_for_tests: Make):
    finding = turn(settings_for_tests())
    assert (finding.verdict, finding.source, finding.settings) == (Verdict.NOTE, Source.OFF, ("PEAK_TURN_URLS",))


def test_turn_servers_nothing_opens_are_wrong(settings_for_tests: Make):
    finding = turn(settings_for_tests(turn_urls="turn:turn.example.org:3478"))
    assert finding.verdict is Verdict.WRONG
    assert "PEAK_TURN_SECRET" in finding.settings


def test_only_relayed_calls_without_a_server_are_wrong(settings_for_tests: Make):
    finding = turn(settings_for_tests(ice_transport_policy="relay"))
    assert finding.verdict is Verdict.WRONG
    assert "PEAK_ICE_TRANSPORT_POLICY" in finding.settings


def test_a_turn_servers_secret_stays_unsaid(settings_for_tests: Make):
    finding = turn(settings_for_tests(turn_urls="turn:127.0.0.1:9", turn_secret=SecretStr("hush-hush")))
    assert finding.verdict is Verdict.OK
    assert "hush" not in finding.line()
