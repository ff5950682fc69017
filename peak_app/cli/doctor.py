"""`peak doctor`: what is configured, reachable and missing, in plain words and without secrets.

A check is a function of the settings that gives one finding, in `peak_app/cli/checks`; `CHECKS` is all of them.
"""

import argparse
from collections.abc import Callable

from peak_app.cli.checks.ai import ai
from peak_app.cli.checks.billing import billing
from peak_app.cli.checks.bridge import bridge
from peak_app.cli.checks.browser import browser
from peak_app.cli.checks.database import database
from peak_app.cli.checks.finding import Finding, Verdict
from peak_app.cli.checks.machine import disk, home, node, python
from peak_app.cli.checks.mail import mail
from peak_app.cli.checks.passkeys import passkeys
from peak_app.cli.checks.pipeline import pipeline
from peak_app.cli.checks.processes import product
from peak_app.cli.checks.rooms import rooms
from peak_app.cli.checks.sign_in import sign_in
from peak_app.cli.checks.storage import storage
from peak_app.cli.checks.turn import turn
from peak_app.config import Settings

CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    python,
    node,
    home,
    disk,
    product,
    database,
    ai,
    bridge,
    pipeline,
    turn,
    rooms,
    mail,
    sign_in,
    passkeys,
    billing,
    storage,
    browser,
)
"""In the order they are told. Each raises nothing and asks its service for at most a few seconds."""


def run(settings: Settings, _given: argparse.Namespace) -> int:
    findings = examine(settings)
    for finding in findings:
        print(finding.line(), flush=True)
    wrong = sum(finding.verdict is Verdict.WRONG for finding in findings)
    print("Everything needed is there." if not wrong else f"{wrong} thing(s) must be put right.")
    return 1 if wrong else 0


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; asks outside services that are configured, each at most a few seconds."""
    return [check(settings) for check in CHECKS]
