"""Refusals of billing."""

from peak_app.domain.billing.allowance import Allowance
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t


class MinutesExhausted(PeakError):
    """The plan's minutes of this month are used up."""

    status_code = 402

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(
            t(
                "refusal.minutes_used_up",
                minutes=allowance.included_minutes,
                day=f"{allowance.renews_on.day} {t('time.long_months').split()[allowance.renews_on.month - 1]}",
            )
        )
        self.allowance = allowance
