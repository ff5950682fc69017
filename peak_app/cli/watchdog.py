"""A second, tiny process that ends what the launcher started when the launcher itself is killed.

It reads the pipe whose other end only the launcher holds. `stop` means a clean end; an end of file without it means
that the launcher is gone. It also keeps the launcher's lock open, so that nobody starts anew while it cleans up.
"""

import signal
import sys
from pathlib import Path

from peak_app.cli.left_overs import end_left_overs

GOODBYE = b"stop"


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    said = sys.stdin.buffer.read()
    if said != GOODBYE:
        end_left_overs(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
