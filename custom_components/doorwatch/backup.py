"""Mark backups, so that a start from a restored one is detected."""

from homeassistant.core import HomeAssistant

from .household.private import PrivateFolder


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Set a mark, which the backup then contains.

    A share that is unfinished in the backup may be delivered, canceled or withdrawn
    before the backup is restored. So each needs a new tap after a restore.
    """
    await hass.async_add_executor_job(PrivateFolder(hass.config.config_dir).mark)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Clear the mark, which only the backup should have."""
    await hass.async_add_executor_job(PrivateFolder(hass.config.config_dir).clear_mark)
