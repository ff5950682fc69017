import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.accounts.email import EMAIL_LIMIT, normal_email
from peak_app.domain.accounts.errors import EmailInvalid


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("ann@example.org", "ann@example.org"),
        ("  Ann.Smith+work@Mail.Example.ORG \n", "ann.smith+work@mail.example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("ann@localhost", "ann@localhost"),
    ],
)
def test_an_address_is_normalised(typed: str, email: str) -> None:
    assert normal_email(typed) == email


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ann",
        "@example.org",
        "ann@",
        "ann@@example.org",
        "ann@exa mple.org",
        "ann@-example.org",
        "ann@example..org",
        ".ann@example.org",
        "ann.@example.org",
        "ann@example.org\r\nBcc: bob@example.org",
        "ann@example.org\nx",
        "ann@example.org,bob@example.org",
        '"a b"@example.org',
        "änn@example.org",
        "ann@[127.0.0.1]",
        "a" * 65 + "@example.org",
        "a@" + "b" * EMAIL_LIMIT,
        None,
        7,
        ["ann@example.org"],
    ],
)
def test_what_is_no_address_is_refused(typed: object) -> None:
    with pytest.raises(EmailInvalid):
        normal_email(typed)


@given(st.text())
def test_what_is_taken_is_fit_for_a_header(typed: str) -> None:
    try:
        email = normal_email(typed)
    except EmailInvalid:
        return
    assert email.isascii()
    assert email.isprintable()
    assert " " not in email
    assert normal_email(email) == email
