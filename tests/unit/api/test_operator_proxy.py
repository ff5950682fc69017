from peak_app.api.operator_proxy import _NOT_RETURNED, _NOT_SENT, passed_on


def test_what_concerns_one_connection_or_our_session_is_not_passed_on() -> None:
    sent = [
        ("Accept", "text/html"),
        ("Cookie", "peak_session=secret"),
        ("Authorization", "x"),
        ("Host", "h"),
        ("X-Peak-Ops", "forged"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("Connection", "keep-alive, X-Odd"),
        ("X-Odd", "1"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "h2c"),
    ]
    assert passed_on(sent, _NOT_SENT) == [("accept", "text/html")]


def test_the_other_program_sets_no_cookies_here() -> None:
    returned = [
        ("content-type", "text/html"),
        ("set-cookie", "a=b"),
        ("content-encoding", "gzip"),
        ("content-length", "7"),
    ]
    assert passed_on(returned, _NOT_RETURNED) == [
        ("content-type", "text/html"),
        ("content-encoding", "gzip"),
        ("content-length", "7"),
    ]
