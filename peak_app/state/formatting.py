"""How times and lengths read on a page, in the person's own time zone."""

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from peak_app.i18n.catalogue import t


def zone_of(name: str) -> tzinfo:
    """The time zone with that name; UTC when there is none, so that a page never fails over it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def date_text(day: date) -> str:
    """'3 Nov'."""
    return f"{day.day} {t('time.months').split()[day.month - 1]}"


def day_text(at: datetime, zone: tzinfo, now: datetime) -> str:
    """'Today', 'Yesterday', 'Tomorrow', or '3 Nov', with the year when it is another one."""
    local, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    near = {0: "time.today", -1: "time.yesterday", 1: "time.tomorrow"}.get((local - today).days)
    if near:
        return t(near)
    return date_text(local) if local.year == today.year else f"{date_text(local)} {local.year}"


def moment_text(at: datetime | None, zone: tzinfo, now: datetime) -> str:
    """'Today, 18:05'; empty for None."""
    return f"{day_text(at, zone, now)}, {at.astimezone(zone):%H:%M}" if at else ""


def length_text(milliseconds: float) -> str:
    """'45 s', '12 min', '1 h 5 min'."""
    seconds = round(milliseconds / 1000)
    if seconds < 60:
        return t("time.seconds", seconds=seconds)
    minutes = round(seconds / 60)
    if minutes < 60:
        return t("time.minutes", minutes=minutes)
    return t("time.hours", hours=minutes // 60, minutes=minutes % 60)


def offset_text(milliseconds: int) -> str:
    """Place in a recording: '0:07', '12:40', '1:02:03'."""
    seconds = max(0, milliseconds) // 1000
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def field_text(at: datetime, zone: tzinfo) -> str:
    """'2026-11-22T18:30', as a date-and-time field holds it."""
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"


def score_text(score: float | None) -> str:
    """'3.4'; empty for None."""
    return f"{score:.1f}" if score is not None else ""
