"""Change and repair a doorbell that speaks ONVIF."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import callback

from ..const import CONF_LENS, CONF_PASSWORD, CONF_USERNAME
from ..discovery.onvif_device import free, go_along, lens_of, siblings_of, unique_id_for
from ..engine.doorbells.base import DoorbellError
from ..engine.doorbells.onvif.ask import DeviceFacts
from ..engine.doorbells.onvif.video_sources import (
    VideoSource,
    VideoSourceUnclear,
    video_source_in,
)
from ..names import doorbell_name
from .doorbell import DoorbellSteps
from .doorbell_fields import LOGIN_SCHEMA
from .onvif_fields import (
    DEVICE_SCHEMA,
    async_lens_schema,
    async_try_device,
    data_of,
    stored_of,
    where_of,
)


class OnvifChanges(DoorbellSteps):
    """The steps in which a person changes a doorbell that speaks ONVIF."""

    _where: Mapping[str, Any]
    _lenses: tuple[VideoSource, ...] = ()

    async def async_step_reconfigure_onvif(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change where it is or its login; a password that is left empty stays."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            self._lenses = ()
            try:
                self._where = _where(entry, user_input)
                facts = await async_try_device(self._where, entry, choose=True)
            except VideoSourceUnclear as which:
                self._lenses = which.sources
                if self._offered(entry):
                    return await self.async_step_reconfigure_onvif_lens()
                errors["base"] = "no_lens_left"
            except DoorbellError as err:
                errors["base"] = err.problem
            else:
                return self._changed(entry, facts)
        return self._form(entry, "reconfigure_onvif", user_input, errors)

    async def async_step_reconfigure_onvif_lens(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which lens it is."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        token = lens_of(entry, self._lenses)
        if user_input is not None:
            token = user_input[CONF_LENS]
            try:
                facts = await async_try_device(self._where, entry, lens=token)
            except DoorbellError as err:
                errors["base"] = err.problem
            else:
                return self._changed(entry, facts)
        return self.async_show_form(
            step_id="reconfigure_onvif_lens",
            data_schema=await async_lens_schema(
                self.hass, self._lenses, self._offered(entry), token
            ),
            errors=errors,
            description_placeholders={"name": doorbell_name(self.hass, entry)},
        )

    async def async_step_reauth_onvif(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the login that it takes now."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                self._where = _where(entry, {**stored_of(entry), **user_input})
                facts = await async_try_device(
                    self._where, entry, lens=entry.data.get(CONF_LENS)
                )
            except VideoSourceUnclear:
                errors["base"] = "lens_gone"
            except DoorbellError as err:
                errors["base"] = err.problem
            else:
                return self._changed(entry, facts)
        return self._form(entry, "reauth_onvif", user_input, errors)

    def _form(
        self,
        entry: ConfigEntry,
        step_id: str,
        user_input: dict[str, Any] | None,
        errors: dict[str, str],
    ) -> ConfigFlowResult:
        schema = LOGIN_SCHEMA if step_id == "reauth_onvif" else DEVICE_SCHEMA
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or stored_of(entry)
            ),
            errors=errors,
            description_placeholders={"name": doorbell_name(self.hass, entry)},
        )

    @callback
    def _offered(self, entry: ConfigEntry) -> tuple[VideoSource, ...]:
        """Return the lenses that no other doorbell of the device has."""
        others = [one for one in siblings_of(self.hass, entry) if one is not entry]
        return free(self._lenses, others)

    @callback
    def _changed(self, entry: ConfigEntry, facts: DeviceFacts) -> ConfigFlowResult:
        """Store what was tried; the others of the device that are away come along."""
        data = data_of(self._where, facts)
        unique_id = entry.unique_id
        if self._lenses:
            if video_source_in(self._offered(entry), facts.video_source.token) is None:
                # Somebody was quicker.
                return self.async_abort(reason="already_configured")
            data[CONF_LENS] = facts.video_source.token
            if facts.video_source.token != lens_of(entry, self._lenses):
                unique_id = unique_id_for(
                    self.hass,
                    facts.identity,
                    facts.video_sources,
                    facts.video_source.token,
                    entry,
                )
        go_along(self.hass, facts.identity, self._where, but=entry)
        return self.async_update_reload_and_abort(
            entry, unique_id=unique_id, data_updates=data
        )


def _where(entry: ConfigEntry, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return where to go and the login, with the stored password if it may be meant."""
    where = where_of(user_input)
    if not where[CONF_PASSWORD] and (
        where[CONF_USERNAME] == entry.data.get(CONF_USERNAME)
    ):
        where[CONF_PASSWORD] = entry.data.get(CONF_PASSWORD)
    return where
