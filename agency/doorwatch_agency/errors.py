"""Errors, with messages for the person who runs the command."""


class AgencyError(Exception):
    """An action is not possible or an input is not valid; the message says why."""


def why(err: AgencyError | OSError) -> str:
    """Return the message of an error, with the file name."""
    if isinstance(err, OSError) and err.filename is not None:
        return f"{err.filename}: {err.strerror}"
    return str(err)
