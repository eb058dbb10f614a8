"""Read stored data, even if a newer version wrote it."""

from collections.abc import Mapping, Sequence
import logging
from typing import Any

from homeassistant.exceptions import UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store

_LOGGER = logging.getLogger(__name__)


async def async_load_readable[T: Mapping[str, Any] | Sequence[Any]](
    store: Store[T], otherwise: T | None = None
) -> T | None:
    """Return the stored data; if unreadable, leave it unchanged and return `otherwise`."""
    try:
        return await store.async_load()
    except UnsupportedStorageVersionError:
        _LOGGER.warning(
            "A newer version of Doorwatch wrote %s. It stays unchanged until you update"
            " Doorwatch",
            store.key,
        )
    except AttributeError, KeyError, NotImplementedError, TypeError:
        _LOGGER.error("%s cannot be read. It stays unchanged", store.key)
    store.make_read_only()
    return otherwise
