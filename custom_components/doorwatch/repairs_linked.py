"""What a person can do about entities that are gone, done from the issue."""

from typing import Any, override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
import voluptuous as vol

from .const import CONF_CAMERA, CONF_KEEPER
from .doorbell_fields import SOURCES, lasting_options, source_fields
from .doorbells.base import DoorbellError
from .doorbells.linked import entity_id_of
from .flow_linked import (
    UNIQUE_ID,
    async_check_camera,
    async_make_way,
    chosen_camera,
    is_taken,
    linked_schema,
)
from .followed import async_enable, wanted_of_keeper
from .repairs_library import StepFlow


class EntryFlow(StepFlow):
    """Is about one doorbell."""

    def __init__(self, entry_id: str) -> None:
        """Keep which doorbell it is."""
        self._entry_id = entry_id

    def _entry(self) -> ConfigEntry | None:
        return self.hass.config_entries.async_get_entry(self._entry_id)


class CameraFlow(EntryFlow):
    """Link another camera, or enable the one that is disabled."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        choices = ["camera"]
        if (camera := self._camera()) is not None and camera.disabled:
            choices.insert(0, "enable")
        return self.async_show_menu(
            step_id="confirm",
            menu_options=choices,
            description_placeholders=self.placeholders(),
        )

    @callback
    def _camera(self) -> er.RegistryEntry | None:
        if (entry := self._entry()) is None:
            return None
        return er.async_get(self.hass).entities.get_entry(entry.data[CONF_CAMERA])

    async def async_step_enable(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Enable it; its integration adds it again within half a minute."""
        if (camera := self._camera()) is None:
            return self.async_abort(reason="not_loaded")
        await async_enable(self.hass, camera)
        return self.async_create_entry(data={})

    async def async_step_camera(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask for another camera, and try it."""
        if (entry := self._entry()) is None:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                camera = chosen_camera(self.hass, user_input)
                data = await async_check_camera(self.hass, camera)
            except DoorbellError as err:
                errors = {"base": err.problem}
            else:
                unique_id = UNIQUE_ID.format(camera.id)
                entries = self.hass.config_entries
                if is_taken(self.hass, unique_id, entry):
                    return self.async_abort(reason="already_configured")
                await async_make_way(self.hass, unique_id, entry)
                kept = {
                    key: value
                    for key, value in entry.data.items()
                    if key not in (CONF_CAMERA, CONF_KEEPER)
                }
                entries.async_update_entry(
                    entry, data={**kept, **data}, unique_id=unique_id
                )
                entries.async_schedule_reload(entry.entry_id)
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="camera",
            data_schema=self.add_suggested_values_to_schema(
                linked_schema(self.hass), user_input
            ),
            errors=errors,
            description_placeholders=self.placeholders(),
        )


class RecordingsFlow(EntryFlow):
    """Enable the entity that has the recordings."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        if (entry := self._entry()) is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            if (wanted := wanted_of_keeper(self.hass, entry)) is not None:
                await async_enable(self.hass, wanted)
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders=self.placeholders(),
        )


class SourcesFlow(EntryFlow):
    """Choose what tells of motion and rings from now on."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        if (entry := self._entry()) is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            kept = {
                key: value for key, value in entry.options.items() if key not in SOURCES
            }
            self.hass.config_entries.async_update_entry(
                entry, options={**kept, **lasting_options(self.hass, user_input)}
            )
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
            return self.async_create_entry(data={})
        registry = er.async_get(self.hass)
        shown = {}
        for option in SOURCES:
            stored = entity_id_of(self.hass, entry.options.get(option, ""))
            found = registry.async_get(stored) if stored else None
            if stored and not (found and found.disabled):
                shown[option] = stored
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(source_fields(self.hass)), shown
            ),
            description_placeholders=self.placeholders(),
        )
