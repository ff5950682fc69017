"""Refusals in the shape of the OpenAI API: the same four fields over HTTP and in `error` events."""

from typing import Any

from pydantic import ValidationError

from peak_app.errors import PeakError


class ApiFault(PeakError):
    """Something a client is told about. `code` is for programs, the sentence for people, `param` names the field."""

    status_code = 400
    type = "invalid_request_error"

    def __init__(self, sentence: str, code: str, param: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.param = param

    def body(self) -> dict[str, Any]:
        """The object under `error`."""
        return {"type": self.type, "code": self.code, "message": self.sentence, "param": self.param}


class InvalidRequest(ApiFault):
    """The request can't be served as it is."""


class Forbidden(ApiFault):
    """The caller is not a program of this installation."""

    status_code = 403


class UnknownRoute(ApiFault):
    status_code = 404


class TooLarge(ApiFault):
    status_code = 413


class Overloaded(ApiFault):
    """All places are taken."""

    status_code = 429
    type = "server_error"


class ModelFailed(ApiFault):
    """The connected text model did not give a usable answer."""

    status_code = 502
    type = "server_error"


_CODES = {"extra_forbidden": "unknown_parameter", "missing": "missing_required_parameter"}
_UNION_TAGS = ("server_vad", "semantic_vad", "RetentionRatio", "Tracing", "CustomVoice", "literal[", "constrained-int")
"""How validation names the alternatives a value was held against: no fields of the document."""


def from_validation(error: ValidationError, root: str) -> InvalidRequest:
    """The first thing that is wrong with a document, without repeating its content."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    path = [str(part) for part in first["loc"] if not str(part).startswith(_UNION_TAGS)]
    param = ".".join([root, *path]) if root else ".".join(path)
    code = _CODES.get(first["type"], "invalid_value")
    if first["type"].endswith("_type") and code == "invalid_value":
        code = "invalid_type"
    sentence = {
        "unknown_parameter": f"Unknown parameter: '{param}'.",
        "missing_required_parameter": f"Missing required parameter: '{param}'.",
    }.get(code, f"Invalid value for '{param}': {first['msg'][0].lower()}{first['msg'][1:]}.")
    return InvalidRequest(sentence, code, param)
