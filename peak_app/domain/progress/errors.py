"""What can be wrong with what someone wants to look at."""

from peak_app.errors import InvalidInput, NotFound
from peak_app.i18n.catalogue import t


class NoSuchAttempt(NotFound):
    """The same sentence for an id of nobody, of someone else, and of a meeting that is not completed."""

    def __init__(self) -> None:
        super().__init__(t("compare.missing"))


class SameAttempt(InvalidInput):
    def __init__(self) -> None:
        super().__init__(t("compare.same"))


class NoSuchSuggestion(NotFound):
    def __init__(self) -> None:
        super().__init__(t("drill.gone"))
