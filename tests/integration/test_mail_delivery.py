"""Outgoing mail: from the table to a real SMTP dialogue, once, and its words are not kept."""

import asyncio

import pytest
from sqlmodel import select

from peak_app.adapters.smtp.mailer import SmtpMailer
from peak_app.api.mail_delivery import deliver_due
from peak_app.config import Settings
from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.mailroom import RETRY_AFTER_S, Mailroom
from peak_app.domain.accounts.service import AccountService
from peak_app.errors import ServiceUnavailable
from peak_app.ports.mailer import Message
from tests.emulators.smtp_server import smtp_server
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def mailroom(sessions: TenantSessions, clock: FakeClock) -> Mailroom:
    return Mailroom(sessions, clock)


def settings_with(settings: Settings, port: int) -> Settings:
    return settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_start_tls": False})


def write_mail(sessions: TenantSessions, database, clock: FakeClock) -> None:
    accounts = AccountService(sessions, database.settings.derive, clock)
    accounts.request_link("ann@example.org", "", None, origin="http://127.0.0.1:3000")


def kept(sessions: TenantSessions) -> Mail:
    with sessions.mailroom() as session:
        return session.exec(select(Mail)).one()


async def test_a_mail_is_sent_once_and_its_words_are_not_kept(sessions, database, clock, mailroom) -> None:
    write_mail(sessions, database, clock)
    link = kept(sessions).link
    async with smtp_server() as server:
        mailer = SmtpMailer(settings_with(database.settings, server.port))
        await asyncio.gather(*(deliver_due(mailroom, mailer) for _ in range(4)))
        await deliver_due(mailroom, mailer)
    assert len(server.taken) == 1
    assert "<ann@example.org>" in server.recipients[0]
    assert link.encode() in server.taken[0].split(b"\r\n")
    mail = kept(sessions)
    assert (mail.text, mail.link, mail.sent_at) == ("", "", clock())


async def test_a_refused_mail_is_tried_again_later(sessions, database, clock, mailroom) -> None:
    write_mail(sessions, database, clock)
    async with smtp_server() as server:
        server.refusals = 2
        mailer = SmtpMailer(settings_with(database.settings, server.port))
        for wait_s, taken in ((0, 0), (0, 0), (RETRY_AFTER_S[1], 0), (RETRY_AFTER_S[2], 1)):
            clock.pass_time(seconds=wait_s)
            await deliver_due(mailroom, mailer)
            assert len(server.taken) == taken
    assert kept(sessions).attempts == 3


async def test_a_mail_nobody_takes_is_given_up_and_its_words_are_not_kept(sessions, database, clock, mailroom) -> None:
    write_mail(sessions, database, clock)
    mailer = SmtpMailer(settings_with(database.settings, 9))
    for _ in RETRY_AFTER_S:
        clock.pass_time(seconds=RETRY_AFTER_S[-1])
        await deliver_due(mailroom, mailer)
    mail = kept(sessions)
    assert (mail.text, mail.link, mail.sent_at) == ("", "", None)
    assert mailroom.claim_due() == []


async def test_the_servers_words_stay_out_of_the_error(database) -> None:
    async with smtp_server() as server:
        server.refusals = 1
        with pytest.raises(ServiceUnavailable) as refused:
            await SmtpMailer(settings_with(database.settings, server.port)).send(Message("ann@example.org", "Hi", "x"))
    assert "ann@example.org" not in refused.value.sentence


def test_mail_is_cleared_away_after_a_day(sessions, database, clock, mailroom) -> None:
    write_mail(sessions, database, clock)
    clock.pass_time(hours=23)
    mailroom.clear_old()
    assert len(mailroom.list_newest()) == 1
    clock.pass_time(hours=2)
    mailroom.clear_old()
    assert mailroom.list_newest() == []
