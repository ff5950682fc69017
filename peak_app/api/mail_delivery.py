"""Sends the outgoing mail for as long as the web process lives."""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from peak_app.domain.accounts.mailroom import DueMail, Mailroom
from peak_app.errors import ServiceUnavailable
from peak_app.ports.mailer import Mailer, Message
from peak_app.ports.outflows import Contact
from peak_app.wiring import services

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_CLEAR_EVERY_S = 3600.0


async def deliver_mail() -> None:
    """Lifespan task. Without a mail server, mail stays for the local inbox and only old ones are cleared away."""
    mailroom, mailer = services().mailroom, services().mailer
    cleared_at = 0.0
    loop = asyncio.get_running_loop()
    while True:
        try:
            if not cleared_at or loop.time() - cleared_at > _CLEAR_EVERY_S:
                await asyncio.to_thread(mailroom.clear_old)
                cleared_at = loop.time()
            if mailer is not None:
                await deliver_due(mailroom, mailer, _note_leaving)
        except SQLAlchemyError as error:
            log.warning("mail waits for the database: %s", type(error).__name__)
        await asyncio.sleep(_LOOK_EVERY_S if mailer is not None else _CLEAR_EVERY_S / 60)


def _note_leaving(message: Message) -> None:
    contact = Contact(services().settings.smtp_host or "", "mail", sent_bytes=len(message.text.encode()))
    services().outflows.count_mail(message.to_email, contact)


def _note_nothing(_message: Message) -> None:
    """Where nobody keeps what left."""


async def deliver_due(mailroom: Mailroom, mailer: Mailer, on_try: Callable[[Message], None] = _note_nothing) -> None:
    """Try every mail that is due, all at the same time: one that hangs keeps none of the others."""
    due = await asyncio.to_thread(mailroom.claim_due)
    await asyncio.gather(*(_try(mailroom, mailer, mail, on_try) for mail in due))


async def _try(mailroom: Mailroom, mailer: Mailer, mail: DueMail, on_try: Callable[[Message], None]) -> None:
    await asyncio.to_thread(on_try, mail.message)
    try:
        await mailer.send(mail.message)
    except ServiceUnavailable as error:
        log.warning("mail %s was not taken: %s", mail.mail_id, error.sentence)
        if mail.is_last_try or not error.retryable:
            await asyncio.to_thread(mailroom.give_up, mail.mail_id)
        return
    await asyncio.to_thread(mailroom.mark_sent, mail.mail_id)
