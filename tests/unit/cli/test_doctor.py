import argparse
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from peak_app.cli import doctor
from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.cli.environment import setting_names
from peak_app.config import Settings

Make = Callable[..., Settings]


def _known_names() -> set[str]:
    return {name for names in setting_names().values() for name in names}


def test_everything_is_there_for_a_product_without_keys(settings_for_tests: Make, capsys: pytest.CaptureFixture[str]):
    assert doctor.run(settings_for_tests(), argparse.Namespace()) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "Everything needed is there."
    assert len(said) == len(doctor.CHECKS) + 1


def test_each_setting_that_a_finding_names_exists_and_each_service_names_one(
    settings_for_tests: Make, silent_port: int
):
    nowhere = f"http://127.0.0.1:{silent_port}/v1"
    everything = settings_for_tests(
        database_url=SecretStr(f"postgresql://me:planted-1@127.0.0.1:{silent_port}/peak"),
        openai_api_key=SecretStr("planted-2"),
        openai_base_url=nowhere,
        turn_urls="turn:127.0.0.1:9",
        turn_secret=SecretStr("planted-3"),
        smtp_host="127.0.0.1",
        smtp_port=silent_port,
        smtp_password=SecretStr("planted-4"),
        polar_access_token=SecretStr("planted-5"),
    )
    for settings in (settings_for_tests(), everything):
        findings = doctor.examine(settings)
        assert {name for finding in findings for name in finding.settings} <= _known_names()
        services = [finding for finding in findings if finding.source not in (None, Source.EMBEDDED)]
        assert [finding.subject for finding in services if not finding.settings] == []
        assert "planted" not in "\n".join(finding.line() for finding in findings)


def test_a_finding_is_one_line_with_the_settings_to_change():
    finding = Finding("Mail", Verdict.WRONG, "no answer", Source.CONFIGURED, ("PEAK_SMTP_HOST", "PEAK_SMTP_PORT"))
    assert finding.line() == "WRONG  Mail       configured  no answer [PEAK_SMTP_HOST, PEAK_SMTP_PORT]"
