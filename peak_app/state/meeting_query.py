"""What the address of `/meetings` says: filters, order, page and view. Pure.

Whatever makes no sense there is left out, as if it had never been said; `to_path` is the address without it.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from peak_app.domain.fields import optional_text
from peak_app.domain.meetings.listing import Sort
from peak_app.domain.meetings.models import TITLE_LIMIT
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.i18n.catalogue import t
from peak_app.ports.language import HIGHEST_SCORE, LOWEST_SCORE

PATH = "/meetings"
YEARS = range(2000, 2101)
"""Of dates that are looked at. Meetings are planned a year ahead at most."""
_PAGES = range(1, 100_000)
_NUMBER = re.compile(r"[0-9]{1,6}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")

View = Literal["table", "calendar"]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """`since` and `until` are the first and the last day that are wanted; `month` is the first day of the one shown."""

    words: str = ""
    status: MeetingStatus | None = None
    agent_id: str = ""
    since: date | None = None
    until: date | None = None
    score: int | None = None
    sort: Sort = Sort.NEWEST
    page: int = 1
    view: View = "table"
    month: date | None = None

    @classmethod
    def of(cls, said: Mapping[str, object], agent_ids: Collection[str]) -> "ListQuery":
        """What is said by names of `to_params`. Agents that are not among these are nobody's."""
        since, until = _day(said.get("from")), _day(said.get("to"))
        is_calendar = said.get("view") == "calendar"
        status, sort, agent_id = said.get("state"), said.get("sort"), said.get("agent")
        return cls(
            words=_words(said.get("q")),
            status=MeetingStatus(status) if status in set(MeetingStatus) else None,  # pyright: ignore[reportArgumentType]
            agent_id=agent_id if isinstance(agent_id, str) and agent_id in agent_ids else "",
            since=since,
            until=None if since and until and until < since else until,
            score=_number(said.get("score"), range(LOWEST_SCORE + 1, HIGHEST_SCORE + 1)),
            sort=Sort(sort) if sort in set(Sort) and not is_calendar else Sort.NEWEST,  # pyright: ignore[reportArgumentType]
            page=1 if is_calendar else _number(said.get("page"), _PAGES) or 1,
            view="calendar" if is_calendar else "table",
            month=_month(said.get("month")) if is_calendar else None,
        )

    def having(self, name: str, value: str, agent_ids: Collection[str]) -> "ListQuery":
        """The same with one thing changed, from its first page on. A day that contradicts the new one is dropped."""
        said = {**self.to_params(), name: value}
        if name != "page":
            said.pop("page", None)
        if name == "to" and self.since and (until := _day(value)) and until < self.since:
            del said["from"]
        return ListQuery.of(said, agent_ids)

    def to_params(self) -> dict[str, str]:
        """Everything that is not as it is without being said."""
        said = {
            "q": self.words,
            "state": self.status or "",
            "agent": self.agent_id,
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "score": str(self.score or ""),
            "sort": self.sort if self.sort != Sort.NEWEST else "",
            "page": str(self.page) if self.page > 1 else "",
            "view": self.view if self.view != "table" else "",
            "month": f"{self.month:%Y-%m}" if self.month else "",
        }
        return {name: str(value) for name, value in said.items() if value}

    def to_path(self) -> str:
        said = self.to_params()
        return f"{PATH}?{urlencode(said)}" if said else PATH

    @property
    def typed(self) -> tuple[object, ...]:
        """What stands in fields that people type into."""
        return self.words, self.since, self.until

    @property
    def filter_count(self) -> int:
        """How many filters are set, apart from the search field."""
        return sum(bool(value) for value in (self.status, self.agent_id, self.since, self.until, self.score))


def _words(value: object) -> str:
    return optional_text(value[:TITLE_LIMIT], t("field.search"), TITLE_LIMIT) if isinstance(value, str) else ""


def _number(value: object, known: range) -> int | None:
    is_number = isinstance(value, str) and _NUMBER.fullmatch(value) is not None
    return int(value) if is_number and int(value) in known else None  # pyright: ignore[reportArgumentType]


def _day(value: object) -> date | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _month(value: object) -> date | None:
    return _day(f"{value}-01") if isinstance(value, str) and _MONTH.fullmatch(value) else None
