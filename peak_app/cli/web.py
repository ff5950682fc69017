"""`peak web`: the page and what is behind it, on one port."""

import argparse
import os
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from peak_app.cli.page import build_environment, ensure_build
from peak_app.cli.paths import ROOT
from peak_app.config import Settings


def run(settings: Settings, given: argparse.Namespace) -> int:
    log = settings.home / "logs" / "page-build.log"
    page = ensure_build(ROOT, settings.language, log, is_hosted=settings.has_stream)
    if not given.build_only:
        serve(settings, ROOT, page)
    return 0


def serve(settings: Settings, root: Path, page: Path) -> None:
    """Serve until a signal ends it. Reflex keeps the state of open tabs in memory, hence one worker."""
    os.environ.update(build_environment(root, dict(os.environ)))
    os.environ.update(
        {
            "REFLEX_WEB_WORKDIR": str(page),
            "REFLEX_ENV_MODE": "prod",
            # Names of Reflex's own: no compilation here, and the built page comes from the same server.
            "__REFLEX_SKIP_COMPILE": "true",
            "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        }
    )
    Granian(
        "peak_app.peak_app:app",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=1,
        workers_kill_timeout=6,
        log_level=LogLevels.warning,
        working_dir=root,
    ).serve()
