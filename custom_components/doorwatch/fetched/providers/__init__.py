"""Clips of doorbells that give no stream, from where their integrations keep them."""

from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ...engine.doorbells.base import DoorbellError
from .base import Keeper
from .frigate import FrigateKeeper
from .nest import NestKeeper
from .reolink import ReolinkKeeper
from .ring import RingKeeper
from .unifiprotect import ProtectKeeper

# By the integration that the linked camera is of.
KEEPERS: Final[dict[str, type[Keeper]]] = {
    "frigate": FrigateKeeper,
    "nest": NestKeeper,
    "reolink": ReolinkKeeper,
    "ring": RingKeeper,
    "unifiprotect": ProtectKeeper,
}


@callback
def keeper_of(hass: HomeAssistant, camera: er.RegistryEntry) -> str:
    """Return who keeps the clips of a camera without a stream.

    Raises `DoorbellError` when nobody does, or nobody yet.
    """
    if (keeper := KEEPERS.get(camera.platform)) is None:
        raise DoorbellError("no_stream_address")
    if problem := keeper.lacks(hass, camera):
        raise DoorbellError(problem)
    return camera.platform


@callback
def begins_stream_when_asked(camera: er.RegistryEntry) -> bool:
    """Whether to ask a camera for its stream begins one."""
    keeper = KEEPERS.get(camera.platform)
    return keeper is not None and keeper.asking_begins_stream


@callback
def wants_enabled(
    hass: HomeAssistant, name: str, camera: er.RegistryEntry
) -> er.RegistryEntry | None:
    """Return what a keeper needs and is disabled, None when all is well."""
    keeper = KEEPERS.get(name)
    return None if keeper is None else keeper.wants_enabled(hass, camera)
