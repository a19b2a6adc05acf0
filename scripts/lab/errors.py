"""What can go wrong in the laboratory."""


class LabError(Exception):
    """Something did not work as promised; the text says what, for a person to read."""


class DeadlineError(LabError):
    """A condition did not come true in time."""
