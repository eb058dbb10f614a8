"""Let a start from a restored backup know that it is one."""

from homeassistant.core import HomeAssistant

from .household.private import PrivateFolder


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Set the mark: the copy holds it.

    A share that is unfinished in the copy may long be delivered, cancelled or withdrawn
    when the copy is restored, so after a restore each needs a new tap.
    """
    await hass.async_add_executor_job(PrivateFolder.of(hass.config.config_dir).mark)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Clear the mark: the original goes on without it."""
    await hass.async_add_executor_job(
        PrivateFolder.of(hass.config.config_dir).clear_mark
    )
