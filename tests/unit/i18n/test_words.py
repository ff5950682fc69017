import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.i18n.words import count_words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("  so   I left. ", 3),
        ("Ich ging — dann kam er.", 6),
        ("我负责数据库的部分。", 5),
        ("データベースを書き直しました。", 7),
        ("我用 PostgreSQL 做了 ETL。", 4),
        ("好", 1),
    ],
)
def test_words_are_counted_in_scripts_with_and_without_spaces(text: str, count: int) -> None:
    assert count_words(text) == count


@given(st.text())
def test_any_text_has_a_count_and_only_an_empty_one_has_none(text: str) -> None:
    assert (count_words(text) == 0) == (not text.strip())
