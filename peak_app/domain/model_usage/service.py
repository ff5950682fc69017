"""What models took for a person, and what it cost: written down as it happens, shown to them and to the operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights import repository as insights
from peak_app.domain.insights.models import Making
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.model_usage import repository
from peak_app.domain.model_usage.prices import Prices
from peak_app.domain.model_usage.repository import UsageTotal
from peak_app.domain.operations.repository import require_operator
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.usage import ModelUse

OVERVIEW_AGE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class UsageBill:
    """`cost_usd` is the sum of what is known; `is_whole` says whether that is all of it."""

    totals: Sequence[UsageTotal]

    @property
    def cost_usd(self) -> Decimal:
        return sum((total.cost_usd for total in self.totals if total.cost_usd is not None), Decimal(0))

    @property
    def is_whole(self) -> bool:
        return all(total.cost_usd is not None and not total.uncounted for total in self.totals)


class ModelUsageService:
    def __init__(self, sessions: TenantSessions, prices: Prices, clock: Clock) -> None:
        self._sessions = sessions
        self._prices = prices
        self._clock = clock

    def note(self, owner_id: UUID, meeting_id: UUID, connection: str, use: ModelUse) -> None:
        """Write down what a call took. `connection` tells apart what services number anew; a repeat counts once."""
        at = self._clock()
        key = f"{meeting_id}:{use.kind}:{connection}{use.source_id}"
        with self._sessions.for_user(owner_id) as session:
            cost = self._prices.cost_of(use)
            repository.add(session, owner_id, meeting_id, use, key=key, cost_usd=cost, at=at)

    def bill_of_meeting(self, user_id: UUID, meeting_id: UUID) -> UsageBill:
        """The call, questions about it, and what its results say they took. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meetings.get_meeting(session, meeting_id)
            made = [_of_making(making) for making in insights.list_makings(session, meeting_id)]
            asked = repository.totals_of_meeting(session, meeting_id)
        return UsageBill([*asked, *(total for total in made if total.read or total.written)])

    def overview(self, user_id: UUID) -> UsageBill:
        """Of everyone, over `OVERVIEW_AGE`. Raises: NotFound: this person does not run the installation."""
        with self._sessions.for_user(user_id) as session:
            require_operator(session, user_id, t("refusal.page_missing"))
            return UsageBill(repository.totals_since(session, self._since()))

    def _since(self) -> datetime:
        return self._clock() - OVERVIEW_AGE


def _of_making(making: Making) -> UsageTotal:
    facts = making.facts
    cost = facts.get("cost_usd")
    return UsageTotal(
        kind=making.name,
        model=str(facts.get("engine", "")),
        requests=1,
        uncounted=0,
        read=facts.get("input_tokens", 0),
        written=facts.get("output_tokens", 0),
        cached=0,
        seconds=0.0,
        cost_usd=None if cost is None else Decimal(str(cost)),
    )
