"""What can go wrong with passkeys, each with the code the sign-in page knows it by."""

from peak_app.errors import Conflict, InvalidInput, NotAllowed, NotFound, PeakError, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.passkeys import PasskeyRefused


class NoPasskeysHere(NotFound):
    """Browsers make none for the address of this installation."""

    code = "passkey_off"

    def __init__(self) -> None:
        super().__init__(t("sign_in.passkey_off"))


class TooManyTries(TooManyRequests):
    code = "passkey_many"

    def __init__(self) -> None:
        super().__init__(t("sign_in.passkey_many"))


class QuestionOver(InvalidInput):
    """Unknown, used, expired, or asked in another browser or session: nobody is told which."""

    code = "passkey_over"

    def __init__(self) -> None:
        super().__init__(t("sign_in.passkey_over"), "answer")


class PasskeyUnknown(NotAllowed):
    """Nobody has this passkey any more, or ever had."""

    code = "passkey_unknown"

    def __init__(self) -> None:
        super().__init__(t("sign_in.passkey_unknown"))


class PasskeyCopied(NotAllowed):
    """Its count of uses did not go on: there may be two of it."""

    code = "passkey_copied"

    def __init__(self) -> None:
        super().__init__(t("sign_in.passkey_copied"))


class PasskeyTaken(Conflict):
    def __init__(self) -> None:
        super().__init__(t("passkeys.taken"))


class TooManyPasskeys(Conflict):
    def __init__(self, limit: int) -> None:
        super().__init__(t("passkeys.too_many", limit=limit))


class PasskeyNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(t("passkeys.gone"))


_ERRORS: tuple[type[PeakError], ...] = (
    NoPasskeysHere,
    TooManyTries,
    QuestionOver,
    PasskeyUnknown,
    PasskeyCopied,
    PasskeyRefused,
)
PASSKEY_CODES = frozenset(str(getattr(error, "code", "")) for error in _ERRORS)
"""Codes whose sentence is `sign_in.{code}`."""
