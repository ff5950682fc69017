"""Where the embedded PostgreSQL keeps its data and its sockets, and how a home remembers that."""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from peak_app.config import Settings
from peak_app.embedded.postgres_account import PostgresNotPossible

SHARED = Path("/var/lib/peak")
"""For root, whose own folders the account of PostgreSQL can't reach."""
# `.s.PGSQL.5432` and a slash come after it, and the kernel takes 107 bytes in all.
_LONGEST_SOCKET_FOLDER = 90


def _key(home: Path) -> str:
    return hashlib.sha256(str(home).encode()).hexdigest()[:12]


def make_folder(folder: Path) -> None:
    """Make missing folders so that another account can pass through; those that exist keep their permissions."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(exist_ok=True)
        if os.geteuid() == 0 and place.is_relative_to(SHARED):
            place.chmod(0o755)


def choose_data(settings: Settings) -> Path:
    """Where the data are, or will be. A home that was moved must not silently start with an empty database."""
    if settings.postgres_data:
        return settings.postgres_data.expanduser().resolve()
    home = settings.home.resolve()
    note = home / "postgres.json"
    if note.exists():
        remembered = json.loads(note.read_text())
        if remembered["home"] == str(home):
            return Path(remembered["data"])
        if not (home / "postgres" / "PG_VERSION").exists():
            raise PostgresNotPossible(
                f"{home} was moved or copied from {remembered['home']}, "
                f"and its database is still in {remembered['data']}. Set PEAK_POSTGRES_DATA to that to go on using it."
            )
    if (home / "postgres" / "PG_VERSION").exists():
        return home / "postgres"
    return default_data(home, is_root=os.geteuid() == 0, is_passable=is_passable(home))


def default_data(home: Path, *, is_root: bool, is_passable: bool) -> Path:
    """Where new data go: below home, unless the account that root starts PostgreSQL as can't get there."""
    return SHARED / _key(home) if is_root and not is_passable else home / "postgres"


def is_passable(folder: Path) -> bool:
    """Whether every account may pass through the folder and all above it; folders yet to be made follow the umask."""
    umask = os.umask(0)
    os.umask(umask)
    places = (folder, *folder.parents)
    return all(place.stat().st_mode & 0o001 if place.exists() else not umask & 0o001 for place in places)


def remember_data(home: Path, data: Path) -> None:
    make_folder(home)
    note = home / "postgres.json"
    draft = note.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"home": str(home.resolve()), "data": str(data)}))
    draft.replace(note)


def choose_sockets(data: Path) -> Path:
    if len(os.fsencode(data)) <= _LONGEST_SOCKET_FOLDER:
        return data
    return Path(tempfile.gettempdir()) / f"peak-{_key(data)}"
