"""System health of Doorwatch, under Settings, System, Repairs, System information.

Every user can read it and people paste it into reports. So it contains only counts and
states, no name, address, folder or ID.
"""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
import shutil
import sqlite3
from typing import Any, Final

import av
from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .agencies.agencies import agency_entries
from .agencies.base import is_group
from .const import CONF_KIND, DOMAIN, GIGABYTE, KIND_DOORBELL
from .coordinator import DoorbellCoordinator
from .domain.data import DATA, DoorwatchData
from .engine.clips.errors import LibraryError
from .engine.clips.model import Usage
from .engine.sharing.errors import SharingError
from .engine.sharing.model import ShareState
from .household.household import async_library_folder, household
from .registry import doorbell_ids

# Seconds, because an unavailable network folder may not answer.
PATIENCE: Final = 4.0
MOST_SHARES: Final = 1000

_ON_ITS_WAY: Final = {
    ShareState.WAITING,
    ShareState.PACKAGING,
    ShareState.UPLOADING,
}


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the system health information."""
    register.async_register_info(async_info)


async def async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return known values, and coroutines for values that may take time."""
    doorbells: list[DoorbellCoordinator] = [
        entry.runtime_data
        for entry in hass.config_entries.async_loaded_entries(DOMAIN)
        if entry.data.get(CONF_KIND) == KIND_DOORBELL
    ]
    known = doorbell_ids(hass)
    agencies = [each for each in agency_entries(hass) if not is_group(each.data)]
    well = sum(
        1
        for entry in agencies
        if (coordinator := getattr(entry, "runtime_data", None)) is not None
        and coordinator.data.problem is None
    )
    limits = household(hass)
    problems = {each.data.problem for each in doorbells} - {None}
    return {
        "library_folder": _in_time(_async_folder(hass)),
        "free_space": _in_time(_async_free(hass)),
        "clips": _in_time(_async_clips(hass, known)),
        "space_used": _in_time(_async_used(hass, known)),
        "space_limit": f"{limits.keep_gb} GB" if limits.keep_gb else "-",
        "doorbells_connected": (
            f"{sum(each.data.connected for each in doorbells)} / {len(known)}"
        ),
        "recording_problems": ", ".join(sorted(str(each) for each in problems)) or "-",
        "agencies_available": f"{well} / {len(agencies)}",
        "shares_waiting": _in_time(_async_waiting(hass)),
        "media_library": f"FFmpeg {av.ffmpeg_version_info}, PyAV {av.__version__}",
    }


async def _in_time(answer: Awaitable[Any]) -> Any:
    """Await a value for at most `PATIENCE` seconds, and return errors as failures."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await answer
    except TimeoutError:
        return {"type": "failed", "error": "timeout"}
    except (LibraryError, SharingError) as err:
        return {"type": "failed", "error": err.problem}
    except (OSError, sqlite3.Error) as err:
        return {"type": "failed", "error": type(err).__name__}


def _domain(hass: HomeAssistant) -> DoorwatchData:
    """Return the domain's data without opening it."""
    if (data := hass.data.get(DATA)) is None:
        raise LibraryError("library_unavailable")
    return data


async def _async_folder(hass: HomeAssistant) -> str:
    folder = _domain(hass).library.folder
    return await hass.async_add_executor_job(_state_of, folder)


def _state_of(folder: Path) -> str:
    """Return whether the folder exists; blocking."""
    if not folder.is_dir():
        raise LibraryError("folder_not_writable")
    return "ok"


async def _async_free(hass: HomeAssistant) -> str:
    folder = await async_library_folder(hass)
    usage = await hass.async_add_executor_job(shutil.disk_usage, folder)
    return _gigabytes(usage.free)


async def _async_usage(hass: HomeAssistant, doorbell_ids: list[str]) -> list[Usage]:
    library = _domain(hass).library
    return await asyncio.gather(*(library.usage(each) for each in doorbell_ids))


async def _async_clips(hass: HomeAssistant, doorbell_ids: list[str]) -> int:
    return sum(each.clips for each in await _async_usage(hass, doorbell_ids))


async def _async_used(hass: HomeAssistant, doorbell_ids: list[str]) -> str:
    used = sum(each.bytes for each in await _async_usage(hass, doorbell_ids))
    return _gigabytes(used)


async def _async_waiting(hass: HomeAssistant) -> int:
    shares = await _domain(hass).outbox.list(MOST_SHARES)
    return sum(1 for share in shares if share.state in _ON_ITS_WAY)


def _gigabytes(number: int) -> str:
    return f"{number / GIGABYTE:.2f} GB"
