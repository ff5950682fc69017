"""A device with passkeys, and the browser in front of it: what `navigator.credentials` would make of a question."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _VERIFIED, _HAS_KEY = 1, 4, 64


def to_text(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    return urlsafe_b64decode(f"{text}===")


@dataclass
class Credential:
    """A passkey as the device keeps it."""

    credential_id: bytes
    site: str
    handle: str
    key: EllipticCurvePrivateKey
    use_count: int = 0

    def copied(self) -> "Credential":
        """The same passkey on a second device, which counts for itself from now on."""
        return Credential(self.credential_id, self.site, self.handle, self.key, self.use_count)


@dataclass
class Authenticator:
    """Answers whatever it is asked. The fields are what a browser and a device say of themselves.

    `origin` is where the page is; `claims` are laid over the browser's words, to forge them.
    """

    origin: str
    counts: bool = True
    is_verified: bool = True
    is_present: bool = True
    site: str = ""
    """The site it says it was asked for; empty: the one of the question."""
    claims: dict[str, Any] = field(default_factory=dict)
    credentials: list[Credential] = field(default_factory=list)

    def create(self, question: str) -> str:
        """A new passkey for this question, and the answer that tells of it."""
        asked = json.loads(question)
        made = Credential(
            secrets.token_bytes(32), asked["rp"]["id"], asked["user"]["id"], generate_private_key(SECP256R1())
        )
        self.credentials.append(made)
        numbers = made.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        length = len(made.credential_id).to_bytes(2, "big")
        attested = bytes(16) + length + made.credential_id + cbor2.dumps(cose)
        data = self._data(made, _HAS_KEY) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", asked["challenge"])
        return self._answer(made, {"clientDataJSON": to_text(client_data), "attestationObject": to_text(statement)})

    def use(self, question: str, credential: Credential | None = None) -> str:
        """The answer signed by a passkey; its newest one when none is named."""
        used = credential or self.credentials[-1]
        used.use_count += self.counts
        data = self._data(used, 0)
        client_data = self._client_data("webauthn.get", json.loads(question)["challenge"])
        signature = used.key.sign(data + hashlib.sha256(client_data).digest(), ECDSA(SHA256()))
        return self._answer(
            used,
            {
                "clientDataJSON": to_text(client_data),
                "authenticatorData": to_text(data),
                "signature": to_text(signature),
                "userHandle": used.handle,
            },
        )

    def _data(self, credential: Credential, flags: int) -> bytes:
        flags |= self.is_present * _PRESENT | self.is_verified * _VERIFIED
        site = hashlib.sha256((self.site or credential.site).encode()).digest()
        return site + bytes([flags]) + credential.use_count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | self.claims).encode()

    def _answer(self, credential: Credential, response: dict[str, str]) -> str:
        name = to_text(credential.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
