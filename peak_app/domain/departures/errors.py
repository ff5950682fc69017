"""Refusals of leaving."""

from peak_app.errors import Conflict, InvalidInput, NotFound


class AddressDiffers(InvalidInput):
    def __init__(self) -> None:
        super().__init__("That is not the address of this account. Type it exactly to delete the account.", "email")


class InCall(Conflict):
    def __init__(self) -> None:
        super().__init__("You are in a call right now. End the call first; then you can delete your account.")


class NoSuchReceipt(NotFound):
    """Unknown or expired: nobody is told which."""

    def __init__(self) -> None:
        super().__init__("There is no such receipt, or its link has expired.")
