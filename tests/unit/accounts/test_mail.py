"""The words of the sign-in mail, and how they go over the wire."""

import pytest

from peak_app.adapters.smtp.mailer import to_email
from peak_app.config import Settings
from peak_app.domain.accounts.mail_text import sign_in_message
from peak_app.domain.accounts.mailroom import has_local_inbox
from peak_app.ports.mailer import Message

LINK = "http://127.0.0.1:3000/auth/confirm#token=" + "A" * 43
SENDER = "PeakInterviewsAI <no-reply@example.org>"


def test_link_and_digits_stand_on_lines_of_their_own() -> None:
    lines = sign_in_message("ann@example.org", LINK, "012345", 10).text.splitlines()
    assert LINK in lines
    assert "012345" in lines


def test_the_link_is_not_broken_on_the_wire() -> None:
    mail = to_email(sign_in_message("ann@example.org", LINK, "012345", 10), SENDER)
    wire = mail.as_bytes()
    assert LINK.encode() in wire.split(b"\r\n")
    assert mail["Content-Transfer-Encoding"] == "7bit"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.org>")


@pytest.mark.parametrize("field", ["to_email", "subject"])
def test_a_line_break_in_a_header_is_refused(field: str) -> None:
    fields = {"to_email": "ann@example.org", "subject": "Hello", "text": "x"} | {field: "a\r\nBcc: bob@example.org"}
    with pytest.raises(ValueError, match="linefeed"):
        to_email(Message(**fields), SENDER)


@pytest.mark.parametrize(
    ("fields", "is_open"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"smtp_host": "mail.example.org"}, False),
        ({"host": "0.0.0.0"}, False),
        ({"host": "192.0.2.1"}, False),
        ({"public_url": "https://peak.example.org"}, False),
    ],
)
def test_the_local_inbox_is_for_this_machine_only(tmp_path, fields: dict[str, str], is_open: bool) -> None:
    assert has_local_inbox(Settings(_env_file=None, home=tmp_path, **fields)) is is_open  # pyright: ignore[reportCallIssue, reportArgumentType]
