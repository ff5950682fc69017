from uuid import UUID

from peak_app.domain.accounts.identity import SessionReference
from peak_app.state.tabs import OpenTabs, Tab

ANN, BOB = UUID(int=1), UUID(int=2)


def tab(token: str, user_id: UUID = ANN, route: str = "/meetings") -> Tab:
    return Tab(token, SessionReference(user_id, UUID(int=9)), route)


def test_open_tabs_of_one_person_are_found() -> None:
    tabs = OpenTabs()
    for one in (tab("a"), tab("b"), tab("c", BOB)):
        tabs.note(one)
    assert {one.token for one in tabs.list_open(ANN, {"a", "b", "c"})} == {"a", "b"}


def test_a_tab_that_is_gone_is_forgotten() -> None:
    tabs = OpenTabs()
    tabs.note(tab("a"))
    assert tabs.list_open(ANN, set()) == []
    assert tabs.list_open(ANN, {"a"}) == []


def test_a_tab_that_changes_hands_belongs_to_one_person() -> None:
    tabs = OpenTabs()
    tabs.note(tab("a"))
    tabs.note(tab("a", BOB))
    assert tabs.list_open(ANN, {"a"}) == []
    assert [one.token for one in tabs.list_open(BOB, {"a"})] == ["a"]


def test_the_newest_page_of_a_tab_counts() -> None:
    tabs = OpenTabs()
    tabs.note(tab("a"))
    tabs.note(tab("a", route="/dashboard"))
    assert [one.route for one in tabs.list_open(ANN, {"a"})] == ["/dashboard"]


def test_pruning_keeps_what_is_connected() -> None:
    tabs = OpenTabs()
    tabs.note(tab("a"))
    tabs.note(tab("b", BOB))
    tabs.prune({"b"})
    assert tabs.list_open(ANN, {"a"}) == []
    assert len(tabs.list_open(BOB, {"b"})) == 1
    tabs.forget("unknown")


def test_all_open_tabs_are_found_whoever_they_belong_to() -> None:
    tabs = OpenTabs()
    for one in (tab("a"), tab("b"), tab("c", BOB)):
        tabs.note(one)
    assert {one.token for one in tabs.list_all({"a", "c"})} == {"a", "c"}
    assert tabs.list_open(ANN, {"a", "b"}) == [tab("a")]
