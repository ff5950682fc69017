"""People who think while they answer are let finish: `bench/cut_offs.py` as a promise."""

from bench.cut_offs import ANSWERS, count_cut_offs


def test_patient_lets_people_think_for_two_and_a_half_seconds() -> None:
    assert len(ANSWERS) == 20
    assert count_cut_offs("patient") <= 1


def test_a_dial_on_brisk_is_noticed_in_the_count() -> None:
    assert count_cut_offs("brisk", ANSWERS[:2]) >= 2
