"""Add a doorbell of any kind, and change its options."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partialmethod
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..admin_notices import async_words
from ..const import (
    CONF_AREAS,
    CONF_PICTURE_MOTION,
    CONF_SOURCE,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    SOURCE_DEMO,
    SOURCES,
)
from ..domain.closed import retention
from ..engine.clips.model import RetentionPolicy
from ..engine.doorbells.base import StreamSource
from ..engine.motion.cost import measure_motion_cost
from ..names import doorbell_name, free_name, is_name_taken
from ..requests.positions import household_place
from .asked import ASKED_OF_DOORBELL, with_asked
from .events import (
    NOT_ALWAYS_ASKED,
    ask_events,
    default_options,
    lasting_options,
    shown_options,
    source_fields,
    webhook_address,
)
from .fields import TEXT, Input
from .keeping import (
    KEPT_OF_DOORBELL,
    STEP,
    Less,
    async_check_less,
    async_tell_if_less,
    async_what_goes,
    with_kept,
)

CONF_DETECTION: Final = "detection"


class Detection(StrEnum):
    """What detects that someone is at the door."""

    PICTURE = "picture"
    ENTITY = "entity"
    WEBHOOK = "webhook"


DETECTION: Final = {
    vol.Required(CONF_DETECTION, default=Detection.PICTURE.value): SelectSelector(
        SelectSelectorConfig(
            options=[detection.value for detection in Detection],
            mode=SelectSelectorMode.LIST,
            translation_key="detection",
        )
    )
}


class DoorbellSteps(ConfigFlow):
    """The last steps of adding a doorbell of any kind."""

    _name: str  # the suggested name, which gets a number if it is taken
    _data: dict[str, Any]
    _suggested: Mapping[str, Any] = {}  # values for the fields of the next step
    _motion_cost = ""  # a sentence about the processor time of motion detection

    async def async_step_events(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the name and the sources of motion and rings."""
        return ask_events(
            self,
            step_id="events",
            data=self._data,
            shown=self._suggested,
            user_input=user_input,
            save=self._create,
            first=self._name_field(),
        )

    async def _async_ask_detection(
        self, stream: StreamSource, sub_stream: StreamSource | None = None
    ) -> ConfigFlowResult:
        """Ask what detects motion, for a doorbell that does not report it."""
        sources = [each for each in (sub_stream, stream) if each is not None]
        cost = await measure_motion_cost(*sources)
        if cost is not None:
            words = await async_words(self.hass, "motion_cost")
            self._motion_cost = words.format(percent=max(1, round(cost)))
        return await self.async_step_detection()

    async def async_step_detection(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the name and for what detects motion."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._name = user_input[CONF_NAME]
            if is_name_taken(self.hass, self._name):
                errors[CONF_NAME] = "name_taken"
            elif user_input[CONF_DETECTION] == Detection.ENTITY:
                return await self.async_step_entity()
            elif user_input[CONF_DETECTION] == Detection.WEBHOOK:
                return await self.async_step_webhook()
            else:
                return self._create_with(
                    {CONF_PICTURE_MOTION: True, **self._ring_entities()}
                )
        return self.async_show_form(
            step_id="detection",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({**self._name_field(), **DETECTION}), user_input
            ),
            errors=errors,
            description_placeholders={"cost": self._motion_cost},
        )

    async def async_step_entity(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the entities that report motion or rings."""
        errors: dict[str, str] = {}
        if user_input:
            return self._create_with(user_input)
        if user_input is not None:
            errors["base"] = "no_sensor_chosen"
        return self.async_show_form(
            step_id="entity",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(source_fields(self.hass)),
                self._suggested if user_input is None else user_input,
            ),
            errors=errors,
        )

    async def async_step_webhook(self, user_input: Input = None) -> ConfigFlowResult:
        """Show the address that the doorbell is to call."""
        if user_input is not None:
            return self._create_with({CONF_WEBHOOK: True, **self._ring_entities()})
        address = webhook_address(self.hass, self._data[CONF_WEBHOOK_ID])
        return self.async_show_form(
            step_id="webhook",
            data_schema=vol.Schema({}),
            description_placeholders={"webhook": address},
        )

    @callback
    def _name_field(self) -> dict[vol.Marker, object]:
        name = free_name(self.hass, self._name)
        return {vol.Required(CONF_NAME, default=name): TEXT}

    @callback
    def _ring_entities(self) -> dict[str, str]:
        """Return the entities of the doorbell's device that report rings."""
        found = self._suggested.items()
        return {key: value for key, value in found if key in SOURCES}

    @callback
    def _create_with(self, options: Mapping[str, Any]) -> ConfigFlowResult:
        """Create the entry with these options, and defaults for the others."""
        return self._create(
            {
                CONF_NAME: self._name,
                **default_options(),
                **lasting_options(self.hass, options),
            }
        )

    @callback
    def _create(self, options: dict[str, Any]) -> ConfigFlowResult:
        """Create the entry from the name and the options."""
        name = options.pop(CONF_NAME)
        return self.async_create_entry(
            title=name, data=self._data, options=options, description="doorbell"
        )


class DoorbellOptionsFlow(OptionsFlowWithReload):
    """Options of a doorbell: events, lengths, retention and position."""

    _filled_in: dict[str, Any]
    _wished: dict[str, Any]
    _less: Less

    async def async_step_init(self, user_input: Input = None) -> ConfigFlowResult:
        """Show the form for the kind of doorbell."""
        if self.config_entry.data[CONF_SOURCE] == SOURCE_DEMO:
            return await self._async_options("demo", user_input)
        return await self._async_options("events", user_input)

    async def async_step_keep_less(self, user_input: Input = None) -> ConfigFlowResult:
        """Save the options after the person has seen which clips they delete."""
        if form := await async_check_less(self.hass, self._less, user_input):
            return self.async_show_form(step_id=STEP, **form)
        result = self._save(self._filled_in)
        await async_tell_if_less(self.hass, self._rules)
        return result

    async def _async_options(
        self, step_id: str, user_input: Input = None
    ) -> ConfigFlowResult:
        result = ask_events(
            self,
            step_id=step_id,
            data=self.config_entry.data,
            shown=shown_options(self.hass, self.config_entry.options),
            user_input=user_input,
            save=self._save,
            placeholders={"name": doorbell_name(self.hass, self.config_entry)},
            more={**KEPT_OF_DOORBELL, **ASKED_OF_DOORBELL},
        )
        if result["type"] is not FlowResultType.CREATE_ENTRY:
            return result
        if less := await async_what_goes(self.hass, self._rules):
            self._less = less
            return self.async_show_form(step_id=STEP, **less.form(self.hass))
        await async_tell_if_less(self.hass, self._rules)
        return result

    async_step_demo = partialmethod(_async_options, "demo")
    async_step_events = partialmethod(_async_options, "events")

    @property
    def _rules(self) -> RetentionPolicy:
        return retention(self.hass, {self.config_entry.entry_id: self._wished})

    @callback
    def _save(self, options: dict[str, Any]) -> ConfigFlowResult:
        self._filled_in = options
        before = self.config_entry.options
        # Keep options that this form does not ask for, and the zones, which the panel
        # edits.
        stays = {
            key: value
            for key, value in before.items()
            if key in NOT_ALWAYS_ASKED or key == CONF_AREAS
        }
        kept = with_kept({**stays, **options}, before)
        self._wished = with_asked(kept, before, household_place(self.hass))
        return self.async_create_entry(data=self._wished)
