from peak_app.domain.insights.retrieval import fused, with_neighbours

LINES = [f"L{n}" for n in range(1, 8)]


def test_a_line_that_both_rankings_know_comes_before_one_that_only_one_knows():
    assert fused([["L1", "L2"], ["L3", "L2"]])[0] == "L2"


def test_without_a_common_line_the_first_places_come_first():
    assert set(fused([["L1", "L2"], ["L3", "L4"]], limit=2)) == {"L1", "L3"}


def test_a_ranking_may_be_empty():
    assert fused([["L2", "L1"], []]) == ["L2", "L1"]


def test_neighbours_come_along_in_the_order_of_the_meeting_and_once():
    assert with_neighbours(LINES, ["L4", "L3"]) == [1, 2, 3, 4]


def test_the_ends_of_a_meeting_have_one_neighbour():
    assert with_neighbours(LINES, ["L7", "L1"]) == [0, 1, 5, 6]


def test_a_line_that_is_no_longer_there_is_left_out():
    assert with_neighbours(LINES, ["L99"]) == []
