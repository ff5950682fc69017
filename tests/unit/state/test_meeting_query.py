"""The address of the list: whatever someone writes into it, it says what is shown."""

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.meetings.listing import Sort
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.state.meeting_query import ListQuery

AGENT = "01a217a5-2893-7916-bf71-30b78546b936"
NAMES = ("q", "state", "agent", "from", "to", "score", "sort", "page", "view", "month", "utm_source")


def said(query: ListQuery) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(query.to_path()).query))


def test_everything_the_page_can_show_stands_in_the_address() -> None:
    address = {
        "q": "Łódź 100 % & more 🎤",
        "state": "completed",
        "agent": AGENT,
        "from": "2026-03-01",
        "to": "2026-03-31",
        "score": "3",
        "sort": "score",
        "page": "4",
    }
    query = ListQuery.of(address, [AGENT])
    assert query.status is MeetingStatus.COMPLETED
    assert (query.since, query.until) == (date(2026, 3, 1), date(2026, 3, 31))
    assert (query.score, query.sort, query.page) == (3, Sort.SCORE, 4)
    assert said(query) == address


def test_what_is_as_usual_is_not_said() -> None:
    assert ListQuery.of({"state": "", "sort": "newest", "page": "1", "view": "table"}, []).to_path() == "/meetings"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"state": "sleeping"},
        {"agent": "of-someone-else"},
        {"agent": "01a217a5-2893-7916-bf71-30b78546b937"},
        {"from": "9999-99-99"},
        {"from": "9999-12-31"},
        {"to": "2026-02-30"},
        {"to": "yesterday"},
        {"from": "0001-01-01"},
        {"score": "7"},
        {"score": "-1"},
        {"score": "٣"},
        {"sort": "'; drop table meeting"},
        {"page": "0"},
        {"page": "-3"},
        {"page": "99999999999999999999"},
        {"page": "1e3"},
        {"view": "spiral"},
        {"month": "2026-13", "view": "table"},
        {"q": "\x00\u202e"},
        {"__proto__": "x"},
    ],
)
def test_what_makes_no_sense_is_left_out(nonsense: dict[str, str]) -> None:
    assert ListQuery.of(nonsense | {"q": nonsense.get("q", "round")}, [AGENT]) in (
        ListQuery(words="round"),
        ListQuery(),
    )


def test_days_in_the_wrong_order_narrow_to_the_first() -> None:
    query = ListQuery.of({"from": "2026-03-10", "to": "2026-03-01"}, [])
    assert (query.since, query.until) == (date(2026, 3, 10), None)


def test_a_new_last_day_before_the_first_drops_that_one() -> None:
    query = ListQuery(since=date(2026, 3, 10)).having("to", "2026-03-01", [])
    assert (query.since, query.until) == (None, date(2026, 3, 1))


def test_a_huge_search_text_is_cut() -> None:
    assert len(ListQuery.of({"q": "a" * 100_000}, []).words) == 120


@pytest.mark.parametrize(
    ("name", "value"), [("q", "round"), ("state", "live"), ("score", "2"), ("sort", "title"), ("from", "2026-03-01")]
)
def test_a_changed_filter_begins_at_the_first_page(name: str, value: str) -> None:
    query = ListQuery.of({"page": "7", "agent": AGENT}, [AGENT]).having(name, value, [AGENT])
    assert (query.page, query.agent_id) == (1, AGENT)


def test_a_calendar_has_no_pages_and_no_order() -> None:
    query = ListQuery.of({"view": "calendar", "month": "2026-11", "page": "3", "sort": "score", "q": "round"}, [])
    assert said(query) == {"view": "calendar", "month": "2026-11", "q": "round"}


@given(st.dictionaries(st.sampled_from(NAMES), st.one_of(st.text(max_size=30), st.none(), st.integers())))
def test_any_address_leads_to_one_that_says_the_same(address: dict[str, object]) -> None:
    query = ListQuery.of(address, [AGENT])
    assert ListQuery.of(said(query), [AGENT]) == query
