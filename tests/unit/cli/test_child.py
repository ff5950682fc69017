"""A child process as the launcher starts it."""

import sys
from pathlib import Path

from peak_app.cli.child import Child
from peak_app.cli.component import Component


async def test_what_a_child_writes_is_for_its_owner_only(tmp_path: Path) -> None:
    write = "import pathlib; pathlib.Path('folder').mkdir(); pathlib.Path('folder/file').write_text('x')"
    command = (sys.executable, "-Sc", write)
    child = await Child.spawn(
        Component(name="part", command=command, environment={}, probe=None, folder=tmp_path), lambda _: None
    )
    assert await child.wait() == 0
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "folder" / "file").stat().st_mode & 0o777 == 0o600
