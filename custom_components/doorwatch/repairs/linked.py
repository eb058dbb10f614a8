"""Fix issues of linked cameras and of the entities that doorbells use."""

from functools import partialmethod
from typing import Final, override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.selector import BooleanSelector
from homeassistant.loader import IntegrationNotFound, async_get_integration
import voluptuous as vol

from ..admin_notices import problem_in_words
from ..const import CONF_CAMERA, CONF_PROVIDER, DOMAIN, SOURCES
from ..discovery.followed import async_enable, wanted_of_provider
from ..engine.doorbells.base import DoorbellError
from ..fetched.providers import provider_of
from ..flows.events import lasting_options, source_fields
from ..flows.fields import Input, form_errors
from ..flows.linked import async_relink, chosen_camera, linked_schema
from ..registry import entity_id_of
from ..runtime.stream_watch import stand_in
from .base import ConfirmFlow, EntryFlow

_CONF_LEAVE: Final = "leave"


class CameraFlow(EntryFlow):
    """Link another camera, or enable the disabled one."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
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
        entries = self.hass.config_entries
        if (entry := entries.async_get_entry(str(self.about["entry_id"]))) is None:
            return None
        return er.async_get(self.hass).entities.get_entry(entry.data[CONF_CAMERA])

    async def async_step_enable(self, user_input: Input = None) -> RepairsFlowResult:
        """Enable the camera; its integration adds it again within half a minute."""
        if (camera := self._camera()) is None:
            return self.async_abort(reason="not_loaded")
        await async_enable(self.hass, camera)
        return self.async_create_entry(data={})

    async def async_step_camera(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask for another camera and test it."""
        entry = self._entry()
        schema = linked_schema(self.hass)
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                camera = chosen_camera(self.hass, user_input)
                reason = await async_relink(self.hass, entry, camera)
            except DoorbellError as err:
                errors = form_errors(err, schema)
            else:
                return self._done(reason)
        return self.async_show_form(
            step_id="camera",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
            description_placeholders=self.placeholders(),
        )


class StreamFoundFlow(EntryFlow):
    """Record the camera instead of fetching its clips, or ignore the issue."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        entry = self._entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input.get(_CONF_LEAVE):
                # Home Assistant offers no "Ignore" for an issue that can be fixed.
                issues = ir.async_get(self.hass)
                if issues.async_get_issue(DOMAIN, self.issue_id) is not None:
                    issues.async_ignore(DOMAIN, self.issue_id, True)
                return self._done("left")
            if CONF_PROVIDER not in entry.data:
                return self._done("changed_elsewhere")
            try:
                camera = camera_of_entry(self.hass, entry)
                return self._done(
                    await async_relink(self.hass, entry, camera, recorded=True)
                )
            except DoorbellError as err:
                errors = {"base": err.problem}
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema(
                {vol.Optional(_CONF_LEAVE, default=False): BooleanSelector()}
            ),
            errors=errors,
            description_placeholders=self.placeholders(),
        )


class StreamLostFlow(CameraFlow):
    """Fetch the manufacturer's clips, check for a stream again, or link another camera."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        entry = self._entry()
        choices = ["try_again", "camera"]
        given = {"camera": "", "integration": "", "problem": ""}
        try:
            camera = camera_of_entry(self.hass, entry)
            given["integration"] = await self._async_integration(camera.platform)
            if camera.id != entry.data[CONF_CAMERA]:
                given["camera"] = (
                    camera.name or camera.original_name or camera.entity_id
                )
                choices.insert(0, "stand_in")
            else:
                provider_of(self.hass, camera)
                choices.insert(0, "keep")
        except DoorbellError as err:
            problem = err.problem
            if problem == "no_stream_address":  # the issue says this already
                problem = "no_other_way"
            given["problem"] = problem_in_words(problem)
        return self.async_show_menu(
            step_id="confirm",
            menu_options=choices,
            description_placeholders={**self.placeholders(), **given},
        )

    async def _async_integration(self, domain: str) -> str:
        """Return the name of an integration, or its domain if it was removed."""
        try:
            return (await async_get_integration(self.hass, domain)).name
        except IntegrationNotFound:
            return domain

    async def _async_go_on(
        self, step_id: str, user_input: Input = None
    ) -> RepairsFlowResult:
        """Continue with what the camera, or the one that replaced it, offers now."""
        entry = self._entry()
        try:
            camera = camera_of_entry(self.hass, entry)
            return self._done(await async_relink(self.hass, entry, camera))
        except DoorbellError as err:
            errors = {"base": err.problem}
        return self._form(step_id=step_id, errors=errors)

    async_step_keep = partialmethod(_async_go_on, "keep")
    async_step_stand_in = partialmethod(_async_go_on, "stand_in")


@callback
def camera_of_entry(hass: HomeAssistant, entry: ConfigEntry) -> er.RegistryEntry:
    """Return the linked camera or its replacement; raise `DoorbellError` without one."""
    camera = stand_in(hass, entry)
    if camera is None:
        camera = er.async_get(hass).entities.get_entry(entry.data[CONF_CAMERA])
    if camera is None:
        raise DoorbellError("camera_missing")
    return camera


class RecordingsFlow(ConfirmFlow):
    """Enable the entity that provides the recordings."""

    @override
    async def _async_confirmed(self, entry: ConfigEntry) -> None:
        if (wanted := wanted_of_provider(self.hass, entry)) is not None:
            await async_enable(self.hass, wanted)


class SourcesFlow(EntryFlow):
    """Choose the entities that report motion and rings."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        entry = self._entry()
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
