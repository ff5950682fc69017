"""The local inbox: mail that no server was set for, shown to this very machine."""

import asyncio
from collections.abc import Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from peak_app.api.addresses import client_ip
from peak_app.api.documents import document
from peak_app.config import settings
from peak_app.domain.accounts.mailroom import InboxMail, has_local_inbox
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import t
from peak_app.wiring import services


async def show_inbox(request: Request) -> Response:
    if not has_local_inbox(settings()) or client_ip(request) is not None or "forwarded" in request.headers:
        raise NotFound(t("refusal.nothing_here"))
    mails = await asyncio.to_thread(services().mailroom.list_newest)
    return document(t("inbox.title"), inbox_html(mails), is_wide=True)


def inbox_html(mails: Sequence[InboxMail]) -> str:
    head = f"<h1>{escape(t('inbox.title'))}</h1><p>{escape(t('inbox.text'))}</p>"
    if not mails:
        return f'{head}<section class="card"><p>{escape(t("inbox.empty"))}</p></section>'
    return head + "".join(_mail_html(mail) for mail in mails)


def _mail_html(mail: InboxMail) -> str:
    written = mail.created_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    label = t("inbox.sign_in") if "/auth/confirm#" in mail.link else t("inbox.open")
    link = f'<a class="button" href="{escape(mail.link)}">{escape(label)}</a>' if mail.link else ""
    return (
        f'<article class="card"><div class="row"><strong>{escape(mail.subject)}</strong>'
        f'<time datetime="{mail.created_at.isoformat()}">{written}</time></div>'
        f"<p>{escape(t('inbox.to', email=mail.to_email))}</p>{link}"
        f"<details><summary>{escape(t('inbox.read'))}</summary><pre>{escape(mail.text)}</pre></details></article>"
    )


ROUTES = [Route("/dev/inbox", show_inbox, methods=["GET"])]
