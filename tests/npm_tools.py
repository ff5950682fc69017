"""Programs of npm that judge our pages, as their lock files name them. `python -m tests.npm_tools` installs the one of
the tests; that of the benchmark comes when it is asked for."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
AXE = ROOT / "tests/e2e/axe"
LIGHTHOUSE = ROOT / "bench/web/lighthouse"
_INSTALLED_WITHIN_S = 600


class NotInstalled(RuntimeError):
    """npm could not install it; the sentence ends with what npm said."""


def node() -> str:
    """The Node that came with our packages."""
    return str(Path(sys.executable).parent / "node")


def node_environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "CI": "1"}


def ensure(tool: Path) -> Path:
    """Its `node_modules`, installed below `.web` where they are not.

    Args:
        tool: folder of its package.json and package-lock.json.

    Raises:
        NotInstalled: npm refuses, or reaches nothing.
    """
    lock = tool / "package-lock.json"
    folder = ROOT / ".web" / "tools" / f"{tool.name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not (folder / "done").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for file in (lock, tool / "package.json", ROOT / ".npmrc"):
            shutil.copy(file, folder)
        npm = Path(sys.executable).parent / "npm"
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder, env=node_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=_INSTALLED_WITHIN_S, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise NotInstalled(f"npm can't install {tool.name}:\n{done.stderr[-1500:]}")
        (folder / "done").touch()
    return folder / "node_modules"


if __name__ == "__main__":
    sys.stdout.write(f"axe-core: {ensure(AXE)}\n")
