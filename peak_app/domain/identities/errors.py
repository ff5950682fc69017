"""What can go wrong while signing in by a provider, each with the code the pages know it by."""

from peak_app.errors import Conflict, InvalidInput, NotAllowed, NotFound, PeakError, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.identities import ProofRefused, ProviderAway


class NoSuchProvider(NotFound):
    code = "provider_off"

    def __init__(self) -> None:
        super().__init__(t("sign_in.provider_off"))


class TooManyStarts(TooManyRequests):
    code = "many_tries"

    def __init__(self) -> None:
        super().__init__(t("sign_in.many_tries"))


class StartNotValid(InvalidInput):
    """Unknown, used, expired, or begun in another browser: nobody is told which."""

    code = "provider_state"

    def __init__(self) -> None:
        super().__init__(t("sign_in.provider_state"), "state")


class Denied(NotAllowed):
    """The person said no at the provider."""

    code = "provider_denied"

    def __init__(self) -> None:
        super().__init__(t("sign_in.provider_denied"))


class AddressNotVouched(NotAllowed):
    """Nobody has this identity yet, and the provider does not vouch for an address to know an account by."""

    code = "provider_address"

    def __init__(self) -> None:
        super().__init__(t("sign_in.provider_address"))


class OtherIdentity(Conflict):
    """The account of this address has another identity of the same issuer: the address may have changed hands there."""

    code = "provider_other"

    def __init__(self) -> None:
        super().__init__(t("sign_in.provider_other"))


class IdentityTaken(Conflict):
    """It signs in to another account."""

    code = "provider_taken"

    def __init__(self) -> None:
        super().__init__(t("sign_in.provider_taken"))


class IdentityNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(t("identities.gone"))


_ERRORS: tuple[type[PeakError], ...] = (
    NoSuchProvider,
    TooManyStarts,
    StartNotValid,
    Denied,
    AddressNotVouched,
    OtherIdentity,
    IdentityTaken,
    ProviderAway,
    ProofRefused,
)
PROVIDER_CODES = frozenset(str(getattr(error, "code", "")) for error in _ERRORS)
"""Codes whose sentence is `sign_in.{code}`."""
