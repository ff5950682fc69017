"""What may stand in the repository's tree."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINK = "120000"


def test_nothing_kept_is_a_link_to_somewhere_else():
    """A link to a directory of one machine breaks the first command of every other."""
    listed = subprocess.run(["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True)
    kept = [line.split(maxsplit=3) for line in listed.stdout.splitlines()]

    assert kept
    assert [path for mode, _object, _stage, path in kept if mode == LINK] == []
