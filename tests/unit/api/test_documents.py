from datetime import UTC, datetime

from peak_app.api.documents import document
from peak_app.api.inbox import inbox_html
from peak_app.domain.accounts.mailroom import InboxMail

AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def test_what_others_wrote_is_text_and_nothing_else() -> None:
    nasty = '"><script>alert(1)</script>'
    page = inbox_html([InboxMail(nasty, nasty, nasty, f"http://h/{nasty}", AT)])
    assert "<script" not in page
    assert page.count("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;") == 4


def test_each_mail_offers_to_sign_in() -> None:
    page = inbox_html([InboxMail("ann@example.org", "Sign in", "words", "http://h/auth/confirm#token=x", AT)])
    assert '<a class="button" href="http://h/auth/confirm#token=x">Sign in</a>' in page
    assert "ann@example.org" in page


def test_an_empty_inbox_says_so() -> None:
    assert "No mail yet" in inbox_html([])


def test_titles_are_escaped_and_nothing_is_kept_by_the_browser() -> None:
    answer = document("<b>", "")
    assert b"<b>" not in answer.body
    assert answer.headers["cache-control"] == "no-store"


def test_a_mail_that_leads_to_a_meeting_does_not_offer_to_sign_in() -> None:
    page = inbox_html([InboxMail("ann@example.org", "Round one", "words", "http://h/meetings/1", AT)])
    assert 'href="http://h/meetings/1">Open</a>' in page
    assert ">Sign in</a>" not in page
