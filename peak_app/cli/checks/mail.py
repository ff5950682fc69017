"""The mail server."""

import socket

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.config import Settings

_WAIT_S = 5.0


def mail(settings: Settings) -> Finding:
    if settings.smtp_host is None:
        sentence = f"no mail server is set; mail waits at {settings.origin}/dev/inbox"
        return Finding("Mail", Verdict.NOTE, sentence, Source.EMBEDDED, ("PEAK_SMTP_HOST",))
    where, change = f"{settings.smtp_host}:{settings.smtp_port}", ("PEAK_SMTP_HOST", "PEAK_SMTP_PORT")
    try:
        socket.create_connection((settings.smtp_host, settings.smtp_port), timeout=_WAIT_S).close()
    except OSError as error:
        sentence = f"{where} can't be reached ({error.strerror or error})"
        return Finding("Mail", Verdict.WRONG, sentence, Source.CONFIGURED, change)
    return Finding("Mail", Verdict.OK, f"{where} answers", Source.CONFIGURED, change)
