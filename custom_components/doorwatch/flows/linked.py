"""Add and change a doorbell whose camera another integration provides."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
)
import voluptuous as vol

from ..const import (
    CONF_CAMERA,
    CONF_CODEC_UNDERSTOOD,
    CONF_DEVICE_NAME,
    CONF_KIND,
    CONF_PROVIDER,
    CONF_SOURCE,
    CONF_WEBHOOK_ID,
    KIND_DOORBELL,
    SOURCE_LINKED,
)
from ..discovery.companions import cameras, suggested
from ..discovery.linked import UNIQUE_ID, async_make_way, is_taken
from ..engine.doorbells.base import DoorbellError
from ..engine.doorbells.probe import probe_stream
from ..fetched.providers import provider_of
from ..names import doorbell_name, seen_name
from ..registry import camera_problem
from ..runtime.linked import LinkedDoorbell
from .doorbell import DoorbellSteps
from .fields import Input, form_errors


@callback
def linked_schema(hass: HomeAssistant) -> vol.Schema:
    """Return the field for the camera."""
    found = cameras(hass)
    devices = Counter(one.device_id or one.id for one in found)
    # The device, and the camera's own name if needed.
    labels = {
        one.entity_id: name_of(hass, one)
        if devices[one.device_id or one.id] == 1
        else f"{name_of(hass, one)}: {_own_name(one)}"
        for one in found
    }
    held = Counter(labels.values())
    labels = {
        entity_id: label if held[label] == 1 else f"{label} ({entity_id})"
        for entity_id, label in labels.items()
    }
    options = [
        SelectOptionDict(value=entity_id, label=labels[entity_id])
        for entity_id in sorted(labels, key=lambda one: labels[one].casefold())
    ]
    return vol.Schema(
        {
            vol.Required(CONF_CAMERA): SelectSelector(
                SelectSelectorConfig(options=options)
            )
        }
    )


@callback
def chosen_camera(
    hass: HomeAssistant, user_input: Mapping[str, Any]
) -> er.RegistryEntry:
    """Return the chosen camera; raise `DoorbellError` if it is missing."""
    found = er.async_get(hass).async_get(user_input[CONF_CAMERA])
    if found is None:
        raise DoorbellError("camera_missing")
    return found


@callback
def name_of(hass: HomeAssistant, camera: er.RegistryEntry) -> str:
    """Return the name of the camera's device, or of the camera itself."""
    name = next(iter(_seen_name(hass, camera).values()), None)
    return name or _own_name(camera)


@callback
def _is_linked(hass: HomeAssistant, camera: er.RegistryEntry) -> bool:
    return is_taken(hass, UNIQUE_ID.format(camera.id))


def _own_name(camera: er.RegistryEntry) -> str:
    return camera.name or camera.original_name or camera.entity_id


@callback
def _seen_name(hass: HomeAssistant, camera: er.RegistryEntry) -> dict[str, str]:
    return seen_name(
        dr.async_get(hass).async_get(camera.device_id) if camera.device_id else None
    )


async def async_check_camera(
    hass: HomeAssistant, camera: er.RegistryEntry
) -> dict[str, Any]:
    """Test the camera and return the data to store; raise `DoorbellError` if it fails."""
    try:
        source = await LinkedDoorbell(hass, camera.id).live_source()
    except DoorbellError as err:
        if err.problem != "no_stream_address":
            raise
        return {CONF_CAMERA: camera.id, CONF_PROVIDER: provider_of(hass, camera)}
    await probe_stream(source)
    return {CONF_CAMERA: camera.id}


