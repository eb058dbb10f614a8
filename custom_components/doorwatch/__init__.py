"""Doorwatch: doorbell cameras that record at home and share one clip at a time."""

from functools import partial
from typing import cast

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .access.guard import async_follow_calls, by_requester
from .access.log_secrets import async_keep_secrets_out_of_logs
from .access.unknown_pages import async_show_unknown_pages
from .agencies.base import AgencyEntry, LinkAgency
from .agencies.coordinator import AgencyCoordinator
from .agencies.removal import async_forget_agency
from .const import (
    CONF_KIND,
    CONF_PROVIDER,
    CONF_SOURCE,
    CONF_VIA,
    DOMAIN,
    KIND_AGENCY,
    KIND_DOORBELL,
    KIND_HOUSEHOLD,
    SOURCE_LINKED,
    VIA_LINK,
)
from .coordinator import DoorbellCoordinator, DoorbellEntry
from .discovery.followed import async_watch
from .discovery.linked import async_discover_linked
from .discovery.onvif import async_setup_discovery
from .domain.closed import async_forget_everything, async_household_changes
from .domain.data import DATA, DoorwatchData
from .domain.opening import async_get_domain, async_get_household
from .engine.clips.errors import LibraryError
from .engine.doorbells.base import DoorbellError
from .engine.sharing.errors import SharingError
from .entity import DoorwatchConfigEntry, agency_device
from .fetched.queue import async_forget
from .household.folder_problems import async_folder_problem
from .household.household import async_ensure_household, async_show_new_folder
from .issues import (
    AGENCY,
    DOORBELL_UNREACHABLE,
    NOT_EVERY_BROWSER,
    RECORDINGS_MISSING,
    RECORDS_AGAIN,
    async_follow_codecs,
    async_follow_shares,
)
from .names import async_follow_name, async_follow_names, doorbell_name
from .runtime.kinds import make_doorbell
from .runtime.stream_watch import async_end_stream_issues, async_watch_stream
from .runtime.switches import async_forget_switches
from .services import async_setup_services
from .views.clips import async_register_views
from .views.frontend import async_register_frontend
from .views.shares import async_register_share_views
from .websocket import async_setup_websocket

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS: dict[str, list[Platform]] = {
    KIND_DOORBELL: [
        Platform.BINARY_SENSOR,
        Platform.CAMERA,
        Platform.EVENT,
        Platform.IMAGE,
        Platform.SENSOR,
        Platform.SWITCH,
    ],
    KIND_AGENCY: [Platform.EVENT, Platform.SENSOR],
    KIND_HOUSEHOLD: [Platform.GEO_LOCATION],
}


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register actions, views, commands and panel, which belong to no entry."""
    async_keep_secrets_out_of_logs(hass)
    async_follow_calls(hass)
    async_setup_services(hass)
    async_register_views(hass)
    async_register_share_views(hass)
    async_setup_websocket(hass)
    async_follow_names(hass)
    async_follow_shares(hass)
    async_follow_codecs(hass)
    async_discover_linked(hass)
    async_setup_discovery(hass)
    await async_register_frontend(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: DoorwatchConfigEntry) -> bool:
    """Set up a doorbell, an agency or the household."""
    kind = entry.data[CONF_KIND]
    if kind != KIND_HOUSEHOLD:
        # Needed even if the folder is unusable, because its options set another folder.
        hass.async_create_task(async_ensure_household(hass), "doorwatch household")
    try:
        domain = await async_get_domain(hass)
    except (LibraryError, SharingError) as err:
        if not hass.is_stopping:  # otherwise the folder has no problem
            async_folder_problem(hass, err.problem)
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key=err.problem
        ) from err
    await domain.slots.async_start()  # it ended with the last entry
    if kind == KIND_DOORBELL:
        await _async_setup_doorbell(hass, cast(DoorbellEntry, entry), domain)
    elif kind == KIND_AGENCY:
        await _async_setup_agency(hass, cast(AgencyEntry, entry), domain)
    else:
        entry.async_create_background_task(
            hass, domain.maintenance.tidying.async_tidy(), "doorwatch retention"
        )
        entry.async_on_unload(
            async_at_started(
                hass,
                partial(async_show_unknown_pages, addresses=domain.home_addresses),
            )
        )
        entry.async_on_unload(entry.add_update_listener(_async_household_changed))
        await hass.config_entries.async_forward_entry_setups(
            entry, PLATFORMS[KIND_HOUSEHOLD]
        )
    return True


async def _async_household_changed(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Show issues that the changed options cause."""
    household = await async_get_household(hass)
    await async_show_unknown_pages(hass, household.home_addresses)
    if (domain := hass.data.get(DATA)) is not None:
        await async_show_new_folder(hass, domain.library.folder)


