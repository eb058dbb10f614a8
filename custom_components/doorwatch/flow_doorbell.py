"""Add, change and repair a doorbell."""

from collections.abc import Mapping
import hashlib
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
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
import probatio

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
    KIND_DOORBELL,
    SOURCE_DEMO,
    SOURCE_RTSP,
)
from .doorbells.address import split_login
from .doorbells.base import DoorbellError
from .doorbells.probe import probe_stream
from .doorbells.rtsp import RtspDoorbell
from .household import async_ensure_household

SECTION_LENGTHS: Final = "lengths"

TEXT = TextSelector()
SECRET = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
STREAM_FIELDS: Final = {
    probatio.Required(CONF_STREAM): TEXT,
    probatio.Optional(CONF_USERNAME): TEXT,
    probatio.Optional(CONF_PASSWORD): SECRET,
}
RTSP_SCHEMA: Final = probatio.Schema(
    {probatio.Required(CONF_NAME): TEXT, **STREAM_FIELDS}
)
STREAM_SCHEMA: Final = probatio.Schema(STREAM_FIELDS)
LOGIN_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_USERNAME): TEXT,
        probatio.Required(CONF_PASSWORD): SECRET,
    }
)
DEMO_SCHEMA: Final = probatio.Schema({probatio.Required(CONF_NAME): TEXT})


def _seconds(minimum: int, maximum: int) -> probatio.All[Any]:
    return probatio.All(
        NumberSelector(
            NumberSelectorConfig(
                min=minimum,
                max=maximum,
                step=1,
                unit_of_measurement="s",
                mode=NumberSelectorMode.BOX,
            )
        ),
        probatio.Coerce(int),
    )


