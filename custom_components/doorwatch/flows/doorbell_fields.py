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

from ..const import (
    CONF_DEVICE_NAME,
    CONF_KIND,
    CONF_LONGEST,
    CONF_ON_EVENT,
    CONF_ONE_CONNECTION,
    CONF_PASSWORD,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_USERNAME,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DEFAULT_LONGEST,
    DEFAULT_POST_ROLL,
    DEFAULT_PRE_ROLL,
    DOMAIN,
    SOURCE_DEMO,
    SOURCE_ONVIF,
    SOURCES,
)
from ..engine.doorbells.address import split_login
from ..engine.doorbells.base import DoorbellError
from ..engine.doorbells.probe import probe_stream
from ..engine.doorbells.rtsp import RtspDoorbell
from ..engine.motion.areas import AreasError
from ..registry import entity_id_of, lasting_id_of
from .picture_fields import PICTURE, SECTION_PICTURE

SECTION_LENGTHS: Final = "lengths"
SECTION_CONNECTION: Final = "connection"
# What of an entry's data a form shows again.
SHOWN_DATA: Final = (CONF_STREAM, CONF_USERNAME, CONF_SUB_STREAM)

TEXT = TextSelector()
SECRET = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
STREAM_FIELDS: Final = {
    vol.Required(CONF_STREAM): TEXT,
    vol.Optional(CONF_USERNAME): TEXT,
    vol.Optional(CONF_PASSWORD): SECRET,
    vol.Optional(CONF_SUB_STREAM): TEXT,
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
CONNECTION: Final = vol.Schema(
    {
        vol.Required(CONF_ON_EVENT, default=False): BooleanSelector(),
        vol.Required(CONF_ONE_CONNECTION, default=False): BooleanSelector(),
    }
)


class SubStreamError(DoorbellError):
    """It is the sub-stream that cannot be used."""


class NameTakenError(DoorbellError):
    """It is the name that another doorbell has."""


@callback
def form_errors(error: DoorbellError) -> dict[str, str]:
    """Return the error beside the field that it is about."""
    if isinstance(error, NameTakenError):
        return {CONF_NAME: error.problem}
    field = CONF_SUB_STREAM if isinstance(error, SubStreamError) else "base"
    return {field: error.problem}


@callback
def own_entities(hass: HomeAssistant) -> list[str]:
    """List the entities that Doorwatch makes: a doorbell must not trigger itself."""
    return [
        entity.entity_id
        for entity in er.async_get(hass).entities.values()
        if entity.platform == DOMAIN
    ]


@callback
def source_fields(hass: HomeAssistant) -> dict[vol.Marker, EntitySelector]:
    """Return the fields that say which entities tell of motion and rings."""
    selector = EntitySelector(
        EntitySelectorConfig(
            exclude_entities=own_entities(hass),
            filter=[
                EntityWithDeviceFilterSelectorConfig(domain=["binary_sensor", "event"])
            ],
        )
    )
    return {vol.Optional(option): selector for option in SOURCES}


@callback
def events_schema(
    hass: HomeAssistant,
    source: str,
    *,
    kept: bool = False,
    wrong: AreasError | None = None,
) -> vol.Schema:
    """Return the fields that say what motion and ring are, and how long clips get.

    `kept`: the clips are made elsewhere. `wrong`: what is, so the areas are in sight.
    """
    sources = {
        **source_fields(hass),
        # A doorbell that tells by itself needs no secret address.
        vol.Required(CONF_WEBHOOK, default=source != SOURCE_ONVIF): BooleanSelector(),
    }
    if kept:
        return vol.Schema(sources)
    lengths = {
        vol.Optional(SECTION_PICTURE): section(PICTURE, {"collapsed": wrong is None}),
        vol.Required(SECTION_LENGTHS): section(LENGTHS, {"collapsed": True}),
    }
    if source == SOURCE_DEMO:
        return vol.Schema(lengths)
    return vol.Schema(
        {
            **sources,
            **lengths,
            vol.Optional(SECTION_CONNECTION): section(CONNECTION, {"collapsed": True}),
        }
    )


@callback
def options_of(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Take the sections apart: options are flat."""
    options = dict(user_input)
    for name in (SECTION_LENGTHS, SECTION_PICTURE, SECTION_CONNECTION):
        options.update(options.pop(name, {}))
    return options


@callback
def lasting_options(hass: HomeAssistant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Name the entities by what stays when somebody renames them."""
    return {
        **options,
        **{key: lasting_id_of(hass, options[key]) for key in SOURCES if key in options},
    }


@callback
def shown_options(hass: HomeAssistant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Put flat options into the sections of the form, entities by their names now."""
    return {
        **options,
        **{key: entity_id_of(hass, options[key]) for key in SOURCES if key in options},
        SECTION_LENGTHS: dict(options),
        SECTION_PICTURE: dict(options),
        SECTION_CONNECTION: dict(options),
    }


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
    """Move a login that was pasted with an address to its own fields.

    It goes before what stands there, which may be left from before; both streams have
    the same. Raises `DoorbellError`.
    """
    address, username, password = split_login(user_input[CONF_STREAM])
    sub_address = sub_username = sub_password = None
    if sub := user_input.get(CONF_SUB_STREAM):
        try:
            sub_address, sub_username, sub_password = split_login(sub)
        except DoorbellError as err:
            raise SubStreamError(err.problem) from None
        if sub_address == address:
            raise SubStreamError("same_stream")
    data = {
        **user_input,
        CONF_STREAM: address,
        CONF_SUB_STREAM: sub_address,
        CONF_USERNAME: username or user_input.get(CONF_USERNAME) or sub_username,
        CONF_PASSWORD: password or user_input.get(CONF_PASSWORD) or sub_password,
    }
    return {key: value for key, value in data.items() if value is not None}


def shown_again(user_input: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what a form shows after an error: no password in the open address."""
    if user_input is None:
        return None
    try:
        return login_moved(user_input)
    except SubStreamError:
        sub = user_input[CONF_SUB_STREAM]
        return {
            **login_moved({**user_input, CONF_SUB_STREAM: None}),
            CONF_SUB_STREAM: sub,
        }
    except DoorbellError:
        return user_input


async def async_check_stream(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Move a pasted login to where it belongs and try the streams.

    Returns what to store. Raises `DoorbellError`.
    """
    moved = login_moved(user_input)
    data: dict[str, Any] = {
        key: moved[key]
        for key in (CONF_STREAM, CONF_USERNAME, CONF_PASSWORD, CONF_SUB_STREAM)
        if key in moved
    }
    doorbell = RtspDoorbell(
        data[CONF_STREAM],
        data.get(CONF_USERNAME),
        data.get(CONF_PASSWORD),
        sub_address=data.get(CONF_SUB_STREAM),
    )
    try:
        await probe_stream(doorbell.stream_source())
    except DoorbellError as err:
        if err.problem == "invalid_auth" and not data.get(CONF_USERNAME):
            raise DoorbellError("login_missing") from None
        raise
    if sub_stream := doorbell.sub_stream_source():
        try:
            await probe_stream(sub_stream)
        except DoorbellError as err:
            raise SubStreamError(err.problem) from None
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
    kept = (CONF_KIND, CONF_SOURCE, CONF_WEBHOOK_ID, CONF_DEVICE_NAME)
    return {**{key: entry.data[key] for key in kept if key in entry.data}, **data}
