"""What every command shares."""

from peak_app.errors import PeakError


class CommandFailed(PeakError):
    """The command can't do what it was asked; the sentence is all the person sees."""
