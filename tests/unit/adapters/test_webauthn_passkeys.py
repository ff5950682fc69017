"""Answers of browsers that are broken in any way: each is proven or refused, and nothing else comes of it."""

import json
from collections.abc import Callable
from contextlib import suppress

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.adapters.webauthn.passkeys import WebauthnPasskeys
from peak_app.ports.passkeys import Holder, PasskeyRefused, Site
from tests.fakes.authenticator import Authenticator, to_bytes, to_text

SITE = Site("https://peak.example.org", "peak.example.org")
PASSKEYS = WebauthnPasskeys(SITE, name="Peak", within_ms=1_000)
CHALLENGE = to_text(b"c" * 32)
DEVICE = Authenticator(SITE.origin)
MADE = DEVICE.create(PASSKEYS.ask_for_new(CHALLENGE, Holder(to_text(b"h" * 48), "ann@example.org", ""), []))
KEY = PASSKEYS.prove_new(MADE, challenge=CHALLENGE).public_key
USED = DEVICE.use(PASSKEYS.ask_for_any(CHALLENGE))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def prove_new(answer: str) -> None:
    PASSKEYS.read_new(answer)
    PASSKEYS.prove_new(answer, challenge=CHALLENGE)


def prove_use(answer: str) -> None:
    PASSKEYS.read_use(answer)
    PASSKEYS.prove_use(answer, challenge=CHALLENGE, public_key=KEY)


def changed(answer: str, field: str, value: object) -> str:
    document = json.loads(answer)
    place = document["response"] if field in document["response"] else document
    place[field] = value
    return json.dumps(document)


def test_the_answers_these_tests_break_are_good() -> None:
    prove_new(MADE)
    prove_use(USED)


@given(field=st.sampled_from(["id", "rawId", "type", "clientDataJSON", "attestationObject"]), value=JSON)
def test_any_value_in_a_new_passkey_is_proven_or_refused(field: str, value: object) -> None:
    with suppress(PasskeyRefused):
        prove_new(changed(MADE, field, value))


@given(
    field=st.sampled_from(["id", "rawId", "type", "clientDataJSON", "authenticatorData", "signature", "userHandle"]),
    value=JSON,
)
def test_any_value_in_a_use_is_proven_or_refused(field: str, value: object) -> None:
    with suppress(PasskeyRefused):
        prove_use(changed(USED, field, value))


@given(data=st.data())
def test_flipped_bytes_are_proven_or_refused(data: st.DataObject) -> None:
    answer, field, prove = data.draw(
        st.sampled_from(
            [
                (MADE, "clientDataJSON", prove_new),
                (MADE, "attestationObject", prove_new),
                (USED, "clientDataJSON", prove_use),
                (USED, "authenticatorData", prove_use),
                (USED, "signature", prove_use),
            ]
        )
    )
    known = bytearray(to_bytes(json.loads(answer)["response"][field]))
    for at in data.draw(st.lists(st.integers(0, len(known) - 1), min_size=1, max_size=4)):
        known[at] ^= data.draw(st.integers(1, 255))
    with suppress(PasskeyRefused):
        prove(changed(answer, field, to_text(bytes(known))))


@given(field=st.sampled_from(["authenticatorData", "clientDataJSON", "signature"]), at=st.integers(0, 36))
def test_no_changed_byte_of_a_use_passes(field: str, at: int) -> None:
    known = bytearray(to_bytes(json.loads(USED)["response"][field]))
    known[at] ^= 1
    with pytest.raises(PasskeyRefused):
        prove_use(changed(USED, field, to_text(bytes(known))))


@given(
    statement=JSON, said=st.sampled_from(["none", "packed", "tpm", "apple", "android-safetynet", "fido-u2f", "x", 7])
)
def test_any_statement_of_a_maker_is_proven_or_refused(statement: object, said: object) -> None:
    known = cbor2.loads(to_bytes(json.loads(MADE)["response"]["attestationObject"]))
    forged = cbor2.dumps({**known, "fmt": said, "attStmt": statement})
    with suppress(PasskeyRefused):
        prove_new(changed(MADE, "attestationObject", to_text(forged)))


@pytest.mark.parametrize("said", ["tpm", "apple", "android-key", "android-safetynet", "fido-u2f"])
def test_statements_nobody_asked_for_are_not_read(said: str) -> None:
    known = cbor2.loads(to_bytes(json.loads(MADE)["response"]["attestationObject"]))
    forged = cbor2.dumps({**known, "fmt": said})
    with pytest.raises(PasskeyRefused) as refused:
        prove_new(changed(MADE, "attestationObject", to_text(forged)))
    assert "nobody asked for" in str(refused.value.__cause__)


def _with_key(edit: Callable[[dict], dict]) -> str:
    """The new passkey with another public key in it."""
    known = cbor2.loads(to_bytes(json.loads(MADE)["response"]["attestationObject"]))
    head = known["authData"][: 37 + 16 + 2 + 32]
    key = cbor2.loads(known["authData"][len(head) :])
    data = head + cbor2.dumps(edit(key))
    return changed(MADE, "attestationObject", to_text(cbor2.dumps({**known, "authData": data})))


@pytest.mark.parametrize(
    "edit",
    [
        lambda key: {**key, 3: -65535},
        lambda key: {**key, 3: -7, 1: 99},
        lambda key: {1: 3, 3: -257, -1: b"n" * 2_000, -2: b"\x01\x00\x01"},
        lambda key: {1: 2},
        lambda key: {},
    ],
)
def test_keys_of_other_kinds_and_sizes_are_not_kept(edit: Callable[[dict], dict]) -> None:
    with pytest.raises(PasskeyRefused):
        prove_new(_with_key(edit))


def test_a_key_that_is_no_point_of_its_curve_proves_nothing() -> None:
    made = PASSKEYS.prove_new(_with_key(lambda key: {**key, -2: b"\x01" * 32}), challenge=CHALLENGE)
    with pytest.raises(PasskeyRefused):
        PASSKEYS.prove_use(USED, challenge=CHALLENGE, public_key=made.public_key)
