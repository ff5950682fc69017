"""What can go wrong while signing in, each with the code the sign-in page knows it by."""

from peak_app.domain.identities.errors import PROVIDER_CODES
from peak_app.domain.passkeys.errors import PASSKEY_CODES
from peak_app.errors import InvalidInput, NotFound, PeakError, TooManyRequests
from peak_app.i18n.catalogue import t


class SignedOut(PeakError):
    """Nobody is signed in, or the session ended. `next_path` is where the person wanted to go."""

    status_code = 401
    code = "signed_out"

    def __init__(self, next_path: str = "/dashboard") -> None:
        super().__init__(t("sign_in.signed_out"))
        self.next_path = next_path


class EmailInvalid(InvalidInput):
    code = "email"

    def __init__(self) -> None:
        super().__init__(t("sign_in.email"), "email")


class TooManyLinks(TooManyRequests):
    code = "too_many"

    def __init__(self) -> None:
        super().__init__(t("sign_in.too_many"))


class LinkNotValid(InvalidInput):
    """Unknown, used, superseded or expired: nobody is told which."""

    code = "link"

    def __init__(self) -> None:
        super().__init__(t("sign_in.link"), "token")


class OtherBrowser(InvalidInput):
    """The link is good, but it was asked for in another browser."""

    code = "browser"

    def __init__(self) -> None:
        super().__init__(
            t("sign_in.browser"),
            "token",
        )


class CodeNotValid(InvalidInput):
    code = "code"

    def __init__(self) -> None:
        super().__init__(t("sign_in.code"), "code")


class SessionNotFound(NotFound):
    code = "session"

    def __init__(self) -> None:
        super().__init__(t("sign_in.session"))


_CODES = frozenset(
    {error.code for error in (SignedOut, EmailInvalid, TooManyLinks, LinkNotValid, OtherBrowser, CodeNotValid)}
    | {"origin", "unavailable"}
    | PROVIDER_CODES
    | PASSKEY_CODES
)


def sign_in_sentence(code: str) -> str:
    """What went wrong, for a code that `/login?error=` may carry, or any other text in its place."""
    return t(f"sign_in.{code}" if code in _CODES else "login.unknown_error")
