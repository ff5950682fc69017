from collections.abc import Callable

from peak_app.cli.checks.finding import Source, Verdict
from peak_app.cli.checks.storage import storage
from peak_app.config import Settings
from tests.bucket_server import READER_KEY, READER_SECRET, SECRET, BucketServer

Make = Callable[..., Settings]


def test_what_is_kept_in_the_folder_is_counted(settings_for_tests: Make):
    settings = settings_for_tests()
    (settings.media_home / "one").mkdir(parents=True)
    (settings.media_home / "one" / "call.wav").write_bytes(bytes(3 << 20))
    finding = storage(settings)
    assert (finding.verdict, finding.source) == (Verdict.OK, Source.EMBEDDED)
    assert "3 MiB in 1 files" in finding.sentence


def test_a_bucket_that_takes_gives_and_deletes_is_fine_and_nothing_is_left_in_it(
    settings_for_tests: Make, bucket: BucketServer
):
    finding = storage(settings_for_tests(**bucket.fields("doctor-fine")))
    assert (finding.verdict, finding.source) == (Verdict.OK, Source.CONFIGURED)
    assert bucket.names("doctor-fine") == []


def test_what_keeps_a_bucket_from_working_names_what_to_change(
    settings_for_tests: Make, bucket: BucketServer, silent_port: int
):
    wrong = {
        "PEAK_S3_ENDPOINT": {"s3_endpoint": f"http://127.0.0.1:{silent_port}"},
        "PEAK_S3_BUCKET": {"s3_bucket": "no-such-bucket"},
        "PEAK_S3_SECRET_ACCESS_KEY": {"s3_secret_access_key": "another-secret"},
    }
    for setting, fields in wrong.items():
        finding = storage(settings_for_tests(**bucket.fields("doctor-wrong", **fields)))
        assert finding.verdict is Verdict.WRONG, finding.line()
        assert setting in finding.settings, finding.line()
        assert SECRET not in finding.line()


def test_a_key_that_may_only_read_is_wrong(settings_for_tests: Make, bucket: BucketServer):
    fields = bucket.fields("doctor-reader", s3_access_key_id=READER_KEY, s3_secret_access_key=READER_SECRET)
    finding = storage(settings_for_tests(**fields))
    assert finding.verdict is Verdict.WRONG
    assert "can't be written" in finding.sentence
