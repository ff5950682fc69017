"""A product of its own for a benchmark: started by its launcher in a fresh home, measured, stopped."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
READY_WITHIN_S = 300


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Product:
    """`home` holds all its state."""

    home: Path
    port: int = field(default_factory=free_port)
    _launcher: subprocess.Popen[bytes] | None = None

    @property
    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_"))}
        return kept | {"PEAK_HOME": str(self.home), "PEAK_PORT": str(self.port)}

    def start(self) -> float:
        """Seconds until the launcher says Ready.

        Raises:
            RuntimeError: it did not become ready.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home / "launcher.log"
        began = time.monotonic()
        with log.open("wb") as output:
            self._launcher = subprocess.Popen(
                [sys.executable, "-m", "peak_app.cli.main", "up"],
                cwd=ROOT, env=self._environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        while time.monotonic() - began < READY_WITHIN_S and self._launcher.poll() is None:
            if re.search(r"^Ready: ", log.read_text(errors="replace"), re.MULTILINE):
                return time.monotonic() - began
            time.sleep(0.05)
        raise RuntimeError("The product did not become ready:\n" + log.read_text(errors="replace")[-3000:])

    def stop(self) -> None:
        if self._launcher and self._launcher.poll() is None:
            self._launcher.send_signal(signal.SIGINT)
            self._launcher.wait(60)

    def ask(self, *words: str) -> str:
        """Last line of what a `peak` command prints about this product."""
        done = subprocess.run(
            [sys.executable, "-m", "peak_app.cli.main", *words],
            cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return done.stdout.strip().splitlines()[-1]

    def memory_mb(self) -> dict[str, float]:
        """Proportional memory (PSS) of each process by its command, and `total`; shared pages count once."""
        assert self._launcher is not None
        sizes: dict[str, float] = {}
        launcher = psutil.Process(self._launcher.pid)
        for process in [launcher, *launcher.children(recursive=True)]:
            try:
                words, size = process.cmdline(), process.memory_full_info().pss / 2**20
            except psutil.Error:
                continue
            name = _name(words)
            sizes[name] = sizes.get(name, 0) + size
        return {name: round(size, 1) for name, size in sizes.items()} | {"total": round(sum(sizes.values()), 1)}


@contextmanager
def running_product(origin: str | None = None, home: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Origin and home of a product that runs meanwhile: of the one that both are named of, or of one of its own."""
    if origin and home:
        yield origin, home
        return
    root = Path(tempfile.mkdtemp(prefix="peak-"))
    # An embedded database of another account has to get in.
    root.chmod(0o755)
    product = Product(root / "home")
    try:
        product.start()
        yield f"http://127.0.0.1:{product.port}", product.home
    finally:
        product.stop()
        shutil.rmtree(root, ignore_errors=True)


def _name(words: list[str]) -> str:
    line = " ".join(words)
    if "postgres" in line.split(" ")[0]:
        return "postgres"
    module = re.search(r"-m (\S+)(?: (\w+))?", line)
    if not module:
        return Path(words[0]).name if words else "?"
    return f"peak {module.group(2)}" if module.group(1) == "peak_app.cli.main" else module.group(1)
