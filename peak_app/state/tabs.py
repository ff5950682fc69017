"""Which tabs are open in this process, and whose they are."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from peak_app.domain.accounts.identity import SessionReference


@dataclass(frozen=True, slots=True)
class Tab:
    """`token` names its state; `route` is the pattern of the page it shows, like `/meetings/[meeting_id]`."""

    token: str
    reference: SessionReference
    route: str


class OpenTabs:
    """Used on the event loop only, so it needs no lock."""

    def __init__(self) -> None:
        self._by_user: dict[UUID, dict[str, Tab]] = {}
        self._owner: dict[str, UUID] = {}

    def note(self, tab: Tab) -> None:
        """The tab did something as this person, on this page."""
        if self._owner.get(tab.token) != tab.reference.user_id:
            self.forget(tab.token)
        self._owner[tab.token] = tab.reference.user_id
        self._by_user.setdefault(tab.reference.user_id, {})[tab.token] = tab

    def forget(self, token: str) -> None:
        user_id = self._owner.pop(token, None)
        if user_id is None:
            return
        own = self._by_user[user_id]
        own.pop(token, None)
        if not own:
            del self._by_user[user_id]

    @contextmanager
    def without(self, token: str) -> Iterator[None]:
        """Forget a tab that has another page to go to than the others; what fails leaves it among them."""
        tab = self._by_user.get(self._owner[token], {}).get(token) if token in self._owner else None
        self.forget(token)
        try:
            yield
        except BaseException:
            if tab is not None:
                self.note(tab)
            raise

    def list_open(self, user_id: UUID, connected: Collection[str]) -> list[Tab]:
        """Tabs of a person whose token is among the connected ones; the others are forgotten."""
        own = list(self._by_user.get(user_id, {}).values())
        for tab in own:
            if tab.token not in connected:
                self.forget(tab.token)
        return [tab for tab in own if tab.token in connected]

    def list_all(self, connected: Collection[str]) -> list[Tab]:
        """Every tab whose token is among the connected ones; the others are forgotten."""
        self.prune(connected)
        return [tab for own in self._by_user.values() for tab in own.values()]

    def prune(self, connected: Collection[str]) -> None:
        """Forget every tab that is gone."""
        for token in [token for token in self._owner if token not in connected]:
            self.forget(token)


@cache
def tabs() -> OpenTabs:
    return OpenTabs()
