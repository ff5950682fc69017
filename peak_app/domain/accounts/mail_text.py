"""The words of the sign-in mail."""

from peak_app.i18n.catalogue import t
from peak_app.ports.mailer import Message


def sign_in_message(email: str, link: str, code: str, minutes: int) -> Message:
    """The link stands on a line of its own, so that no mail program breaks it."""
    text = t("mail.sign_in_text", link=link, code=code, minutes=minutes)
    return Message(to_email=email, subject=t("mail.sign_in_subject"), text=text)
