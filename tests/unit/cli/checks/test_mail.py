from collections.abc import Callable

from peak_app.cli.checks.finding import Source, Verdict
from peak_app.cli.checks.mail import mail
from peak_app.config import Settings
from tests.emulators.smtp_server import smtp_server

Make = Callable[..., Settings]


def test_without_a_mail_server_mail_stays_here_and_the_setting_is_named(settings_for_tests: Make):
    finding = mail(settings_for_tests())
    assert (finding.verdict, finding.source, finding.settings) == (Verdict.NOTE, Source.EMBEDDED, ("PEAK_SMTP_HOST",))


def test_a_mail_server_that_does_not_answer_is_wrong(settings_for_tests: Make, silent_port: int):
    finding = mail(settings_for_tests(smtp_host="127.0.0.1", smtp_port=silent_port))
    assert (finding.verdict, finding.source) == (Verdict.WRONG, Source.CONFIGURED)
    assert f"127.0.0.1:{silent_port}" in finding.sentence
    assert "PEAK_SMTP_PORT" in finding.settings


async def test_a_mail_server_that_answers_is_fine(settings_for_tests: Make):
    async with smtp_server() as server:
        finding = mail(settings_for_tests(smtp_host="127.0.0.1", smtp_port=server.port))
    assert finding.verdict is Verdict.OK
