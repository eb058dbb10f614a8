"""Delete what belongs to a removed agency."""

from collections.abc import Callable, Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..admin_notices import async_notify_administrators
from ..const import CONF_VIA, VIA_LINK
from ..data import EngineData
from ..engine.sharing.files import remove_private
from ..signals import SIGNAL_FEED_CHANGED
from .base import is_group, told_of
from .feed import feed_file
from .stored import store_for


async def async_forget_agency(
    hass: HomeAssistant,
    entry: ConfigEntry,
    by: Mapping[str, str],
    get_domain: Callable[[], EngineData | None],
) -> None:
    """Delete an agency's document, feed and keys, and report its removal.

    `by` is the ledger's entry for the user who removed it; `get_domain` returns None
    while the ledger is not open. Raises `SharingError` if the ledger can't be written,
    after everything else was done.
    """
    await store_for(hass, entry.entry_id).async_remove()
    feed = feed_file(hass, entry.entry_id)
    await hass.async_add_executor_job(remove_private, feed)
    async_dispatcher_send(hass, SIGNAL_FEED_CHANGED, entry.entry_id)
    group = is_group(entry.data)
    await async_notify_administrators(
        hass, "group_removed" if group else "agency_removed", {"name": entry.title}
    )
    if (domain := get_domain()) is None:
        return
    domain.outbox.agency_changed(entry.entry_id)
    await hass.async_add_executor_job(domain.keys.forget, entry.entry_id)
    link = entry.data.get(CONF_VIA) == VIA_LINK
    about = told_of(entry.data) if link else {"issuer": entry.unique_id}
    await domain.ledger.append(
        "agency_removed", {"agency_id": entry.entry_id, **about, **by}
    )
