"""How measures, scores and differences between them read on the pages of progress."""

from peak_app.domain.progress.attempts import DELAY, FILLERS, PACE, PAUSES, TALK
from peak_app.i18n.catalogue import t

MEASURES = (PACE, FILLERS, PAUSES, DELAY, TALK)
"""In the order of the page."""
_DECIMALS = {PACE: 0, FILLERS: 1, PAUSES: 1, DELAY: 1, TALK: 0}
MINUS = "\u2212"


def measure_text(measure: str, value: float | None) -> str:
    """'142', '3.1', '56 %'; a dash for None."""
    if value is None:
        return t("numbers.none")
    return t(f"measure.{measure}_value", value=f"{value:.{_DECIMALS[measure]}f}")


def measure_shown(measure: str, value: float | None) -> float | None:
    """The number as `measure_text` shows it, so that what is subtracted is what one reads."""
    return None if value is None else round(value, _DECIMALS[measure])


def score_number(value: float | None) -> str:
    """'3' or '3.5'; a dash for None."""
    return t("numbers.none") if value is None else f"{value:.1f}".removesuffix(".0")


def signed(value: float, decimals: int) -> str:
    """'+1', a true minus, or '0' for what rounds to nothing."""
    rounded = round(value, decimals)
    if not rounded:
        return "0"
    return f"{'+' if rounded > 0 else MINUS}{abs(rounded):.{decimals}f}"


def direction(value: float, decimals: int) -> str:
    """up, down or same, as it is shown."""
    rounded = round(value, decimals)
    return "up" if rounded > 0 else "down" if rounded < 0 else "same"


def measure_change(measure: str, value: float) -> tuple[str, str]:
    """The difference as a sentence ('+12, faster'), and its direction. Says what changed, not whether that is good."""
    way = direction(value, _DECIMALS[measure])
    text = t(f"measure.{measure}_value", value=signed(value, _DECIMALS[measure]))
    return t(
        "compare.change", change=text, words=t(f"measure.{measure}_{way}" if way != "same" else "compare.same_as")
    ), way


def score_change(value: float) -> tuple[str, str]:
    """As `measure_change`, of scores or means."""
    way = direction(value, 1)
    change = signed(value, 1).removesuffix(".0")
    return t("compare.change", change=change, words=t(f"scorecard.{way}" if way != "same" else "compare.same_as")), way
