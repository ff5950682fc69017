from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.meetings.ticket import TICKET_LIFE, Ticket, TicketNotValid, read_ticket, sign_ticket
from tests.fakes.clock import FakeClock

NOW = FakeClock()()
KEY = b"k" * 32
TICKET = Ticket(UUID(int=1), UUID(int=2), "seat-1", NOW + TICKET_LIFE, 1800)


def test_a_ticket_is_read_as_it_was_signed() -> None:
    assert read_ticket(sign_ticket(TICKET, KEY), KEY, NOW) == TICKET


def test_a_ticket_of_another_key_is_refused() -> None:
    with pytest.raises(TicketNotValid):
        read_ticket(sign_ticket(TICKET, b"x" * 32), KEY, NOW)


@pytest.mark.parametrize("late", [TICKET_LIFE, timedelta(days=1)])
def test_an_old_ticket_is_refused(late: timedelta) -> None:
    with pytest.raises(TicketNotValid):
        read_ticket(sign_ticket(TICKET, KEY), KEY, NOW + late)


def test_a_ticket_for_the_far_future_is_refused() -> None:
    with pytest.raises(TicketNotValid):
        read_ticket(sign_ticket(replace(TICKET, expires_at=NOW + timedelta(days=1)), KEY), KEY, NOW)


@given(st.integers(0, 400), st.characters(codec="ascii"))
def test_no_changed_character_goes_unnoticed(place: int, character: str) -> None:
    text = sign_ticket(TICKET, KEY)
    place %= len(text)
    changed = text[:place] + character + text[place + 1 :]
    if changed == text:
        return
    try:
        assert read_ticket(changed, KEY, NOW) == TICKET
    except TicketNotValid:
        return


@given(st.text(max_size=2000))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(TicketNotValid):
        read_ticket(text, KEY, NOW)
