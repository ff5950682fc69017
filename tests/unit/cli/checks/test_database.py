from collections.abc import Callable

from pydantic import SecretStr

from peak_app.cli.checks.database import database
from peak_app.cli.checks.finding import Source, Verdict
from peak_app.config import Settings
from tests.conftest import ScratchDatabase

Make = Callable[..., Settings]


def test_a_database_that_does_not_answer_is_wrong_and_its_password_stays_unsaid(
    settings_for_tests: Make, silent_port: int
):
    url = f"postgresql://me:hush-hush@127.0.0.1:{silent_port}/peak"
    finding = database(settings_for_tests(database_url=SecretStr(url)))
    assert (finding.verdict, finding.settings) == (Verdict.WRONG, ("PEAK_DATABASE_URL",))
    assert "hush" not in finding.line()


def test_a_database_that_answers_is_fine_and_its_version_is_said(scratch_database: ScratchDatabase):
    finding = database(scratch_database.settings)
    assert (finding.verdict, finding.source) == (Verdict.OK, Source.CONFIGURED)
    assert "PostgreSQL 18" in finding.sentence


def test_without_an_address_the_embedded_one_is_fine_before_it_was_ever_started(settings_for_tests: Make):
    finding = database(settings_for_tests())
    assert (finding.verdict, finding.source) == (Verdict.OK, Source.EMBEDDED)
