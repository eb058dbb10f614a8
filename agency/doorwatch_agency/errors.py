"""What goes wrong, in words for the person at the keyboard."""


class AgencyError(Exception):
    """Something cannot be done or is not accepted; the text says what and why."""


def why(err: AgencyError | OSError) -> str:
    """Say what went wrong, and with which file."""
    if isinstance(err, OSError) and err.filename is not None:
        return f"{err.filename}: {err.strerror}"
    return str(err)
