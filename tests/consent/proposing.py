"""Propose shares."""

from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.core import Context, HomeAssistant

from custom_components.doorwatch.consent.proposals import NOTIFICATION_ID
from custom_components.doorwatch.const import DOMAIN
from tests.sharing_fixtures import Home


async def propose(home: Home, user_id: str | None = None, **data: object) -> str:
    """Propose a share and return the proposal's id."""
    answer = await home.hass.services.async_call(
        DOMAIN,
        "propose_share",
        {"clip_id": home.clip.clip_id, **data},
        blocking=True,
        context=Context(user_id=user_id),
        return_response=True,
    )
    assert answer is not None
    return str(answer["proposal_id"])


def notification(hass: HomeAssistant) -> dict[str, Any] | None:
    """Return the notification about proposals."""
    found = persistent_notification._async_get_or_create_notifications(hass)
    one = found.get(NOTIFICATION_ID)
    return None if one is None else dict(one)
