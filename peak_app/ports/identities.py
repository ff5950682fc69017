"""What the product needs of a sign-in provider: a page to send the browser to, and who came back from it."""

from dataclasses import dataclass
from typing import Protocol

from peak_app.errors import PeakError, ServiceUnavailable
from peak_app.i18n.catalogue import t
from peak_app.ports.outflows import Tell


class ProviderAway(ServiceUnavailable):
    """It did not answer, or with a fault of its own."""

    code = "provider_away"

    def __init__(self) -> None:
        super().__init__(t("sign_in.provider_away"))


class ProofRefused(PeakError):
    """It refused the code, or what it sent is not to be trusted: signature, issuer, audience, nonce, time or shape."""

    status_code = 403
    code = "provider_proof"

    def __init__(self) -> None:
        super().__init__(t("sign_in.provider_proof"))


@dataclass(frozen=True, slots=True)
class Question:
    """Asked of a provider by sending the browser to `url`. All but that stays with us until the answer comes.

    `nonce` is empty where the protocol knows none.
    """

    url: str
    state: str
    verifier: str
    nonce: str


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """Who someone is at a provider, proven just now.

    `issuer` and `subject` together never mean anyone else; the address may change, and be given to others.
    """

    issuer: str
    subject: str
    email: str
    """As the provider wrote it; empty when it told none."""
    is_vouched: bool
    """Whether the provider vouches that the address is this person's today."""
    name: str


class IdentityProvider(Protocol):
    """Every call goes over the network, blocks, and raises ProviderAway or ProofRefused."""

    name: str
    """In addresses of ours, and kept with whoever signs in by it."""
    label: str
    """What people call it."""

    def ask(self, redirect_uri: str) -> Question:
        """A question that only its own state, verifier and nonce can make use of the answer to."""
        ...

    def prove(self, code: str, issuer: str, *, asked: Question, redirect_uri: str, tell: Tell) -> ProvenIdentity:
        """Who came back with this code.

        Args:
            issuer: what the answer names as its issuer (RFC 9207); empty when it names none.
            tell: told of each request, since for whom it was is known only afterwards.
        """
        ...
