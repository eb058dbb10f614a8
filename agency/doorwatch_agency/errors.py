"""What goes wrong, in words for the person at the keyboard."""


class AgencyError(Exception):
    """Something cannot be done or is not accepted; the text says what and why."""