async def _async_setup_doorbell(
    hass: HomeAssistant, entry: DoorbellEntry, domain: DoorwatchData
) -> None:
    """Restore the switches, then start recording and listening."""
    async_follow_name(hass, entry)
    if entry.data[CONF_SOURCE] == SOURCE_LINKED and CONF_PROVIDER not in entry.data:
        await async_forget(hass, entry.entry_id)  # fetches from before the stream
    doorbell = make_doorbell(hass, entry)
    coordinator = DoorbellCoordinator(hass, entry, doorbell, domain)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    await coordinator.switches.async_load()
    await hass.config_entries.async_forward_entry_setups(
        entry, PLATFORMS[KIND_DOORBELL]
    )
    try:
        await coordinator.async_start()
    except DoorbellError as err:
        await coordinator.async_shutdown()
        await hass.config_entries.async_unload_platforms(
            entry, PLATFORMS[KIND_DOORBELL]
        )
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key=err.problem
        ) from err
    # The backup does not contain a switch that was turned off later.
    if (
        domain.restored
        and coordinator.data.recording_enabled
        and entry.entry_id not in domain.asked_since
    ):
        domain.asked_since.add(entry.entry_id)
        RECORDS_AGAIN.show(
            hass,
            entry.entry_id,
            placeholders={"name": doorbell_name(hass, entry)},
        )
    entry.async_on_unload(async_watch(hass, entry))
    entry.async_on_unload(async_watch_stream(hass, entry))


async def _async_setup_agency(
    hass: HomeAssistant, entry: AgencyEntry, domain: DoorwatchData
) -> None:
    """Set up an agency with its last verified document.

    An unreachable agency does not fail the setup, as core's retries would reveal when
    this home restarts. Its schedule continues, and a repair issue reports it.
    """
    link = entry.data.get(CONF_VIA) == VIA_LINK
    coordinator = (LinkAgency if link else AgencyCoordinator)(hass, entry, domain)
    entry.runtime_data = coordinator
    wants_feed = entry.entry_id in domain.feed_wanted
    domain.feed_wanted.discard(entry.entry_id)
    await coordinator.async_start(wants_feed=wants_feed)
    # A group has no entity that would create its device.
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, **agency_device(coordinator)
    )
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS[KIND_AGENCY])


async def async_unload_entry(hass: HomeAssistant, entry: DoorwatchConfigEntry) -> bool:
    """Unload an entry; a doorbell finishes its clip first."""
    kind = entry.data[CONF_KIND]
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS[kind]):
        return False
    if kind == KIND_DOORBELL:
        await cast(DoorbellEntry, entry).runtime_data.async_shutdown()
        DOORBELL_UNREACHABLE.end(hass, entry.entry_id)
        RECORDINGS_MISSING.end(hass, entry.entry_id)
    elif kind == KIND_AGENCY:
        AGENCY.end(hass, entry.entry_id)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: DoorwatchConfigEntry) -> None:
    """Delete the data of an entry; its clips remain subject to retention."""
    kind = entry.data[CONF_KIND]
    try:
        await _async_forget_in_household(hass, entry)
    finally:  # even if other stored data can't be read
        if kind == KIND_AGENCY:
            await async_forget_agency(
                hass, entry, by_requester(), lambda: hass.data.get(DATA)
            )
        elif kind == KIND_DOORBELL:
            NOT_EVERY_BROWSER.end(hass, entry.entry_id)
            RECORDS_AGAIN.end(hass, entry.entry_id)
            async_end_stream_issues(hass, entry)
            await async_forget_switches(hass, entry.entry_id)
            await async_forget(hass, entry.entry_id)


async def _async_forget_in_household(
    hass: HomeAssistant, entry: DoorwatchConfigEntry
) -> None:
    """Delete what the household's parts store about an entry; everything with the last."""
    others = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    if not any(other is not entry for other in others):
        await async_forget_everything(hass)
    if entry.data[CONF_KIND] == KIND_HOUSEHOLD:
        await (await async_household_changes(hass)).async_note_removed(entry)
    elif entry.data[CONF_KIND] == KIND_AGENCY:
        household = await async_get_household(hass)
        household.people.forget_agency(entry.entry_id)
        await household.noted.async_forget_agency(entry.entry_id)
