"""The registry of bridges and the line before them, over a real database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, delete, select, update

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.meetings.bridges import BridgeService, PlaceElsewhere, PlacesTaken
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.models import Bridge, CallLease, WaitingCall
from peak_app.domain.meetings.places import BridgeState
from peak_app.errors import Conflict, NotFound
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.held_calls import HeldCalls

ONE = BridgeState("one", "http://127.0.0.1:4001", 1, 0, 0.0, is_draining=False)
TWO = BridgeState("two", "http://127.0.0.1:4002", 1, 0, 0.0, is_draining=False)


class Town:
    """Two bridges with a place each, and people who want to hold calls."""

    def __init__(self, web: TenantSessions, worker: TenantSessions) -> None:
        self.clock = FakeClock()
        self.web, self.worker = web, worker
        self.choosing = BridgeService(web, self.clock, most_lag_ms=10)
        self.bridges = BridgeService(worker, self.clock, most_lag_ms=10)
        self.calls = CallService(worker, self.clock)
        self.beat()

    def beat(self, *states: BridgeState) -> None:
        for state in states or (ONE, TWO):
            self.bridges.beat(state)

    def person(self) -> tuple[UUID, UUID]:
        """Someone with a meeting."""
        held = HeldCalls(self.web, self.worker, self.clock)
        return held.user_id, held.meetings.create_meeting(
            held.user_id, title="Round one", agent_id=held.agent_id
        ).meeting_id

    def ask(self, who: tuple[UUID, UUID], state: BridgeState = ONE) -> int | str:
        """`in`, `elsewhere`, or the place in line."""
        try:
            self.bridges.admit(*who, state)
        except PlacesTaken as taken:
            return taken.place
        except PlaceElsewhere:
            return "elsewhere"
        self.calls.open_call(*who, state.bridge_id)
        self.bridges.leave_line(*who)
        return "in"

    def ask_all(self, who: tuple[UUID, UUID], *states: BridgeState) -> int | str:
        """As the web process does: one bridge after the other."""
        answer: int | str = "elsewhere"
        for state in states:
            if answer == "elsewhere":
                answer = self.ask(who, state)
        return answer

    def line(self) -> list[UUID]:
        with self.worker.without_tenant() as session:
            return list(session.exec(select(WaitingCall.meeting_id).order_by(col(WaitingCall.waiting_since))).all())

    def registered(self) -> dict[str, Bridge]:
        with self.worker.without_tenant() as session:
            return {row.id: row for row in session.exec(select(Bridge)).all()}

    def holder(self, who: tuple[UUID, UUID]) -> str | None:
        with self.worker.for_user(who[0]) as session:
            return session.exec(select(CallLease.bridge_id).where(CallLease.meeting_id == who[1])).first()


@pytest.fixture
def town(sessions: TenantSessions, worker_sessions: TenantSessions) -> Town:
    return Town(sessions, worker_sessions)


def test_a_bridge_is_there_as_long_as_its_heart_beats(town: Town) -> None:
    owner_id, meeting_id = town.person()
    assert town.choosing.list_urls(owner_id, meeting_id) == [ONE.url, TWO.url]
    town.clock.pass_time(seconds=9)
    town.beat(TWO)
    town.clock.pass_time(seconds=2)
    assert town.choosing.list_urls(owner_id, meeting_id) == [TWO.url]
    assert town.choosing.list_living() == [TWO.url]
    town.beat(TWO)
    assert set(town.registered()) == {"two"}
    town.bridges.sign_off("two")
    assert town.choosing.list_urls(owner_id, meeting_id) == []


def test_a_bridge_tells_what_it_holds_and_learns_what_it_lost(town: Town) -> None:
    who = town.person()
    assert town.ask(who) == "in"
    assert town.registered()["one"].calls == 1
    assert town.bridges.beat(ONE) == {who[1]}
    town.calls.open_call(*who, "two")
    assert town.bridges.beat(ONE) == frozenset()


def test_a_call_goes_to_its_living_bridge_and_a_new_one_to_the_least_busy(town: Town) -> None:
    who, other = town.person(), town.person()
    town.ask(who, TWO)
    assert town.choosing.list_urls(*who)[0] == TWO.url
    assert town.choosing.list_urls(*other)[0] == ONE.url
    town.clock.pass_time(seconds=11)
    town.beat(ONE)
    assert town.choosing.list_urls(*who) == [ONE.url]


def test_past_capacity_people_stand_in_line_and_nobody_overtakes(town: Town) -> None:
    first, second, third, fourth = (town.person() for _ in range(4))
    assert town.ask(first) == "in"
    assert town.ask(second) == "elsewhere"
    assert town.ask(second, TWO) == "in"
    assert town.ask(third) == 1
    town.clock.pass_time(seconds=1)
    assert town.ask(fourth) == 2
    town.clock.pass_time(seconds=3)
    town.calls.end_call(*first, "ended_by_person")
    # The place is the third one's, who has not asked again yet.
    assert town.ask(fourth) == 2
    assert town.ask(third, TWO) == "elsewhere"
    assert town.ask(third) == "in"
    assert town.ask(fourth) == 1
    assert town.line() == [fourth[1]]


def test_who_does_not_ask_any_more_has_left_the_line(town: Town) -> None:
    first, second, third, fourth = (town.person() for _ in range(4))
    town.ask(first)
    town.ask(second, TWO)
    assert town.ask(third) == 1
    town.clock.pass_time(seconds=6)
    town.beat()
    assert town.ask(fourth) == 2
    town.clock.pass_time(seconds=6)
    town.beat()
    assert town.ask(fourth) == 1
    assert town.line() == [fourth[1]]
    # Coming back late means standing at the end.
    assert town.ask(third) == 2


def test_a_call_whose_bridge_died_goes_ahead_of_the_line(town: Town) -> None:
    running, other, waiting = town.person(), town.person(), town.person()
    town.ask(running)
    town.calls.mark_connected(*running, "one")
    town.ask(other, TWO)
    town.clock.pass_time(seconds=11)
    town.beat(TWO)
    assert town.ask(waiting, TWO) == 1
    town.clock.pass_time(seconds=5)
    town.beat(TWO)
    assert town.ask(running, TWO) == 1
    assert town.ask(waiting, TWO) == 2
    town.calls.end_call(*other, "ended_by_person")
    assert town.ask(waiting, TWO) == 2
    assert town.ask(running, TWO) == "in"
    assert town.holder(running) == "two"


def test_a_call_taken_over_keeps_its_time(town: Town) -> None:
    running = town.person()
    town.ask(running)
    town.calls.mark_connected(*running, "one")
    town.clock.pass_time(seconds=30)
    town.calls.beat("one")
    town.clock.pass_time(seconds=12)
    town.beat(TWO)
    town.bridges.admit(*running, TWO)
    assert town.calls.open_call(*running, "two").connected_ms == 30_000


def test_late_and_draining_bridges_take_nothing_new(town: Town) -> None:
    who = town.person()
    roomy = replace(ONE, capacity=3)
    late, going = replace(roomy, loop_lag_ms=11.0), replace(TWO, is_draining=True)
    town.beat(late, going)
    # An empty one that is late takes one call: nobody's gets worse by it.
    assert town.ask(town.person(), late) == "in"
    assert town.ask(who, late) == 1
    assert town.ask(who, going) == 1
    town.beat(roomy)
    assert town.ask(who, going) == "elsewhere"
    assert town.ask(who, roomy) == "in"
    # Whoever has a place keeps it.
    town.beat(late)
    town.bridges.admit(*who, late)


def test_a_refused_call_gives_its_place_back_and_keeps_the_turn(town: Town) -> None:
    first, second, third = (town.person() for _ in range(3))
    town.ask(first)
    town.ask(second, TWO)
    assert town.ask(third) == 1
    town.calls.end_call(*first, "ended_by_person")
    town.bridges.admit(*third, ONE)
    # The model was not there: the call never opened.
    town.calls.end_call(*third, "failed")
    assert town.line() == [third[1]]
    assert town.ask(town.person()) == 2
    assert town.ask(third) == "in"


def test_two_who_ask_at_once_do_not_both_get_the_last_place(town: Town) -> None:
    people = [town.person() for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        orders = [(ONE, TWO), (TWO, ONE)] * 4
        asked = [threads.submit(town.ask_all, who, *order) for who, order in zip(people, orders, strict=True)]
        answers = [one.result() for one in asked]
    assert answers.count("in") == 2
    # Whoever was sent on stood in line for that moment, so the others' places may count them.
    assert answers.count("elsewhere") == 0
    assert [town.ask(who) for who, answer in zip(people, answers, strict=True) if answer != "in"].count("in") == 0
    assert {town.registered()[name].calls for name in ("one", "two")} == {1}


def test_nobody_gets_a_place_for_a_meeting_that_is_not_theirs_or_over(town: Town) -> None:
    (owner_id, meeting_id), (stranger_id, _) = town.person(), town.person()
    with pytest.raises(NotFound):
        town.bridges.admit(stranger_id, meeting_id, ONE)
    HeldCalls(town.web, town.worker).meetings.cancel_meeting(owner_id, meeting_id)
    with pytest.raises(Conflict):
        town.bridges.admit(owner_id, meeting_id, ONE)
    assert town.holder((owner_id, meeting_id)) is None
    assert town.line() == []


def test_the_web_process_can_not_write_where_calls_go(town: Town) -> None:
    owner_id, _ = town.person()
    with pytest.raises(DBAPIError, match="row-level security"), town.web.for_user(owner_id) as session:
        session.add(Bridge(id="evil", url="http://169.254.169.254", capacity=9))
    with town.web.for_user(owner_id) as session:
        session.execute(update(Bridge).values(url="http://169.254.169.254"))
        session.execute(delete(Bridge))
    assert {row.url for row in town.registered().values()} == {ONE.url, TWO.url}


def test_a_person_sees_only_their_own_place_in_the_database(town: Town, database: ScratchDatabase) -> None:
    first, second, third = (town.person() for _ in range(3))
    for who, state in ((first, ONE), (second, TWO), (third, ONE)):
        town.ask(who, state)
    for who, seen in ((third, [third[1]]), (first, [])):
        with town.web.for_user(who[0]) as session:
            assert list(session.exec(select(WaitingCall.meeting_id)).all()) == seen


def test_the_line_goes_with_the_meeting(town: Town) -> None:
    first, second, third = (town.person() for _ in range(3))
    for who, state in ((first, ONE), (second, TWO), (third, ONE)):
        town.ask(who, state)
    town.clock.pass_time(seconds=1)
    with town.worker.without_tenant() as session:
        row = session.exec(select(WaitingCall)).one()
        assert town.clock() - row.asked_at == timedelta(seconds=1)
    town.bridges.leave_line(*third)
    assert town.line() == []
