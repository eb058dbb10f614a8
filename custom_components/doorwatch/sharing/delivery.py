"""tus 1.0 upload (core, creation, termination) with resume."""

from collections.abc import Callable
from pathlib import Path

from ..outside import Outside


async def upload(
    outside: Outside,
    *,
    endpoint: str,
    local: bool,
    path: Path,
    share_id: str,
    upload_code: str | None,
    upload_url: str | None,
    on_url: Callable[[str], None],
    on_progress: Callable[[int], None],
) -> None:
    """Upload the file, from where the server has it. `on_url` is called (and must store durably) before the first byte.

    Raises `DeliveryError` (a `SharingError`) with `permanent` set for what a retry cannot mend:
    `agency_unauthorized` 401/403, `agency_too_large` 413, `agency_refused` other 4xx, `agency_moved` (redirect, or a
    Location on another origin); and not permanent: `agency_unavailable` (5xx, reset, timeout, half a response).
    A resumed upload that is gone (404/410) starts anew.
    """
    raise NotImplementedError
