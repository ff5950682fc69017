from collections.abc import Callable

from peak_app.cli.checks.finding import Source, Verdict
from peak_app.cli.checks.storage import storage
from peak_app.config import Settings

Make = Callable[..., Settings]


def test_what_is_kept_in_the_folder_is_counted(settings_for_tests: Make):
    settings = settings_for_tests()
    (settings.media_home / "one").mkdir(parents=True)
    (settings.media_home / "one" / "call.wav").write_bytes(bytes(3 << 20))
    finding = storage(settings)
    assert (finding.verdict, finding.source) == (Verdict.OK, Source.EMBEDDED)
    assert "3 MiB in 1 files" in finding.sentence
