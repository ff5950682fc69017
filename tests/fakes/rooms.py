"""A room service in memory that is told what it holds, and records what it was asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from peak_app.ports.rooms import FileRefused, HeldFile, NotSigned, RoomBell, RoomPass, RoomsUnavailable


class FakeRooms:
    """`is_away` makes it not answer. `files` are what it holds, `bells` the webhooks it knows, by body."""

    def __init__(self) -> None:
        self.is_away = False
        self.files: dict[HeldFile, bytes | None] = {}
        self.bells: dict[bytes, RoomBell] = {}
        self.opened: list[tuple[UUID, bool, timedelta]] = []
        self.closed: list[UUID] = []
        self.fetched: list[str] = []
        self.erased: list[UUID] = []

    def open_room(self, owner_id: UUID, meeting_id: UUID, *, is_recorded: bool, longest: timedelta) -> None:
        self._answer()
        self.opened.append((meeting_id, is_recorded, longest))

    def make_pass(self, owner_id: UUID, meeting_id: UUID, at: datetime) -> RoomPass:
        return RoomPass(
            "key", "token", f"person-{owner_id}", f"coach-{meeting_id}", str(meeting_id), at + timedelta(minutes=10)
        )

    def close_room(self, meeting_id: UUID) -> None:
        self._answer()
        self.closed.append(meeting_id)

    def list_files(self, meeting_id: UUID) -> Sequence[HeldFile]:
        self._answer()
        return list(self.files)

    def fetch_file(self, file: HeldFile, place: Path, limit: int) -> int:
        """None instead of content: it is refused."""
        self._answer()
        self.fetched.append(file.filename)
        content = self.files[file]
        if content is None:
            raise FileRefused("This file can't be fetched.")
        place.write_bytes(content)
        return len(content)

    def erase_room(self, meeting_id: UUID) -> None:
        self._answer()
        self.erased.append(meeting_id)

    def erase_person(self, owner_id: UUID) -> None:
        self._answer()
        self.erased.append(owner_id)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> RoomBell:
        if body not in self.bells:
            raise NotSigned("This webhook is not signed as it should be.")
        return self.bells[body]

    def _answer(self) -> None:
        if self.is_away:
            raise RoomsUnavailable("The video service doesn't answer right now.")
