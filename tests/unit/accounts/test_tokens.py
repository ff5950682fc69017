import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.accounts.tokens import TokenHasher, code_of, is_secret, new_code, new_secret, token_of

HASHER = TokenHasher(b"k" * 32)


def test_secrets_have_256_bits_and_are_recognised() -> None:
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(secret) == 43 and is_secret(secret) for secret in secrets)


def test_hashes_differ_by_kind_key_and_secret() -> None:
    hashes = {
        HASHER.hash("link", "a"),
        HASHER.hash("session", "a"),
        HASHER.hash("link", "b"),
        TokenHasher(b"x" * 32).hash("link", "a"),
        HASHER.hash("lin", "k\0a"),
    }
    assert len(hashes) == 5
    assert all(len(found) == 64 for found in hashes)


def test_the_same_digits_hash_differently_for_another_browser() -> None:
    assert HASHER.hash_code("123456", "browser a") != HASHER.hash_code("123456", "browser b")


def test_codes_have_six_digits() -> None:
    assert all(code_of(code) == code for code in (new_code() for _ in range(200)))


@pytest.mark.parametrize(("typed", "code"), [("123456", "123456"), (" 123 456\n", "123456"), ("123-456", "123456")])
def test_digits_are_found_in_what_people_type(typed: str, code: str) -> None:
    assert code_of(typed) == code


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "12345a", "\uff11\uff12\uff13\uff14\uff15\uff16", "\u00b2" * 6]
)
def test_what_is_not_six_digits_is_no_code(typed: str) -> None:
    assert code_of(typed) is None


def test_a_token_is_found_in_a_pasted_link() -> None:
    token = new_secret()
    assert token_of(token) == token_of(f" http://h/auth/confirm#token={token}\n") == token_of(f"token={token}") == token


@given(st.text())
def test_a_token_is_never_anything_but_a_secret(pasted: str) -> None:
    token = token_of(pasted)
    assert token is None or is_secret(token)