async def async_relink(
    hass: HomeAssistant,
    entry: ConfigEntry,
    camera: er.RegistryEntry,
    *,
    recorded: bool = False,
) -> str | None:
    """Test a camera and link it to a doorbell, which keeps everything else.

    Returns the reason as a translation key if nothing was changed, or None. Raises
    `DoorbellError`, also if `recorded` is set and the camera has no stream.
    """
    entries, linked = hass.config_entries, dict(entry.data)
    data = await async_check_camera(hass, camera)
    if recorded and CONF_PROVIDER in data:
        raise DoorbellError("no_stream_now")
    # The test took seconds, in which the entry may have changed.
    if entries.async_get_entry(entry.entry_id) is not entry:
        return "not_loaded"
    if entry.data[CONF_CAMERA] != linked[CONF_CAMERA]:
        return "changed_elsewhere"
    if problem := camera_problem(hass, camera.id):
        raise DoorbellError(problem)
    unique_id = UNIQUE_ID.format(camera.id)
    if is_taken(hass, unique_id, entry):
        return "already_configured"
    await async_make_way(hass, unique_id, entry)
    dropped = {CONF_CAMERA, CONF_PROVIDER}
    if camera.id != entry.data[CONF_CAMERA]:
        dropped.add(CONF_CODEC_UNDERSTOOD)  # show the codec issue again
    kept = {key: value for key, value in entry.data.items() if key not in dropped}
    entries.async_update_entry(entry, data={**kept, **data}, unique_id=unique_id)
    entries.async_schedule_reload(entry.entry_id)
    return None


class LinkedSteps(DoorbellSteps):
    """The steps for a linked doorbell."""

    _discovered: str

    async def async_step_linked(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the camera and test it."""
        schema = linked_schema(self.hass)
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                return await self._async_link(chosen_camera(self.hass, user_input))
            except DoorbellError as err:
                errors = form_errors(err, schema)
        elif not (found := cameras(self.hass)):
            return self.async_abort(reason="no_camera")
        elif len(free := [one for one in found if not _is_linked(self.hass, one)]) == 1:
            user_input = {CONF_CAMERA: free[0].entity_id}
        return self.async_show_form(
            step_id="linked",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
        )

    async def async_discovered_linked(
        self, discovery_info: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Offer a discovered camera, unless it is linked or ignored."""
        camera_id: str = discovery_info[CONF_CAMERA]
        await self.async_set_unique_id(UNIQUE_ID.format(camera_id))
        self._abort_if_unique_id_configured()
        self._discovered = camera_id
        return await self.async_step_discovered()

    async def async_step_discovered(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask whether to link the camera, and test it."""
        camera = er.async_get(self.hass).entities.get_entry(self._discovered)
        if camera is None:
            return self.async_abort(reason="camera_missing")
        name = name_of(self.hass, camera)
        self.context["title_placeholders"] = {"name": name}
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                return await self._async_link(camera)
            except DoorbellError as err:
                errors["base"] = err.problem
        self._set_confirm_only()
        return self.async_show_form(
            step_id="discovered",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders={"name": name},
        )

    async def _async_link(self, camera: er.RegistryEntry) -> ConfigFlowResult:
        """Test a camera that is not linked yet; raise `DoorbellError` if it fails."""
        await self.async_set_unique_id(
            UNIQUE_ID.format(camera.id), raise_on_progress=False
        )
        self._abort_if_unique_id_configured()
        data = await async_check_camera(self.hass, camera)
        self._name = name_of(self.hass, camera)
        self._data = {
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_LINKED,
            CONF_WEBHOOK_ID: webhook.async_generate_id(),
            CONF_DEVICE_NAME: _seen_name(self.hass, camera),
            **data,
        }
        self._suggested = suggested(self.hass, camera.device_id)
        return await self.async_step_events()

    async def async_step_reconfigure_linked(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Link another camera; the sources of motion and rings are kept."""
        entry = self._get_reconfigure_entry()
        schema = linked_schema(self.hass)
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                camera = chosen_camera(self.hass, user_input)
                reason = await async_relink(self.hass, entry, camera)
            except DoorbellError as err:
                errors = form_errors(err, schema)
            else:
                return self.async_abort(reason=reason or "reconfigure_successful")
        elif not cameras(self.hass):
            return self.async_abort(reason="no_camera")
        camera_id = entry.data[CONF_CAMERA]
        now = next((one for one in cameras(self.hass) if one.id == camera_id), None)
        return self.async_show_form(
            step_id="reconfigure_linked",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or {CONF_CAMERA: now.entity_id if now else None}
            ),
            errors=errors,
            description_placeholders={"name": doorbell_name(self.hass, entry)},
        )
