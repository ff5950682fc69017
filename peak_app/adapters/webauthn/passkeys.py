"""Passkeys by py_webauthn: keys a browser finds by itself, and only with the person verified on the device."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from peak_app.ports.passkeys import Holder, NewPasskey, PasskeyRefused, Shown, Site

_CREDENTIAL_ID_LIMIT = 1_023
"""Bytes (Web Authentication, 4)."""
_PUBLIC_KEY_LIMIT = 1_200
"""Bytes: RSA with 8,192 bits. The usual ones have 77."""
# We ask for no statement of the maker. Browsers then leave it away, or what the new key has signed itself; chains of
# certificates that a stranger sends are not worth reading.
_FORMATS = frozenset({AttestationFormat.NONE, AttestationFormat.PACKED})


class AnswerUnusable(ValueError):
    """The answer is not what we ask for."""


class WebauthnPasskeys:
    """See `ports.passkeys.Passkeys`.

    Args:
        name: of the product, as devices show it.
        within_ms: how long a browser waits for the person.
    """

    def __init__(self, site: Site, *, name: str, within_ms: int) -> None:
        self._site = site
        self._name = name
        self._within_ms = within_ms

    def ask_for_new(self, challenge: str, holder: Holder, known: Sequence[str]) -> str:
        options = generate_registration_options(
            rp_id=self._site.name,
            rp_name=self._name,
            user_id=base64url_to_bytes(holder.handle),
            user_name=holder.email,
            user_display_name=holder.name or holder.email,
            challenge=base64url_to_bytes(challenge),
            timeout=self._within_ms,
            attestation=AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known],
        )
        return options_to_json(options)

    def ask_for_any(self, challenge: str) -> str:
        options = generate_authentication_options(
            rp_id=self._site.name,
            challenge=base64url_to_bytes(challenge),
            timeout=self._within_ms,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def read_new(self, answer: str) -> Shown:
        with _translated():
            made = parse_registration_credential_json(answer)
            return _shown(made.raw_id, made.response.client_data_json, None)

    def read_use(self, answer: str) -> Shown:
        with _translated():
            used = parse_authentication_credential_json(answer)
            return _shown(used.raw_id, used.response.client_data_json, used.response.user_handle)

    def prove_new(self, answer: str, *, challenge: str) -> NewPasskey:
        with _translated():
            made = parse_registration_credential_json(answer)
            if parse_attestation_object(made.response.attestation_object).fmt not in _FORMATS:
                raise AnswerUnusable("a statement nobody asked for")
            proven = verify_registration_response(
                credential=made,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._site.name,
                expected_origin=self._site.origin,
                require_user_verification=True,
            )
            # The id beside the signed data is only what the browser says it is.
            if proven.credential_id != made.raw_id:
                raise AnswerUnusable("another credential")
            if (
                len(proven.credential_id) > _CREDENTIAL_ID_LIMIT
                or len(proven.credential_public_key) > _PUBLIC_KEY_LIMIT
            ):
                raise AnswerUnusable("too long")
            return NewPasskey(
                bytes_to_base64url(proven.credential_id),
                bytes_to_base64url(proven.credential_public_key),
                proven.sign_count,
            )

    def prove_use(self, answer: str, *, challenge: str, public_key: str) -> int:
        with _translated():
            proven = verify_authentication_response(
                credential=answer,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._site.name,
                expected_origin=self._site.origin,
                credential_public_key=base64url_to_bytes(public_key),
                # Whether it went on is decided where it is kept, in one step with keeping it.
                credential_current_sign_count=0,
                require_user_verification=True,
            )
            return proven.new_sign_count


def _shown(credential_id: bytes, client_data: bytes, handle: bytes | None) -> Shown:
    challenge = parse_client_data_json(client_data).challenge
    return Shown(bytes_to_base64url(challenge), bytes_to_base64url(credential_id), bytes_to_base64url(handle or b""))


@contextmanager
def _translated() -> Iterator[None]:
    """Within it, whatever is wrong with an answer is PasskeyRefused."""
    try:
        yield
    except (WebAuthnException, InvalidSignature, UnsupportedAlgorithm) as error:
        raise PasskeyRefused from error
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        # The library checks the shape of what a browser sends in part only, so nonsense ends as any of these.
        raise PasskeyRefused from error
