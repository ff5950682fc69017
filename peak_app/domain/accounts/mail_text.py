"""The words of the sign-in mail."""

from peak_app.ports.mailer import Message

SUBJECT = "Sign in to PeakInterviewsAI"


def sign_in_message(email: str, link: str, code: str, minutes: int) -> Message:
    """The link stands on a line of its own, so that no mail program breaks it."""
    text = (
        f"Hello,\n\n"
        f"open this link in the browser you asked from, then press Continue:\n\n"
        f"{link}\n\n"
        f"Reading mail on another device? Type these digits on the page where you asked for the mail:\n\n"
        f"{code}\n\n"
        f"Both work once, for {minutes} minutes. If you didn't ask for this, ignore this mail; nothing happens.\n"
    )
    return Message(to_email=email, subject=SUBJECT, text=text)
