"""Make `.venv` from the lock files. The Makefile runs this with the system's Python, so it uses no package.

Two kinds: `bootstrap.py runtime` installs what the product needs, `bootstrap.py dev` the tools as well.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}


class BootstrapFailed(Exception):
    """The sentence says what is missing."""


def wanted_stamp(kind: str) -> str:
    """What the installation of this kind depends on; a moved folder counts, since scripts carry its path."""
    facts = [str(VENV).encode(), sys.version.encode()]
    facts += [(ROOT / name).read_bytes() for name in (LOCKS[kind], "pyproject.toml")]
    return hashlib.sha256(b"\0".join(facts)).hexdigest()


def is_installed(kind: str) -> bool:
    """Whether nothing needs doing. The tools' lock holds everything the product needs, too."""
    kinds = ("runtime", "dev") if kind == "runtime" else (kind,)
    stamps = ((VENV / f".peak-{name}", name) for name in kinds)
    return any(path.is_file() and path.read_text() == wanted_stamp(name) for path, name in stamps)


def make_venv() -> None:
    """Make the environment, unless there is one that works, was made here and by this Python."""
    ask = "import sys; print(sys.version, sys.prefix, sep='\\n', end='')"
    if PYTHON.exists():
        said = subprocess.run([PYTHON, "-Ic", ask], capture_output=True, text=True, check=False)
        if said.returncode == 0 and said.stdout == f"{sys.version}\n{VENV}":
            return
    shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise BootstrapFailed(
            f"{sys.executable} can't make a virtual environment; install its venv module "
            "(Debian and Ubuntu: apt-get install python3-venv)."
        )


def find_uv() -> Path | None:
    """uv inside the environment, in the very version of the lock; None when it can't be had."""
    uv = VENV / "bin" / "uv"
    text = (ROOT / LOCKS["dev"]).read_text()
    entry = re.search(r"^uv==(\S+)(?: \\\n    --hash=\S+)+", text, re.MULTILINE)
    if entry is None:
        return None
    if uv.exists():
        said = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False).stdout.split()
        if entry[1] in said:
            return uv
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only:
        only.write(entry[0] + "\n")
        only.flush()
        done = pip("install", "--require-hashes", "--no-deps", "-r", only.name, capture=True)
    return uv if done == 0 and uv.exists() else None


def pip(*arguments: str, capture: bool = False) -> int:
    command = [str(PYTHON), "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check", "--no-input"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=capture, check=False).returncode


def install(kind: str) -> None:
    """Install exactly what the lock says, checked by hash, and the project itself in place.

    uv is quick, but does not read pip's configuration: where only pip knows the way to the packages, pip installs them.
    """
    # The lock is complete, so nothing is resolved. Compiled once here: otherwise every process does it at first start.
    exact = ("--require-hashes", "--no-deps", "-r", str(ROOT / LOCKS[kind]))
    itself = ("--no-deps", "-e", str(ROOT))
    uv = find_uv()
    if uv is not None:
        base = [str(uv), "pip", "install", "--quiet", "--python", str(PYTHON)]
        both = all(
            subprocess.run([*base, *rest], stdin=subprocess.DEVNULL, env=_uv_environment(), check=False).returncode == 0
            for rest in (("--compile-bytecode", *exact), itself)
        )
        if both:
            return
        print("uv can't install; trying with pip, which takes longer.", flush=True)
    if pip("install", *exact) != 0 or pip("install", *itself) != 0:
        raise BootstrapFailed(f"The packages of {LOCKS[kind]} can't be installed; the lines above say why.")


def _uv_environment() -> dict[str, str]:
    home = os.environ.get("HOME", "")
    is_usable = bool(home) and os.access(home, os.W_OK)
    return {**os.environ, "UV_NO_PROGRESS": "1"} | ({} if is_usable else {"UV_NO_CACHE": "1"})


def main() -> int:
    kind = sys.argv[1]
    try:
        if not is_installed(kind) or not PYTHON.exists():
            print(f"Installing the packages of {LOCKS[kind]} into .venv.", flush=True)
            make_venv()
            install(kind)
            (VENV / f".peak-{kind}").write_text(wanted_stamp(kind))
    except BootstrapFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
