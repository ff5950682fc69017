"""Mail by SMTP."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr

import aiosmtplib

from peak_app.config import Settings
from peak_app.errors import ServiceUnavailable
from peak_app.i18n.catalogue import t
from peak_app.ports.mailer import Message

TIMEOUT_S = 10.0


class SmtpMailer:
    """Sends through the server of the settings; one connection per mail."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, message: Message) -> None:
        settings = self._settings
        if settings.smtp_host is None:
            raise ServiceUnavailable(t("mail.no_server"), retryable=False)
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        with translated():
            await aiosmtplib.send(
                to_email(message, settings.mail_from),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                use_tls=settings.smtp_implicit_tls,
                start_tls=settings.smtp_start_tls and not settings.smtp_implicit_tls,
                cert_bundle=str(settings.smtp_ca_file) if settings.smtp_ca_file else None,
                username=settings.smtp_username,
                password=password,
                timeout=TIMEOUT_S,
            )


@contextmanager
def translated() -> Iterator[None]:
    """Whatever goes wrong is ServiceUnavailable. The server's words may repeat an address, so they stay out of ours."""
    try:
        yield
    except aiosmtplib.SMTPAuthenticationError as error:
        raise ServiceUnavailable(t("mail.login_refused")) from error
    except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError) as error:
        raise _refused(error) from error
    except aiosmtplib.SMTPConnectError as error:
        is_untrusted = isinstance(error.__cause__, ssl.SSLError)
        raise ServiceUnavailable(t("mail.untrusted") if is_untrusted else _reason(error)) from error
    except ssl.SSLError as error:
        raise ServiceUnavailable(t("mail.untrusted")) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise ServiceUnavailable(_reason(error)) from error
    except ValueError as error:
        # A header with a line break: whoever wrote it wanted headers of their own in our mail.
        raise ServiceUnavailable(t("mail.malformed"), retryable=False) from error


def _refused(error: aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPDataError) -> ServiceUnavailable:
    """5xx about the recipient or the mail itself is the last word; 4xx means later (greylisting, a full mailbox)."""
    codes = [error.code] if isinstance(error, aiosmtplib.SMTPDataError) else [each.code for each in error.recipients]
    if codes and min(codes) >= 500:
        return ServiceUnavailable(t("mail.refused_for_good", code=codes[0]), retryable=False)
    return ServiceUnavailable(_reason(error))


def _reason(error: Exception) -> str:
    return t("mail.not_taken", reason=type(error).__name__)


def to_email(message: Message, sender: str) -> EmailMessage:
    """The mail as it goes over the wire. A line break in a header is refused by the policy."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = message.to_email
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="7bit" if message.text.isascii() else None)
    return mail
