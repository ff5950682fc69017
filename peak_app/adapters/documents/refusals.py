"""Why a file gave no text, and what the person is told."""

from typing import Final

SENTENCES: Final = {
    "binary": "This file can't be read. Choose a PDF, a Word document (DOCX), or a text (TXT, Markdown).",
    "page": "This is a web page or other code, not a text. Copy what matters and paste it as text.",
    "rtf": "This is an RTF file. Save it as PDF, DOCX or text, and try again.",
    "old_office": "This is an old Office file, or one locked by a password. Save it as DOCX without a password.",
    "not_word": "This is a packed file, but no Word document. Choose a PDF, DOCX, TXT or Markdown file.",
    "macros": "This Word document has macros in it. Save it as DOCX without macros, and try again.",
    "locked": "This file is locked by a password. Save a copy without one, and try again.",
    "damaged": "This file is damaged and can't be read. Save it anew, or paste its text.",
    "bomb": "This file unpacks to far more than a document has. Paste its text instead.",
    "too_much": "This file takes too much to be read. Paste the part of its text that matters.",
    "pages": "This PDF has more pages than can be read. Paste the part of its text that matters.",
    "no_text": "There is no text in this file. If it is a scan, its pages are pictures: paste the text instead.",
}


class Refused(Exception):
    """`reason` is a key of `SENTENCES`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
