"""PostgreSQL: the embedded one, or one elsewhere."""

from peak_app.cli.checks.database_elsewhere import elsewhere
from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.cli.run_folder import RunFolder
from peak_app.config import Settings
from peak_app.embedded.postgres import PostgresServer
from peak_app.errors import PeakError

_SETTING = "PEAK_DATABASE_URL"


def database(settings: Settings) -> Finding:
    given = (settings.database_url, settings.database_web_url, settings.database_worker_url)
    return elsewhere(settings) if any(given) else _embedded(settings)


def _embedded(settings: Settings) -> Finding:
    try:
        server = PostgresServer.of(settings)
    except PeakError as error:
        return Finding("Database", Verdict.WRONG, error.sentence, Source.EMBEDDED, ("PEAK_POSTGRES_DATA", _SETTING))
    if server.is_accepting():
        sentence = f"the embedded PostgreSQL answers; its data are in {server.data}"
        return Finding("Database", Verdict.OK, sentence, Source.EMBEDDED, (_SETTING,))
    instance = RunFolder(settings.home).read_instance()
    if instance and instance.is_alive():
        sentence = f"the product runs, but its PostgreSQL does not answer; see postgres.log in {settings.home / 'logs'}"
        return Finding("Database", Verdict.WRONG, sentence, Source.EMBEDDED, (_SETTING,))
    sentence = f"embedded PostgreSQL, started by `peak up`; its data are in {server.data}"
    return Finding("Database", Verdict.OK, sentence, Source.EMBEDDED, (_SETTING,))
