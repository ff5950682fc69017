"""How times read in an export."""

from datetime import datetime

from peak_app.i18n.catalogue import t


def place(milliseconds: int) -> str:
    """In a recording: '0:07', '12:40', '1:02:03'."""
    minutes, seconds = divmod(max(0, milliseconds) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def length(milliseconds: int) -> str:
    """'45 s', '12 min', '1 h 5 min'."""
    seconds = round(milliseconds / 1000)
    if seconds < 60:
        return t("time.seconds", seconds=seconds)
    hours, minutes = divmod(round(seconds / 60), 60)
    return t("time.hours", hours=hours, minutes=minutes) if hours else t("time.minutes", minutes=minutes)


def seconds(milliseconds: int) -> str:
    """'0.9 s'."""
    return t("time.seconds", seconds=f"{milliseconds / 1000:.1f}")


def day_and_time(at: datetime) -> str:
    """'26 Nov 2026, 18:05 (CET)'."""
    return f"{at.day} {t('time.months').split()[at.month - 1]} {at.year}, {at:%H:%M} ({at.tzname()})"
