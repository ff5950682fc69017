"""`Typesetter` by Typst, in a process of its own: what Typst remembers of a document it never gives back."""

import logging
import subprocess
import sys
from tempfile import TemporaryDirectory

from peak_app.errors import ServiceUnavailable
from peak_app.i18n.catalogue import t

MOST_S = 60.0
"""A talk of three hours takes about five seconds on a busy machine."""
log = logging.getLogger(__name__)


class TypstTypesetter:
    def typeset(self, document: str) -> bytes:
        command = [sys.executable, "-m", "peak_app.adapters.typst.page"]
        try:
            # Made here: who is killed removes nothing.
            with TemporaryDirectory() as folder:
                done = subprocess.run(
                    [*command, folder], input=document.encode(), capture_output=True, timeout=MOST_S, check=False
                )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.warning("no PDF: %s", type(error).__name__)
            raise ServiceUnavailable(t("refusal.pdf_not_made")) from None
        if done.returncode != 0:
            # What Typst complains about quotes the document: it goes nowhere.
            log.warning("no PDF: status %s", done.returncode)
            raise ServiceUnavailable(t("refusal.pdf_not_made"), retryable=False)
        return done.stdout
