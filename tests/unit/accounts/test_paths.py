from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.accounts.paths import DEFAULT_PATH, is_local_path, local_path

OURS = "http://127.0.0.1:3000"


@pytest.mark.parametrize("path", ["/", "/meetings", "/meetings/7?tab=summary&at=3", "/a//b"])
def test_pages_of_ours_are_local(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "meetings",
        "//evil.example",
        "/\\evil.example",
        "/a\\b",
        "http://evil.example",
        "javascript:alert(1)",
        "/a\r\nset-cookie: x",
        "/\t/evil.example",
        "/é",
        "/" + "a" * 200,
        None,
    ],
)
def test_anything_else_leads_to_the_dashboard(path: str | None) -> None:
    assert local_path(path) == DEFAULT_PATH


@given(st.text(st.sampled_from("/\\.:@?#ab\t\r\n%")))
def test_a_local_path_stays_on_this_site(tail: str) -> None:
    path = f"/{tail}"
    if is_local_path(path):
        assert urlsplit(urljoin(f"{OURS}/login", path)).netloc == urlsplit(OURS).netloc
