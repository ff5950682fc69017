import pytest
from starlette.responses import Response

from peak_app.api.cookies import cookie_of, session_cookie_name, set_login_cookie, set_session_cookie


def set_cookie(response: Response) -> list[str]:
    return [part.strip().lower() for part in response.headers["set-cookie"].split(";")]


def test_over_tls_the_session_cookie_is_bound_to_the_host() -> None:
    response = Response()
    set_session_cookie(response, "https://peak.example.org", "s")
    assert set_cookie(response)[0] == "__host-peak_session=s"
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= set(set_cookie(response))
    assert not any(part.startswith("domain") for part in set_cookie(response))


def test_on_loopback_there_is_no_tls_to_ask_for() -> None:
    response = Response()
    set_session_cookie(response, "http://127.0.0.1:3000", "s")
    assert set_cookie(response)[0] == "peak_session=s"
    assert "secure" not in set_cookie(response)
    assert "httponly" in set_cookie(response)


def test_the_login_cookie_goes_to_signing_in_only() -> None:
    response = Response()
    set_login_cookie(response, "http://127.0.0.1:3000", "s")
    assert {"path=/auth", "httponly", "samesite=lax", "max-age=600"} <= set(set_cookie(response))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("a=1; peak_session=s; b=2", "s"),
        ('other={"a": [1, 2]}; peak_session=s', "s"),
        ("", ""),
        ("peak_session", ""),
        ("x" * 5000, ""),
        ("\0;=;;", ""),
    ],
)
def test_one_cookie_is_found_among_others(header: str, value: str) -> None:
    assert cookie_of(header, session_cookie_name("http://localhost:3000")) == value
