"""Translate the problems of packages into errors that people can read."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..const import DOMAIN
from ..engine.clips.errors import LibraryError, storage_problem
from ..engine.sharing.errors import SharingError

# Problems on our side, not the caller's mistake: core logs and words them differently.
_OURS = frozenset(
    {
        "disk_full",
        "folder_not_writable",
        "index_newer",
        "library_missing",
        "library_unavailable",
    }
)


@callback
def translated(
    problem: str, placeholders: dict[str, str] | None = None
) -> HomeAssistantError:
    """Return the error that an action raises for this problem."""
    kind = HomeAssistantError if problem in _OURS else ServiceValidationError
    return kind(
        translation_domain=DOMAIN,
        translation_key=problem,
        translation_placeholders=placeholders or None,
    )


@callback
def translated_error(
    error: SharingError | LibraryError | OSError,
) -> HomeAssistantError:
    """Return the translated error for an exception."""
    if isinstance(error, OSError):
        return translated(storage_problem(error))
    return translated(error.problem, getattr(error, "placeholders", None))


@contextmanager
def translating() -> Iterator[None]:
    """Turn known exceptions into translated errors."""
    try:
        yield
    except (SharingError, LibraryError, OSError) as err:
        raise translated_error(err) from err


@callback
def send_problem(
    connection: ActiveConnection,
    msg_id: int,
    error: SharingError | LibraryError | OSError,
) -> None:
    """Answer a websocket command with an error."""
    problem = translated_error(error)
    connection.send_error(
        msg_id,
        problem.translation_key or "",
        str(problem),
        translation_key=problem.translation_key,
        translation_domain=problem.translation_domain,
        translation_placeholders=problem.translation_placeholders,
    )
