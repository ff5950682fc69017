from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from peak_app.adapters.smtp.mailer import to_email
from peak_app.domain.notifications.mail_text import reminder_message, results_message

AT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
LINK = "http://127.0.0.1:3000/meetings/1"


def test_a_reminder_tells_the_time_of_the_persons_own_clock() -> None:
    message = reminder_message("ann@example.org", "Round one", AT, ZoneInfo("Europe/Berlin"), LINK)
    assert message.subject == "Round one begins on 22 Nov 2026 at 18:30"
    assert "18:30 (Europe/Berlin)" in message.text
    assert f"\n{LINK}\n" in message.text


@pytest.mark.parametrize(
    "title", ["Round\r\nBcc: all@example.org", "a\rb\nc", "😀 مقابلة", "{title} {0} %s", "<b>x</b>"]
)
def test_whatever_a_meeting_is_called_its_mail_is_an_ordinary_one(title: str) -> None:
    for message in (
        reminder_message("ann@example.org", title, AT, ZoneInfo("UTC"), LINK),
        results_message("ann@example.org", title, LINK, is_good=True),
        results_message("ann@example.org", title, LINK, is_good=False),
    ):
        mail = to_email(message, "Peak <no-reply@example.org>")
        assert mail["Bcc"] is None
        assert " ".join(title.split()) in mail["Subject"]
        assert mail.get_content_type() == "text/plain"
