"""Let a start from a restored backup know that it is one."""

from pathlib import Path

from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .private import PrivateFolder


def _private(hass: HomeAssistant) -> PrivateFolder:
    return PrivateFolder(Path(hass.config.path(".storage", DOMAIN)))


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Set the mark: the copy holds it.

    A share that is unfinished in the copy may long be delivered, cancelled or withdrawn
    when the copy is restored, so after a restore each needs a new tap.
    """
    await hass.async_add_executor_job(_private(hass).mark)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Clear the mark: the original goes on without it."""
    await hass.async_add_executor_job(_private(hass).clear_mark)
