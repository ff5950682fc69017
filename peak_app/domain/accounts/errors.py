"""What can go wrong while signing in, each with the code the sign-in page knows it by."""

from peak_app.errors import InvalidInput, NotFound, PeakError, TooManyRequests


class SignedOut(PeakError):
    """Nobody is signed in, or the session ended. `next_path` is where the person wanted to go."""

    status_code = 401
    code = "signed_out"

    def __init__(self, next_path: str = "/dashboard") -> None:
        super().__init__("Please sign in first.")
        self.next_path = next_path


class EmailInvalid(InvalidInput):
    code = "email"

    def __init__(self) -> None:
        super().__init__("That doesn't look like an e-mail address.", "email")


class TooManyLinks(TooManyRequests):
    code = "too_many"

    def __init__(self) -> None:
        super().__init__("Too many sign-in mails were asked for. Please wait a quarter of an hour.")


class LinkNotValid(InvalidInput):
    """Unknown, used, superseded or expired: nobody is told which."""

    code = "link"

    def __init__(self) -> None:
        super().__init__("This sign-in link is used up or has expired. Please ask for a new one.", "token")


class OtherBrowser(InvalidInput):
    """The link is good, but it was asked for in another browser."""

    code = "browser"

    def __init__(self) -> None:
        super().__init__(
            "This link was asked for in another browser. Open it there, or type the digits of the mail on that page.",
            "token",
        )


class CodeNotValid(InvalidInput):
    code = "code"

    def __init__(self) -> None:
        super().__init__("These six digits don't match. Check the newest mail, or ask for a new one.", "code")


class SessionNotFound(NotFound):
    code = "session"

    def __init__(self) -> None:
        super().__init__("This session has ended already.")


SIGN_IN_SENTENCES: dict[str, str] = {
    error.code: error().sentence
    for error in (SignedOut, EmailInvalid, TooManyLinks, LinkNotValid, OtherBrowser, CodeNotValid)
} | {
    "signed_out_now": "You are signed out.",
    "origin": "The request didn't come from this site. Please try again from the sign-in page.",
    "unavailable": "Signing in doesn't work right now. Please try again in a minute.",
}
"""Sentence for every code that `/login?error=` may carry."""
