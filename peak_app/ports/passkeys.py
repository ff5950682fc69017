"""What the product needs of passkeys (Web Authentication): questions for browsers, and what an answer proves.

Questions and answers are JSON documents of that standard, written and read by the adapter and the browser alone.
Binary values in them, and here, are base64url without padding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from peak_app.errors import PeakError
from peak_app.i18n.catalogue import t


class PasskeyRefused(PeakError):
    """The answer proves nothing: its form, origin, site, signature, or that nobody was verified on the device."""

    status_code = 403
    code = "passkey_refused"

    def __init__(self) -> None:
        super().__init__(t("sign_in.passkey_refused"))


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are made and good: one origin, and the name in it that they are bound to."""

    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a new passkey is to be. `handle` is kept by the device and given back at every sign-in; it names nobody."""

    handle: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A key pair that a device has just made; the private key stays there."""

    credential_id: str
    public_key: str
    """In COSE form."""
    use_count: int
    """How often the device says it has signed; 0: it does not count."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an answer says of itself. Nothing of it is proven."""

    challenge: str
    credential_id: str
    handle: str
    """Empty: the device named nobody."""


class Passkeys(Protocol):
    """Works in memory, without the network. Whatever is wrong with an answer is PasskeyRefused."""

    def ask_for_new(self, challenge: str, holder: Holder, known: Sequence[str]) -> str:
        """A question that makes a device create a passkey.

        Args:
            known: ids of credentials the person has; their devices refuse to make another one.
        """
        ...

    def ask_for_any(self, challenge: str) -> str:
        """A question that whoever holds any passkey of this site can answer, without saying first who they are."""
        ...

    def read_new(self, answer: str) -> Shown:
        """Which question this new passkey answers."""
        ...

    def read_use(self, answer: str) -> Shown:
        """Which question this use answers, and by which passkey."""
        ...

    def prove_new(self, answer: str, *, challenge: str) -> NewPasskey:
        """The passkey that was made for this question."""
        ...

    def prove_use(self, answer: str, *, challenge: str, public_key: str) -> int:
        """The device's use count, when the answer was signed for this question by the owner of this key."""
        ...
