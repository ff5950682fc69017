from peak_app.db.ids import new_id


def test_ids_are_version_seven_and_differ() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {made.version for made in ids} == {7}
    assert len(set(ids)) == 1000


def test_ids_sort_by_the_millisecond_they_were_made_in() -> None:
    stamps = [new_id().int >> 80 for _ in range(1000)]
    assert stamps == sorted(stamps)
