"""Refusals of leaving."""

from peak_app.errors import Conflict, InvalidInput, NotFound
from peak_app.i18n.catalogue import t


class AddressDiffers(InvalidInput):
    def __init__(self) -> None:
        super().__init__(t("departure.not_the_address"), "email")


class InCall(Conflict):
    def __init__(self) -> None:
        super().__init__(t("departure.in_a_call"))


class NoSuchReceipt(NotFound):
    """Unknown or expired: nobody is told which."""

    def __init__(self) -> None:
        super().__init__(t("departure.no_receipt"))
