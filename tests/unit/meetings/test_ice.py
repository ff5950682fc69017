"""STUN and TURN servers for a call."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from peak_app.config import Settings
from peak_app.domain.meetings.ice import ice_servers, turn_name
from tests.fakes.clock import FakeClock

Make = Callable[..., Settings]
NOW = FakeClock()()
TURN = "turn:turn.example:3478?transport=udp, turns:turn.example:5349"


def test_without_servers_there_are_none(settings_for_tests: Make) -> None:
    assert ice_servers(settings_for_tests(), who="x", at=NOW) == []


def test_a_shared_secret_makes_a_name_and_password_that_expire(settings_for_tests: Make) -> None:
    settings = settings_for_tests(turn_urls=TURN, turn_secret="north", max_call_minutes=45)
    (server,) = ice_servers(settings, who="abc", at=NOW)
    good_until = NOW + timedelta(minutes=105)
    assert server.username == f"{int(good_until.timestamp())}:abc"
    expected = hmac.new(b"north", server.username.encode(), hashlib.sha1).digest()
    assert server.credential == base64.b64encode(expected).decode()
    assert server.to_json() == {
        "urls": ["turn:turn.example:3478?transport=udp", "turns:turn.example:5349"],
        "username": server.username,
        "credential": server.credential,
    }


def test_a_fixed_user_is_used_where_no_secret_is_shared(settings_for_tests: Make) -> None:
    settings = settings_for_tests(
        stun_urls="stun:stun.example:3478", turn_urls="turn:t", turn_username="u", turn_password="p"
    )
    stun, turn = ice_servers(settings, who="abc", at=NOW)
    assert stun.to_json() == {"urls": ["stun:stun.example:3478"]}
    assert (turn.username, turn.credential) == ("u", "p")


@pytest.mark.parametrize("fields", [{}, {"turn_username": "u"}, {"turn_password": "p"}])
def test_a_server_that_nothing_opens_is_left_out(settings_for_tests: Make, fields: dict[str, str]) -> None:
    assert ice_servers(settings_for_tests(turn_urls=TURN, **fields), who="x", at=NOW) == []


def test_the_name_at_the_server_says_nothing_of_the_person(settings_for_tests: Make) -> None:
    one, other = settings_for_tests(), settings_for_tests()
    person = str(uuid4())
    assert turn_name(one, person) == turn_name(one, person)
    assert turn_name(one, person) != turn_name(other, person)
    assert turn_name(one, person) not in person.replace("-", "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stun_urls", "http://stun.example"),
        ("stun_urls", "turn:turn.example"),
        ("turn_urls", "turn:turn.example, x"),
        ("turn_urls", "turn:turn.example?transport=sctp"),
        ("turn_urls", 'turn:"><script>'),
        ("bridge_public_ip", "bridge.example"),
    ],
)
def test_an_address_that_is_none_is_refused_at_the_start(settings_for_tests: Make, field: str, value: str) -> None:
    with pytest.raises(ValueError, match=field):
        settings_for_tests(**{field: value})
