"""Ids in the address of a page."""

from uuid import UUID

import reflex as rx

from peak_app.domain.fields import uuid_of


def id_in_path(state: rx.State, sentence: str) -> UUID:
    """The last part of the page's address, as an id.

    Raises:
        NotFound: it is none; told with `sentence`, like an id nobody has.
    """
    return uuid_of((state.router.url.path or "").rstrip("/").rpartition("/")[2], sentence)
