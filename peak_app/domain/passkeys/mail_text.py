"""The words of the mails about passkeys that came and went."""

from peak_app.i18n.catalogue import t
from peak_app.ports.mailer import Message


def added_message(email: str, name: str, link: str) -> Message:
    return Message(
        to_email=email,
        subject=t("mail.passkey_added_subject"),
        text=t("mail.passkey_added_text", name=name, link=link),
    )


def removed_message(email: str, name: str, link: str) -> Message:
    return Message(
        to_email=email,
        subject=t("mail.passkey_removed_subject"),
        text=t("mail.passkey_removed_text", name=name, link=link),
    )