LENGTHS: Final = probatio.Schema(
    {
        probatio.Required(CONF_PRE_ROLL, default=DEFAULT_PRE_ROLL): _seconds(0, 30),
        probatio.Required(CONF_POST_ROLL, default=DEFAULT_POST_ROLL): _seconds(1, 60),
        probatio.Required(CONF_LONGEST, default=DEFAULT_LONGEST): _seconds(30, 600),
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
def events_schema(hass: HomeAssistant, source: str) -> probatio.Schema:
    """Return the fields that say what motion and ring are, and how long clips get."""
    own = _own_entities(hass)
    lengths = {
        probatio.Required(SECTION_LENGTHS): section(LENGTHS, {"collapsed": True})
    }
    if source == SOURCE_DEMO:
        return probatio.Schema(lengths)
    return probatio.Schema(
        {
            probatio.Optional(CONF_MOTION_ENTITY): EntitySelector(
                EntitySelectorConfig(
                    exclude_entities=own,
                    filter=[
                        EntityWithDeviceFilterSelectorConfig(
                            domain=["binary_sensor", "event"]
                        )
                    ],
                )
            ),
            probatio.Optional(CONF_RING_ENTITY): EntitySelector(
                EntitySelectorConfig(
                    exclude_entities=own,
                    filter=[
                        EntityWithDeviceFilterSelectorConfig(
                            domain=["binary_sensor", "event"]
                        )
                    ],
                )
            ),
            probatio.Required(CONF_WEBHOOK, default=True): BooleanSelector(),
            **lengths,
        }
    )


@callback
def _options(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Take the section apart: options are flat."""
    options = dict(user_input)
    return {**options, **options.pop(SECTION_LENGTHS)}


@callback
def _own_entity_errors(
    hass: HomeAssistant, user_input: Mapping[str, Any]
) -> dict[str, str]:
    """Refuse entities of our own, which an API client can name all the same."""
    own = _own_entities(hass)
    return {
        field: "own_entity"
        for field in (CONF_MOTION_ENTITY, CONF_RING_ENTITY)
        if user_input.get(field) in own
    }


@callback
def _webhook_placeholder(hass: HomeAssistant, webhook_id: str) -> dict[str, str]:
    try:
        return {"webhook": webhook.async_generate_url(hass, webhook_id)}
    except NoURLAvailableError:
        return {"webhook": webhook.async_generate_path(webhook_id)}


def unique_id_of(address: str) -> str:
    """Return an id that gives nothing away: some makers put the password in the path."""
    return f"rtsp-{hashlib.sha256(address.encode()).hexdigest()[:32]}"


async def _async_check_stream(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Move a pasted login to where it belongs and try the stream.

    Returns what to store. Raises `DoorbellError`.
    """
    address, username, password = split_login(user_input[CONF_STREAM])
    data = {
        CONF_STREAM: address,
        CONF_USERNAME: user_input.get(CONF_USERNAME) or username,
        CONF_PASSWORD: user_input.get(CONF_PASSWORD) or password,
    }
    doorbell = RtspDoorbell(address, data[CONF_USERNAME], data[CONF_PASSWORD])
    await probe_stream(doorbell.stream_source())
    return {key: value for key, value in data.items() if value is not None}


async def async_changed_stream(
    entry: ConfigEntry, user_input: Mapping[str, Any]
) -> dict[str, Any]:
    """Try a changed stream and return the entry's new data.

    A password that is left empty stays as long as the user name does.
    Raises `DoorbellError`.
    """
    _, pasted_name, pasted = split_login(user_input[CONF_STREAM])
    username = user_input.get(CONF_USERNAME) or pasted_name
    password = user_input.get(CONF_PASSWORD) or pasted
    if not password and username == entry.data.get(CONF_USERNAME):
        password = entry.data.get(CONF_PASSWORD)
    data = await _async_check_stream({**user_input, CONF_PASSWORD: password})
    kept = (CONF_KIND, CONF_SOURCE, CONF_WEBHOOK_ID)
    return {**{key: entry.data[key] for key in kept}, **data}


class DoorbellSteps(ConfigFlow):
    """The steps that concern a doorbell."""

    _data: dict[str, Any]
    _name: str

    async def async_step_rtsp(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the stream and try it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                data = await self._async_try(user_input)
            except DoorbellError as err:
                errors["base"] = err.problem
            else:
                self._name = user_input[CONF_NAME]
                self._data = {
                    CONF_KIND: KIND_DOORBELL,
                    CONF_SOURCE: SOURCE_RTSP,
                    CONF_WEBHOOK_ID: webhook.async_generate_id(),
                    **data,
                }
                return await self.async_step_events()
        return self.async_show_form(
            step_id="rtsp",
            data_schema=self.add_suggested_values_to_schema(RTSP_SCHEMA, user_input),
            errors=errors,
        )

    async def _async_try(self, user_input: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse a doorbell that is there already, then try the stream."""
        address, _, _ = split_login(user_input[CONF_STREAM])
        await self.async_set_unique_id(unique_id_of(address), raise_on_progress=False)
        self._abort_if_unique_id_configured()
        self._async_abort_entries_match({CONF_STREAM: address})
        return await _async_check_stream(user_input)

    async def async_step_events(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what motion and ring are."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = _own_entity_errors(self.hass, user_input)
            if not errors:
                return await self._async_create(_options(user_input))
        return self.async_show_form(
            step_id="events",
            data_schema=self.add_suggested_values_to_schema(
                events_schema(self.hass, SOURCE_RTSP), user_input
            ),
            errors=errors,
            description_placeholders=_webhook_placeholder(
                self.hass, self._data[CONF_WEBHOOK_ID]
            ),
        )

    async def async_step_demo(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add the doorbell that needs no hardware."""
        await self.async_set_unique_id(SOURCE_DEMO, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        if user_input is not None:
            self._name = user_input[CONF_NAME]
            self._data = {CONF_KIND: KIND_DOORBELL, CONF_SOURCE: SOURCE_DEMO}
            return await self._async_create({})
        return self.async_show_form(step_id="demo", data_schema=DEMO_SCHEMA)

    async def _async_create(self, options: dict[str, Any]) -> ConfigFlowResult:
        await async_ensure_household(self.hass)
        return self.async_create_entry(
            title=self._name, data=self._data, options=options
        )

    async def async_step_reconfigure_rtsp(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change address or login; a password that is left empty stays."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                unique_id = unique_id_of(split_login(user_input[CONF_STREAM])[0])
                if unique_id != entry.unique_id:
                    await self.async_set_unique_id(unique_id)
                    self._abort_if_unique_id_configured()
                data = await async_changed_stream(entry, user_input)
            except DoorbellError as err:
                errors["base"] = err.problem
            else:
                return self.async_update_reload_and_abort(
                    entry, unique_id=unique_id, data=data
                )
        return self.async_show_form(
            step_id="reconfigure_rtsp",
            data_schema=self.add_suggested_values_to_schema(
                STREAM_SCHEMA,
                user_input
                or {key: entry.data.get(key) for key in (CONF_STREAM, CONF_USERNAME)},
            ),
            errors=errors,
            description_placeholders={"name": entry.title},
        )

    async def async_step_reauth_doorbell(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the login that the doorbell takes now."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                data = await _async_check_stream(
                    {CONF_STREAM: entry.data[CONF_STREAM], **user_input}
                )
            except DoorbellError as err:
                errors["base"] = err.problem
            else:
                return self.async_update_reload_and_abort(entry, data_updates=data)
        return self.async_show_form(
            step_id="reauth_doorbell",
            data_schema=self.add_suggested_values_to_schema(
                LOGIN_SCHEMA, {CONF_USERNAME: entry.data.get(CONF_USERNAME)}
            ),
            errors=errors,
            description_placeholders={"name": entry.title},
        )


class DoorbellOptionsFlow(OptionsFlowWithReload):
    """What motion and ring are, and how long clips get."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show a demo only what it has."""
        if self.config_entry.data[CONF_SOURCE] == SOURCE_DEMO:
            return await self.async_step_demo(user_input)
        return await self.async_step_events(user_input)

    async def async_step_demo(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the lengths."""
        return self._show_or_save("demo", SOURCE_DEMO, user_input)

    async def async_step_events(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change what motion and ring are, and the lengths."""
        return self._show_or_save(
            "events",
            SOURCE_RTSP,
            user_input,
            _webhook_placeholder(self.hass, self.config_entry.data[CONF_WEBHOOK_ID]),
        )

    @callback
    def _show_or_save(
        self,
        step_id: str,
        source: str,
        user_input: dict[str, Any] | None,
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = _own_entity_errors(self.hass, user_input)
            if not errors:
                return self.async_create_entry(data=_options(user_input))
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                events_schema(self.hass, source),
                user_input
                or {
                    **self.config_entry.options,
                    SECTION_LENGTHS: dict(self.config_entry.options),
                },
            ),
            errors=errors,
            description_placeholders=placeholders,
        )
