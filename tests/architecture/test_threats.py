"""SECURITY.md names a test for each line of its threat model; this one sees that it is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = [
    line for line in (ROOT / "SECURITY.md").read_text().splitlines() if line.startswith("| ") and "`tests/" in line
]
NAMED = sorted({found for line in LINES for found in re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", line)})


def test_the_threat_model_is_there() -> None:
    assert len(LINES) >= 20
    assert all(len(line.strip("| ").split(" | ")) == 3 for line in LINES)


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_the_threat_model_names_exists(named: str) -> None:
    path, _, name = named.partition("::")
    assert (ROOT / path).is_file()
    assert not name or re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
