"""Refusals of billing."""

from peak_app.domain.billing.allowance import Allowance
from peak_app.errors import PeakError


class MinutesExhausted(PeakError):
    """The plan's minutes of this month are used up."""

    status_code = 402

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(
            f"The {allowance.included_minutes} minutes of this month are used up. They start again on "
            f"{allowance.renews_on:%-d %B}."
        )
        self.allowance = allowance
