"""Secrets of signing in: made here, kept in the database as keyed hashes only."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

SIGN_IN_PURPOSE = "sign-in"
"""What the key of these hashes is derived for."""
CODE_DIGITS = 6
_SECRET_BYTES = 32
_SECRET_LENGTH = 43
"""Characters of a secret: 256 bits in base64url without padding."""


@dataclass(frozen=True, slots=True)
class TokenHasher:
    """Hashes with a key of the installation, so that a copy of the database lets nobody in."""

    key: bytes

    def hash(self, kind: str, secret: str) -> str:
        """Hex, 64 characters. `kind` keeps the hash of one sort of secret from passing for another's."""
        return hmac.new(self.key, f"{kind}\0{secret}".encode(), hashlib.sha256).hexdigest()

    def hash_code(self, code: str, browser_hash: str) -> str:
        """Six digits have little to guess, so they are bound to the browser that asked."""
        return self.hash("code", f"{browser_hash}\0{code}")


def new_secret() -> str:
    """256 random bits in base64url."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def is_secret(text: str) -> bool:
    """Whether the text has the form of `new_secret`'s; anything else needs no look into the database."""
    return len(text) == _SECRET_LENGTH and text.isascii() and all(c.isalnum() or c in "-_" for c in text)


def code_of(text: str) -> str | None:
    """The six digits in what someone typed; None when it is something else."""
    digits = "".join(text.split()).replace("-", "")
    return digits if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit() else None


def token_of(text: str) -> str | None:
    """The secret in a pasted token or link; None when there is none."""
    token = text.strip().rpartition("#")[2].removeprefix("token=")
    return token if is_secret(token) else None


def same(left: str, right: str) -> bool:
    """Compare hashes without telling by time how much of them is equal."""
    return hmac.compare_digest(left.encode(), right.encode())
