"""Add, change and repair a doorbell."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components import webhook
from homeassistant.config_entries import (
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback

from ..const import (
    CONF_KEEPER,
    CONF_KIND,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_USERNAME,
    CONF_WEBHOOK_ID,
    KIND_DOORBELL,
    SOURCE_DEMO,
    SOURCE_RTSP,
)
from ..engine.doorbells.address import split_login
from ..engine.doorbells.base import DoorbellError
from ..engine.motion.areas import AreasError
from ..names import doorbell_name, is_name_taken
from .doorbell_fields import (
    DEMO_SCHEMA,
    LOGIN_SCHEMA,
    RTSP_SCHEMA,
    SHOWN_DATA,
    STREAM_SCHEMA,
    NameTakenError,
    async_changed_stream,
    async_check_stream,
    events_schema,
    form_errors,
    lasting_options,
    options_of,
    shown_again,
    shown_options,
    unique_id_of,
    webhook_placeholder,
)
from .picture_fields import areas_error, checked_picture


class DoorbellSteps(ConfigFlow):
    """The steps that concern a doorbell."""

    _data: dict[str, Any]
    _name: str
    _suggested: Mapping[str, Any] = {}  # for the next step: motion sensor and bell

    async def async_step_rtsp(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the stream and try it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                data = await self._async_try(user_input)
            except DoorbellError as err:
                errors = form_errors(err)
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
            data_schema=self.add_suggested_values_to_schema(
                RTSP_SCHEMA, shown_again(user_input)
            ),
            errors=errors,
        )

    async def _async_try(self, user_input: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse a doorbell, or a name, that is there already, then try the stream."""
        address, _, _ = split_login(user_input[CONF_STREAM])
        await self.async_set_unique_id(unique_id_of(address), raise_on_progress=False)
        self._abort_if_unique_id_configured()
        if is_name_taken(self.hass, user_input[CONF_NAME]):
            raise NameTakenError("name_taken")
        return await async_check_stream(user_input)

    async def async_step_events(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what motion and ring are."""
        wrong: AreasError | None = None
        if user_input is not None:
            try:
                return self._create(
                    lasting_options(self.hass, options_of(checked_picture(user_input)))
                )
            except AreasError as err:
                wrong = err
        return self.async_show_form(
            step_id="events",
            data_schema=self.add_suggested_values_to_schema(
                events_schema(
                    self.hass,
                    SOURCE_RTSP,
                    kept=CONF_KEEPER in self._data,
                    wrong=wrong,
                ),
                user_input or self._suggested,
            ),
            errors={"base": wrong.problem} if wrong else None,
            description_placeholders={
                **webhook_placeholder(self.hass, self._data[CONF_WEBHOOK_ID]),
                **areas_error(wrong),
            },
        )

    async def async_step_demo(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add the doorbell that needs no hardware."""
        await self.async_set_unique_id(SOURCE_DEMO, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        errors: dict[str, str] = {}
        if user_input is not None:
            if not is_name_taken(self.hass, user_input[CONF_NAME]):
                self._name = user_input[CONF_NAME]
                self._data = {CONF_KIND: KIND_DOORBELL, CONF_SOURCE: SOURCE_DEMO}
                return self._create({})
            errors[CONF_NAME] = "name_taken"
        return self.async_show_form(
            step_id="demo",
            data_schema=self.add_suggested_values_to_schema(DEMO_SCHEMA, user_input),
            errors=errors,
        )

    @callback
    def _create(self, options: dict[str, Any]) -> ConfigFlowResult:
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
                errors = form_errors(err)
            else:
                return self.async_update_reload_and_abort(
                    entry, unique_id=unique_id, data=data
                )
        return self.async_show_form(
            step_id="reconfigure_rtsp",
            data_schema=self.add_suggested_values_to_schema(
                STREAM_SCHEMA,
                shown_again(user_input)
                or {key: entry.data.get(key) for key in SHOWN_DATA},
            ),
            errors=errors,
            description_placeholders={"name": doorbell_name(self.hass, entry)},
        )

    async def async_step_reauth_doorbell(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the login that the doorbell takes now."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                data = await async_check_stream(
                    {CONF_STREAM: entry.data[CONF_STREAM], **user_input}
                )
            except DoorbellError as err:
                errors = form_errors(err)
            else:
                return self.async_update_reload_and_abort(entry, data_updates=data)
        return self.async_show_form(
            step_id="reauth_doorbell",
            data_schema=self.add_suggested_values_to_schema(
                LOGIN_SCHEMA, {CONF_USERNAME: entry.data.get(CONF_USERNAME)}
            ),
            errors=errors,
            description_placeholders={"name": doorbell_name(self.hass, entry)},
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
            webhook_placeholder(self.hass, self.config_entry.data[CONF_WEBHOOK_ID]),
        )

    @callback
    def _show_or_save(
        self,
        step_id: str,
        source: str,
        user_input: dict[str, Any] | None,
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        wrong: AreasError | None = None
        if user_input is not None:
            try:
                checked = checked_picture(user_input)
            except AreasError as err:
                wrong = err
            else:
                return self.async_create_entry(
                    data=lasting_options(self.hass, options_of(checked))
                )
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                events_schema(
                    self.hass,
                    source,
                    kept=CONF_KEEPER in self.config_entry.data,
                    wrong=wrong,
                ),
                user_input or shown_options(self.hass, self.config_entry.options),
            ),
            errors={"base": wrong.problem} if wrong else None,
            description_placeholders={**(placeholders or {}), **areas_error(wrong)},
        )
