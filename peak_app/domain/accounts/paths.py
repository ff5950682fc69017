"""Where someone goes after signing in."""

import re

DEFAULT_PATH = "/dashboard"
PATH_LIMIT = 200
"""Longest path that is remembered, in characters."""

_LOCAL = re.compile(r"^/(?![/\\])[\x21-\x7e]*$")


def is_local_path(path: str) -> bool:
    """Whether it leads to a page of this product: a browser reads `//host` and `/\\host` as another site."""
    return len(path) <= PATH_LIMIT and _LOCAL.fullmatch(path) is not None and "\\" not in path


def local_path(path: str | None) -> str:
    """The path, or the default when it is none of ours."""
    return path if path and is_local_path(path) else DEFAULT_PATH
