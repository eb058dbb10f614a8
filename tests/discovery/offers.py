"""Read the discovered flows."""

from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.doorwatch.const import DOMAIN


def offered(hass: HomeAssistant) -> list[ConfigFlowResult]:
    """Return the discovered flows."""
    return hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_INTEGRATION_DISCOVERY}
    )


def offered_cameras(hass: HomeAssistant) -> list[str]:
    """Return the entity ids of the discovered cameras."""
    registry = er.async_get(hass)
    ids = [str(flow["context"]["unique_id"]) for flow in offered(hass)]
    found = [registry.entities.get_entry(one.removeprefix("linked-")) for one in ids]
    return [camera.entity_id for camera in found if camera]
