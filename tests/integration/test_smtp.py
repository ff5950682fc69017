"""Mail over a real SMTP dialogue: TLS from the start or on the way, logins, and every kind of no."""

import ssl
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import select

from peak_app.adapters.smtp.mailer import SmtpMailer
from peak_app.api.mail_delivery import deliver_due
from peak_app.config import Settings
from peak_app.db.models import Mail
from peak_app.domain.accounts.mailroom import Mailroom
from peak_app.domain.accounts.service import AccountService
from peak_app.errors import ServiceUnavailable
from peak_app.i18n.catalogue import t
from peak_app.ports.mailer import Message
from tests.emulators.smtp_server import SmtpServer, smtp_server
from tests.fakes.clock import FakeClock
from tests.integration.certificates import Authority

USER, PASSWORD = "peak", "hush-7311"
HELLO = Message("ann@example.org", "Hello", "See you\n.\nthere\n")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def certificate(authority: Authority) -> ssl.SSLContext:
    issued = authority.issue("127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(issued.certificate, issued.key)
    return context


def mailer(server: SmtpServer, settings: Settings, **fields: object) -> SmtpMailer:
    told = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_start_tls": False}
    return SmtpMailer(settings.model_copy(update={**told, **fields}))


async def refusal(sender: SmtpMailer, message: Message = HELLO) -> ServiceUnavailable:
    with pytest.raises(ServiceUnavailable) as refused:
        await sender.send(message)
    assert "example.org" not in refused.value.sentence
    assert PASSWORD not in f"{refused.value} {refused.value.sentence}"
    return refused.value


@pytest.mark.parametrize("is_implicit", [False, True], ids=["starttls", "implicit"])
async def test_mail_goes_encrypted_to_a_server_the_authority_vouches_for(
    settings_for_tests, authority: Authority, certificate: ssl.SSLContext, is_implicit: bool
) -> None:
    async with smtp_server(certificate, is_implicit=is_implicit) as server:
        server.login = (USER, PASSWORD)
        await mailer(
            server,
            settings_for_tests(),
            smtp_start_tls=True,
            smtp_implicit_tls=is_implicit,
            smtp_ca_file=authority.path,
            smtp_username=USER,
            smtp_password=SecretStr(PASSWORD),
        ).send(HELLO)
    assert server.was_encrypted == [True]
    # A line with a dot alone would end the mail.
    assert b"\r\n..\r\nthere" in server.taken[0]


@pytest.mark.parametrize("is_implicit", [False, True], ids=["starttls", "implicit"])
async def test_a_server_nobody_vouches_for_gets_neither_mail_nor_password(
    settings_for_tests, certificate: ssl.SSLContext, is_implicit: bool
) -> None:
    async with smtp_server(certificate, is_implicit=is_implicit) as server:
        server.login = (USER, PASSWORD)
        sender = mailer(
            server,
            settings_for_tests(),
            smtp_start_tls=True,
            smtp_implicit_tls=is_implicit,
            smtp_username=USER,
            smtp_password=SecretStr(PASSWORD),
        )
        assert (await refusal(sender)).sentence == t("mail.untrusted")
    assert server.taken == []


async def test_a_server_without_tls_gets_nothing_where_it_is_asked_for(settings_for_tests) -> None:
    async with smtp_server() as server:
        assert (await refusal(mailer(server, settings_for_tests(), smtp_start_tls=True))).retryable
    assert server.taken == []


async def test_a_refused_login_is_said_without_the_password_and_tried_again(settings_for_tests) -> None:
    async with smtp_server() as server:
        server.login = (USER, "another")
        sender = mailer(server, settings_for_tests(), smtp_username=USER, smtp_password=SecretStr(PASSWORD))
        refused = await refusal(sender)
    assert (refused.sentence, refused.retryable) == (t("mail.login_refused"), True)


@pytest.mark.parametrize(
    ("command", "answer", "is_tried_again"),
    [
        ("RCPT", "550 5.1.1 no ann@example.org here", False),
        ("RCPT", "450 4.2.1 greylisted, ann@example.org", True),
        ("MAIL", "553 5.7.1 not as this sender", True),
        ("mail", "554 5.7.1 this looks like spam, ann@example.org", False),
        ("mail", "452 4.2.2 mailbox full, ann@example.org", True),
    ],
)
async def test_only_what_is_refused_for_good_is_not_tried_again(
    settings_for_tests, command: str, answer: str, is_tried_again: bool
) -> None:
    async with smtp_server() as server:
        server.answers[command] = answer
        assert (await refusal(mailer(server, settings_for_tests()))).retryable is is_tried_again
    assert server.taken == []


async def test_a_connection_that_is_cut_in_the_middle_of_a_mail_is_tried_again(settings_for_tests) -> None:
    async with smtp_server() as server:
        server.cuts_mail = True
        assert (await refusal(mailer(server, settings_for_tests()))).retryable


@pytest.mark.parametrize(
    "message",
    [
        Message("ann@example.org\r\nBcc: eve@example.com", "Hello", "x"),
        Message("ann@example.org", "Hello\nBcc: eve@example.com", "x"),
    ],
)
async def test_a_line_break_in_a_header_sends_nothing(settings_for_tests, message: Message) -> None:
    async with smtp_server() as server:
        refused = await refusal(mailer(server, settings_for_tests()), message)
    assert (refused.sentence, refused.retryable) == (t("mail.malformed"), False)
    assert server.taken == []


async def test_a_mail_that_is_refused_for_good_is_given_up_at_once_and_its_words_are_not_kept(
    sessions, database
) -> None:
    clock = FakeClock()
    mailroom = Mailroom(sessions, clock)
    accounts = AccountService(sessions, database.settings.derive, clock)
    accounts.request_link("ann@example.org", "", None, origin="http://127.0.0.1:3000")
    async with smtp_server() as server:
        server.answers["RCPT"] = "550 5.1.1 nobody"
        await deliver_due(mailroom, mailer(server, database.settings))
    with sessions.mailroom() as session:
        kept = session.exec(select(Mail)).one()
    assert (kept.text, kept.link, kept.sent_at) == ("", "", None)
    clock.pass_time(days=1)
    assert mailroom.claim_due() == []
