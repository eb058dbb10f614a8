"""Create doorbells of each kind."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..const import (
    CONF_CAMERA,
    CONF_HOST,
    CONF_LENS,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SERIAL,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_USERNAME,
    SOURCE_DEMO,
    SOURCE_LINKED,
    SOURCE_ONVIF,
)
from ..engine.doorbells.base import Doorbell
from ..engine.doorbells.demo import DemoDoorbell
from ..engine.doorbells.onvif.doorbell import OnvifDoorbell
from ..engine.doorbells.rtsp import RtspDoorbell
from .linked import LinkedDoorbell
from .onvif_consumer import WebhookConsumer


def make_doorbell(hass: HomeAssistant, entry: ConfigEntry) -> Doorbell:
    """Create the doorbell that the entry describes."""
    if entry.data[CONF_SOURCE] == SOURCE_DEMO:
        return DemoDoorbell()
    if entry.data[CONF_SOURCE] == SOURCE_LINKED:
        return LinkedDoorbell(hass, entry.data[CONF_CAMERA])
    if entry.data[CONF_SOURCE] == SOURCE_ONVIF:
        return OnvifDoorbell(
            entry.data[CONF_HOST],
            entry.data[CONF_PORT],
            entry.data.get(CONF_USERNAME),
            entry.data.get(CONF_PASSWORD),
            stream=entry.data[CONF_STREAM],
            sub_stream=entry.data.get(CONF_SUB_STREAM),
            mac=entry.data.get(CONF_MAC),
            serial=entry.data.get(CONF_SERIAL),
            video_source=entry.data.get(CONF_LENS),
            consumer=WebhookConsumer(hass, entry.title),
        )
    return RtspDoorbell(
        entry.data[CONF_STREAM],
        entry.data.get(CONF_USERNAME),
        entry.data.get(CONF_PASSWORD),
        sub_address=entry.data.get(CONF_SUB_STREAM),
    )
