"""The fields of a doorbell's forms, and what is checked about them."""

from collections.abc import Mapping
import hashlib
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from .const import (
    CONF_KIND,
    CONF_LONGEST,
    CONF_MOTION_ENTITY,
    CONF_PASSWORD,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_RING_ENTITY,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_USERNAME,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DEFAULT_LONGEST,
    DEFAULT_POST_ROLL,
    DEFAULT_PRE_ROLL,
    DOMAIN,
    SOURCE_DEMO,
)
from .doorbells.address import split_login
from .doorbells.base import DoorbellError
from .doorbells.probe import probe_stream
from .doorbells.rtsp import RtspDoorbell

SECTION_LENGTHS: Final = "lengths"

TEXT = TextSelector()
SECRET = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
STREAM_FIELDS: Final = {
    vol.Required(CONF_STREAM): TEXT,
    vol.Optional(CONF_USERNAME): TEXT,
    vol.Optional(CONF_PASSWORD): SECRET,
}
RTSP_SCHEMA: Final = vol.Schema({vol.Required(CONF_NAME): TEXT, **STREAM_FIELDS})
STREAM_SCHEMA: Final = vol.Schema(STREAM_FIELDS)
LOGIN_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_USERNAME): TEXT,
        vol.Required(CONF_PASSWORD): SECRET,
    }
)
DEMO_SCHEMA: Final = vol.Schema({vol.Required(CONF_NAME): TEXT})


def _seconds(minimum: int, maximum: int) -> vol.All[Any]:
    return vol.All(
        NumberSelector(
            NumberSelectorConfig(
                min=minimum,
                max=maximum,
                step=1,
                unit_of_measurement="s",
                mode=NumberSelectorMode.BOX,
            )
        ),
        vol.Coerce(int),
    )


LENGTHS: Final = vol.Schema(
    {
        vol.Required(CONF_PRE_ROLL, default=DEFAULT_PRE_ROLL): _seconds(0, 30),
        vol.Required(CONF_POST_ROLL, default=DEFAULT_POST_ROLL): _seconds(1, 60),
        vol.Required(CONF_LONGEST, default=DEFAULT_LONGEST): _seconds(30, 600),
    }
)


@callback
def _own_entities(hass: HomeAssistant) -> list[str]:
    """List the entities that Doorwatch makes: a doorbell must not trigger itself."""
    return [
        entity.entity_id
        for entity in er.async_get(hass).entities.values()
        if entity.platform == DOMAIN
    ]


@callback
def events_schema(hass: HomeAssistant, source: str) -> vol.Schema:
    """Return the fields that say what motion and ring are, and how long clips get."""
    lengths = {vol.Required(SECTION_LENGTHS): section(LENGTHS, {"collapsed": True})}
    if source == SOURCE_DEMO:
        return vol.Schema(lengths)
    source_entity = EntitySelector(
        EntitySelectorConfig(
            exclude_entities=_own_entities(hass),
            filter=[
                EntityWithDeviceFilterSelectorConfig(domain=["binary_sensor", "event"])
            ],
        )
    )
    return vol.Schema(
        {
            vol.Optional(CONF_MOTION_ENTITY): source_entity,
            vol.Optional(CONF_RING_ENTITY): source_entity,
            vol.Required(CONF_WEBHOOK, default=True): BooleanSelector(),
            **lengths,
        }
    )


@callback
def options_of(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Take the section apart: options are flat."""
    options = dict(user_input)
    lengths = options.pop(SECTION_LENGTHS)
    return {**options, **lengths}


@callback
def webhook_placeholder(hass: HomeAssistant, webhook_id: str) -> dict[str, str]:
    """Return where the webhook is, for the form that explains it."""
    try:
        return {"webhook": webhook.async_generate_url(hass, webhook_id)}
    except NoURLAvailableError:
        return {"webhook": webhook.async_generate_path(webhook_id)}


def unique_id_of(address: str) -> str:
    """Return an id that gives nothing away: some makers put the password in the path."""
    return f"rtsp-{hashlib.sha256(address.encode()).hexdigest()[:32]}"


def login_moved(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Move a login that was pasted with the address to its own fields.

    It goes before what stands there, which may be left from before. Raises
    `DoorbellError`.
    """
    address, username, password = split_login(user_input[CONF_STREAM])
    data = {
        **user_input,
        CONF_STREAM: address,
        CONF_USERNAME: username or user_input.get(CONF_USERNAME),
        CONF_PASSWORD: password or user_input.get(CONF_PASSWORD),
    }
    return {key: value for key, value in data.items() if value is not None}


def shown_again(user_input: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what a form shows after an error: no password in the open address."""
    if user_input is None:
        return None
    try:
        return login_moved(user_input)
    except DoorbellError:
        return user_input


async def async_check_stream(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Move a pasted login to where it belongs and try the stream.

    Returns what to store. Raises `DoorbellError`.
    """
    moved = login_moved(user_input)
    data: dict[str, Any] = {
        key: moved[key]
        for key in (CONF_STREAM, CONF_USERNAME, CONF_PASSWORD)
        if key in moved
    }
    doorbell = RtspDoorbell(
        data[CONF_STREAM], data.get(CONF_USERNAME), data.get(CONF_PASSWORD)
    )
    await probe_stream(doorbell.stream_source())
    return data


async def async_changed_stream(
    entry: ConfigEntry, user_input: Mapping[str, Any]
) -> dict[str, Any]:
    """Try a changed stream and return the entry's new data.

    A password that is left empty stays as long as the user name does.
    Raises `DoorbellError`.
    """
    _, pasted_name, pasted = split_login(user_input[CONF_STREAM])
    username = pasted_name or user_input.get(CONF_USERNAME)
    password = pasted or user_input.get(CONF_PASSWORD)
    if not password and username == entry.data.get(CONF_USERNAME):
        password = entry.data.get(CONF_PASSWORD)
    data = await async_check_stream({**user_input, CONF_PASSWORD: password})
    kept = (CONF_KIND, CONF_SOURCE, CONF_WEBHOOK_ID)
    return {**{key: entry.data[key] for key in kept}, **data}
