"""PostgreSQL: the embedded one, or that of `PEAK_DATABASE_URL`."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.cli.run_folder import RunFolder
from peak_app.config import Settings
from peak_app.embedded.postgres import PostgresServer
from peak_app.errors import PeakError

_WAIT_S = 5
_SETTING = "PEAK_DATABASE_URL"


def database(settings: Settings) -> Finding:
    if settings.database_url is None:
        return _embedded(settings)
    url = settings.database_url.get_secret_value()
    where = conninfo_to_dict(url).get("host") or "this machine"
    try:
        with psycopg.connect(url, connect_timeout=_WAIT_S) as connection:
            version = connection.info.server_version // 10000
            row = connection.execute("select count(*) from pg_available_extensions where name = 'vector'").fetchone()
    except psycopg.Error as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        return _configured(Verdict.WRONG, f"{where} can't be reached: {reason}")
    if not row or not row[0]:
        return _configured(Verdict.WRONG, f"PostgreSQL {version} at {where} lacks the extension pgvector")
    return _configured(Verdict.OK, f"PostgreSQL {version} at {where} answers")


def _configured(verdict: Verdict, sentence: str) -> Finding:
    return Finding("Database", verdict, sentence, Source.CONFIGURED, (_SETTING,))


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
