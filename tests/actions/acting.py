"""Call actions as people and automations do."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError
import pytest

from tests.sharing_fixtures import Home

# Actions use the clip of this home unless the test names another.
OF_THE_CLIP = (
    "protect_clip",
    "release_clip",
    "delete_clip",
    "restore_clip",
    "get_clip_link",
    "propose_share",
)
ANSWERING = (
    "export_clip",
    "find_clips",
    "get_clip_link",
    "get_day",
    "propose_share",
    "protect_clip",
    "record_clip",
)


async def act(
    home: Home, action: str, user: User | None = None, **data: object
) -> dict[str, Any]:
    """Call an action, as an automation or as a user."""
    if action in OF_THE_CLIP:
        data = {"clip_id": home.clip.clip_id, **data}
    answer = await home.hass.services.async_call(
        "doorwatch",
        action,
        data,
        blocking=True,
        context=Context(user_id=user.id if user else None),
        return_response=action in ANSWERING,
    )
    return dict(answer or {})


async def refused(
    home: Home, action: str, user: User | None = None, **data: object
) -> str | None:
    """Call an action that must be refused and return the translation key."""
    with pytest.raises(ServiceValidationError) as caught:
        await act(home, action, user, **data)
    return caught.value.translation_key


async def lines(home: Home, kind: str) -> list[Any]:
    """Return the ledger's lines of a kind."""
    return [line for line in await home.data.ledger.lines() if line.kind == kind]
