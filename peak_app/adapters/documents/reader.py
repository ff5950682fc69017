"""`DocumentReader` by pypdf and python-docx, in a process of its own for each file."""

import logging
import os
import subprocess
import sys

from pydantic import BaseModel, ValidationError

from peak_app.adapters.documents.plain import kind_of
from peak_app.adapters.documents.refusals import SENTENCES
from peak_app.errors import InvalidInput, ServiceUnavailable
from peak_app.i18n.catalogue import t
from peak_app.ports.reading import ReadText

MOST_S = 30.0
"""A document of ten pages takes about a second."""
# Where Python and its packages are. Everything else of the environment, secrets of the installation first of all, is no
# business of a process that reads files of strangers.
_PASSED_ON = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL")
log = logging.getLogger(__name__)


class _Answer(BaseModel):
    text: str = ""
    characters: int = 0
    refused: str | None = None


class FileReader:
    def read(self, content: bytes, most_characters: int) -> ReadText:
        """See `DocumentReader.read`."""
        kind = kind_of(content)
        if kind in SENTENCES:
            raise InvalidInput(SENTENCES[kind])
        command = [sys.executable, "-m", "peak_app.adapters.documents.page", kind, str(most_characters)]
        known = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            done = subprocess.run(command, input=content, capture_output=True, timeout=MOST_S, check=False, env=known)
        except subprocess.TimeoutExpired:
            raise InvalidInput(SENTENCES["too_much"]) from None
        except OSError as error:
            log.warning("no text: %s", type(error).__name__)
            raise ServiceUnavailable(t("refusal.file_not_read")) from None
        if done.returncode < 0:
            # Ended by its limits.
            log.info("no text: signal %s", -done.returncode)
            raise InvalidInput(SENTENCES["too_much"])
        try:
            answer = _Answer.model_validate_json(done.stdout)
        except ValidationError:
            # What readers complain about quotes the file: it goes nowhere.
            log.warning("no text: status %s", done.returncode)
            raise ServiceUnavailable(t("refusal.file_not_read")) from None
        if answer.refused is not None:
            raise InvalidInput(SENTENCES[answer.refused])
        return ReadText(answer.text, answer.characters)
