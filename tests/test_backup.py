"""Test the mark in backups of the private folder."""

from homeassistant.core import HomeAssistant

from custom_components.doorwatch.backup import async_post_backup, async_pre_backup
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.household.private import PrivateFolder


async def test_only_a_copy_made_by_a_backup_holds_the_mark(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """The home itself has the mark only while the backup runs."""
    private = PrivateFolder(hass.config.config_dir)
    await async_pre_backup(hass)
    assert private.marked()
    await async_post_backup(hass)
    assert not private.marked()
    await async_get_domain(hass)
    assert await hass.data[DATA].ledger.lines() == []
