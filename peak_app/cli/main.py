"""The command `peak`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from peak_app.cli.environment import BadEnvironment, read_settings
from peak_app.cli.paths import ROOT
from peak_app.errors import PeakError

_COMMANDS = {
    "up": ("peak_app.cli.up", "start everything and keep it running until Ctrl-C"),
    "web": ("peak_app.cli.web", "serve the page alone, building it when its sources changed"),
    "doctor": ("peak_app.cli.doctor", "say in plain words what is configured, reachable and missing"),
    "status": ("peak_app.cli.status", "say what runs"),
    "settings": ("peak_app.cli.settings_page", "list every setting, as Markdown"),
    "migrate": ("peak_app.cli.database", "bring the database to the current schema"),
    "seed": ("peak_app.cli.seed", "fill a demonstration account"),
    "operator": ("peak_app.cli.operator", "name who runs the installation, when nobody does"),
    "db": ("peak_app.cli.database", "facts about the database"),
    "ai": ("peak_app.cli.status", "facts about the embedded AI server"),
}


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="peak", description="PeakInterviewsAI: interview practice with a voice coach.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = {name: commands.add_parser(name, help=text, description=text) for name, (_, text) in _COMMANDS.items()}
    made["web"].add_argument("--build-only", action="store_true", help="build the page and end")
    made["settings"].add_argument("--env", action="store_true", help="list them in the form of `.env` instead")
    made["operator"].add_argument("email", help="address of an account that is there")
    url = made["db"].add_subparsers(dest="fact", required=True).add_parser("url", help="print the database's address")
    url.add_argument("--role", choices=("owner", "web", "worker"), default="owner")
    made["ai"].add_subparsers(dest="fact", required=True).add_parser("url", help="print the running server's address")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives its exit status: 0 done, 1 failed, 2 called or configured wrongly."""
    _open_standard_streams()
    given = parser().parse_args(arguments)
    # One place for `.env`, relative paths and Reflex's configuration, wherever the command is typed.
    if (ROOT / "rxconfig.py").is_file():
        os.chdir(ROOT)
    # Loaded on demand: `peak ai url` needs no database driver and no web server.
    return report_errors(lambda: import_module(_COMMANDS[given.command][0]).run(read_settings(), given))


def _open_standard_streams() -> None:
    """Started with a closed stream, the next file opened would take its number, and be taken for it by a child."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def report_errors(work: Callable[[], int | None]) -> int:
    """Do the work; what a person can be told about becomes one sentence and an exit status."""
    try:
        return work() or 0
    except BadEnvironment as error:
        print(error, file=sys.stderr)
        return 2
    except PeakError as error:
        print(error.sentence, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
