"""Mail by SMTP."""

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
        try:
            await aiosmtplib.send(
                to_email(message, settings.mail_from),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                start_tls=settings.smtp_start_tls,
                username=settings.smtp_username,
                password=password,
                timeout=TIMEOUT_S,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            # The server's own words may repeat the address, so they stay out of ours.
            raise ServiceUnavailable(t("mail.not_taken", reason=type(error).__name__)) from error


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
