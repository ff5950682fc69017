"""The words of mails about meetings. Of a meeting they have its title and its time, and nothing that was said in it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from peak_app.i18n.catalogue import t
from peak_app.ports.mailer import Message


def _line(title: str) -> str:
    # A subject is one line, whatever someone called their meeting.
    return " ".join(title.split())


def reminder_message(email: str, title: str, at: datetime, zone: ZoneInfo, link: str) -> Message:
    """The time is on the clocks of `zone`, whose name stands behind it."""
    local = at.astimezone(zone)
    day = f"{local.day} {t('time.months').split()[local.month - 1]} {local.year}"
    time = f"{local:%H:%M}"
    return Message(
        to_email=email,
        subject=t("mail.reminder_subject", title=_line(title), day=day, time=time),
        text=t("mail.reminder_text", title=_line(title), day=day, time=time, zone=zone.key, link=link),
    )


def results_message(email: str, title: str, link: str, *, is_good: bool) -> Message:
    outcome = "ready" if is_good else "failed"
    return Message(
        to_email=email,
        subject=t(f"mail.results_{outcome}_subject", title=_line(title)),
        text=t(f"mail.results_{outcome}_text", title=_line(title), link=link),
    )
