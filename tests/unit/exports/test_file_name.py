"""Names of exported files."""

import pytest

from peak_app.api.exports import disposition
from peak_app.domain.exports.service import file_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Round one", "Round one"),
        ('../../etc/passwd\r\nX: "y"', "etc passwd X y"),
        ("C:\\CON|aux?*", "C CON aux"),
        ("Größe, 面接 (2)", "Größe, 面接 (2)"),
        ("\u202egnp.exe", "gnp exe"),
        ("...", "Meeting"),
        ("x" * 500, "x" * 80),
    ],
)
def test_a_title_becomes_a_name_any_system_takes(title: str, name: str):
    assert file_name(title) == name


def test_a_download_has_a_plain_and_a_full_name():
    assert disposition("Größe 2026-11-26.pdf") == (
        "attachment; filename=\"Gre 2026-11-26.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%202026-11-26.pdf"
    )
    assert 'filename="2026-11-26.pdf"' in disposition("面接 2026-11-26.pdf")
