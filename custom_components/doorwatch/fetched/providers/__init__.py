"""Find the provider that keeps the clips of a doorbell without a stream."""

from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ...engine.doorbells.base import DoorbellError
from .base import RecordingProvider
from .frigate import FrigateProvider
from .nest import NestProvider
from .reolink import ReolinkProvider
from .ring import RingProvider
from .unifiprotect import ProtectProvider

# By the integration of the linked camera.
PROVIDERS: Final[dict[str, type[RecordingProvider]]] = {
    "frigate": FrigateProvider,
    "nest": NestProvider,
    "reolink": ReolinkProvider,
    "ring": RingProvider,
    "unifiprotect": ProtectProvider,
}


@callback
def provider_of(hass: HomeAssistant, camera: er.RegistryEntry) -> str:
    """Return the provider of a camera without a stream.

    Raises `DoorbellError` if there is none, or if it can't be used yet.
    """
    if (provider := PROVIDERS.get(camera.platform)) is None:
        raise DoorbellError("no_stream_address")
    if problem := provider.lacks(hass, camera):
        raise DoorbellError(problem)
    return camera.platform


@callback
def begins_stream_when_asked(camera: er.RegistryEntry) -> bool:
    """Return whether asking a camera for its stream starts one."""
    provider = PROVIDERS.get(camera.platform)
    return provider is not None and provider.asking_begins_stream


@callback
def wants_enabled(
    hass: HomeAssistant, name: str, camera: er.RegistryEntry
) -> er.RegistryEntry | None:
    """Return the disabled entity that a provider needs, or None."""
    provider = PROVIDERS.get(name)
    return None if provider is None else provider.wants_enabled(hass, camera)
