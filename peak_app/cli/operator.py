"""`peak operator ADDRESS`: whoever has the machine names who runs the installation, once its operator has left."""

import argparse

from peak_app.cli.command import CommandFailed
from peak_app.cli.database import reachable_database
from peak_app.config import Settings
from peak_app.migrations.migrate import migrate
from peak_app.wiring import Services


def run(settings: Settings, given: argparse.Namespace) -> int:
    with reachable_database(settings) as known:
        migrate(known)
        is_appointed = Services(known, "web").accounts.appoint_operator(given.email)
    if not is_appointed:
        raise CommandFailed(
            "This installation has an operator. Who runs it changes only when they delete their account."
        )
    print("This account runs the installation now.")
    return 0
