"""The words of the mail about a new way in."""

from peak_app.i18n.catalogue import t
from peak_app.ports.mailer import Message


def linked_message(email: str, provider: str, address: str, link: str) -> Message:
    """`provider` and `address` say what signs in from now on; the address may be empty."""
    there = "".join(character for character in address if character.isprintable()) or t("identities.no_address")
    text = t("mail.linked_text", provider=provider, address=there, link=link)
    return Message(to_email=email, subject=t("mail.linked_subject", provider=provider), text=text)
