"""The peer's own environment of packages, made from its pinned list: `.venv-peers/pipecat`."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from peak_app.cli.paths import ROOT

PINNED = ROOT / "bench" / "bridge" / "peers" / "pipecat.txt"
FOLDER = ROOT / ".venv-peers" / "pipecat"


class PeerNotInstalled(RuntimeError):
    """The packages can't be had; the sentence quotes the installer."""


@dataclass(frozen=True, slots=True)
class PeerEnvironment:
    """`ensure` before `python` is started."""

    folder: Path = FOLDER

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def ensure(self) -> None:
        """Install exactly what the list says, unless that was done before.

        Raises:
            PeerNotInstalled: it can't be done.
        """
        wanted = hashlib.sha256(PINNED.read_bytes() + sys.version.encode() + str(self.folder).encode()).hexdigest()
        stamp = self.folder / ".installed"
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        print(f"Installing the peer's packages into {self.folder.relative_to(ROOT)}.", flush=True)
        _run("venv", "--clear", "--quiet", "--python", sys.executable, str(self.folder))
        exact = ("--require-hashes", "--no-deps", "--compile-bytecode", "-r", str(PINNED))
        _run("pip", "install", "--quiet", "--python", str(self.python), *exact)
        stamp.write_text(wanted)


def _run(*arguments: str) -> None:
    # uv is one of the development tools, so it is there.
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run([uv, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PeerNotInstalled(f"The peer's packages can't be installed: {done.stderr.strip()[-500:]}")
