"""The cookies of the product. All are unreadable to scripts, and sent over TLS only where we are reached by it."""

from starlette.requests import cookie_parser
from starlette.responses import Response

from peak_app.domain.accounts.lifetimes import LINK_LIFE, SESSION_LIFE

SESSION_COOKIE = "peak_session"
LOGIN_COOKIE = "peak_login"
START_COOKIE = "peak_start"
_LOGIN_PATH = "/auth"


def is_secure(origin: str) -> bool:
    return origin.startswith("https://")


def session_cookie_name(origin: str) -> str:
    return _own_name(SESSION_COOKIE, origin)


def start_cookie_name(origin: str) -> str:
    return _own_name(START_COOKIE, origin)


def _own_name(name: str, origin: str) -> str:
    """With the prefix that keeps neighbouring hosts from setting it, where TLS allows that."""
    return f"__Host-{name}" if is_secure(origin) else name


def set_session_cookie(response: Response, origin: str, secret: str) -> None:
    response.set_cookie(
        session_cookie_name(origin),
        secret,
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/",
        secure=is_secure(origin),
        httponly=True,
        # Strict would sign people out on the way back from a link in a mail.
        samesite="lax",
    )


def clear_session_cookie(response: Response, origin: str) -> None:
    response.delete_cookie(
        session_cookie_name(origin), path="/", secure=is_secure(origin), httponly=True, samesite="lax"
    )


def set_login_cookie(response: Response, origin: str, secret: str) -> None:
    """Binds a link to the browser that asked for it."""
    response.set_cookie(
        LOGIN_COOKIE,
        secret,
        max_age=int(LINK_LIFE.total_seconds()),
        path=_LOGIN_PATH,
        secure=is_secure(origin),
        httponly=True,
        samesite="lax",
    )


def clear_login_cookie(response: Response, origin: str) -> None:
    response.delete_cookie(LOGIN_COOKIE, path=_LOGIN_PATH, secure=is_secure(origin), httponly=True, samesite="lax")


def set_start_cookie(response: Response, origin: str, secret: str) -> None:
    """Binds a sign-in at a provider, or a question for a passkey, to the browser that began it.

    It stays when one is done: another tab may not be.
    """
    response.set_cookie(
        start_cookie_name(origin),
        secret,
        max_age=int(LINK_LIFE.total_seconds()),
        path="/",
        secure=is_secure(origin),
        httponly=True,
        # Strict would keep it back when the provider sends the browser to us.
        samesite="lax",
    )


def cookie_of(header: str, name: str) -> str:
    """The cookie with this name in a `Cookie` header; empty when there is none."""
    # The standard library's parser gives up at the first cookie it does not like, which another program set.
    return cookie_parser(header).get(name, "")
