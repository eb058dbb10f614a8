"""Keep clips that match an open request until it ends, if the household wants that."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import CONF_HOLD
from ..engine.clips.index.retention_scan import HELD_FOR
from ..engine.clips.model import RetentionHold
from ..engine.sharing.requests.feed import Request
from ..household.household import household
from .board import Board


@callback
def held(
    hass: HomeAssistant, requests: Board | None
) -> tuple[RetentionHold, ...] | None:
    """Return the periods whose clips are kept for now; None while this is unknown.

    `requests` is None while Doorwatch is not open.
    """
    if not household(hass).requests.get(CONF_HOLD):
        return ()
    if requests is None or not requests.knows:
        return None
    now, noted = dt_util.utcnow(), requests.noted
    return tuple(
        RetentionHold(doorbell_id, *concern.item.window)
        for concern in requests.concerns
        if isinstance(concern.item, Request)
        and concern.item.window is not None
        and concern.is_open
        and (since := noted.since(concern.agency_id, concern.item.request_id))
        and now < since + HELD_FOR
        for doorbell_id in sorted(concern.doorbells)
    )
