"""Add a doorbell of any kind, and change its options."""

from collections.abc import Mapping
from functools import partialmethod
from typing import Any

from homeassistant.config_entries import (
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
import voluptuous as vol

from ..const import CONF_AREAS, CONF_SOURCE, SOURCE_DEMO
from ..domain.closed import retention
from ..engine.clips.model import RetentionPolicy
from ..names import doorbell_name, free_name
from ..requests.positions import household_place
from .asked import ASKED_OF_DOORBELL, with_asked
from .events import NOT_ALWAYS_ASKED, ask_events, shown_options
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


class DoorbellSteps(ConfigFlow):
    """The last step of adding a doorbell of any kind."""

    _name: str  # the suggested name, which gets a number if it is taken
    _data: dict[str, Any]
    _suggested: Mapping[str, Any] = {}  # values for the fields of the next step

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

    @callback
    def _name_field(self) -> dict[vol.Marker, object]:
        name = free_name(self.hass, self._name)
        return {vol.Required(CONF_NAME, default=name): TEXT}

    @callback
    def _create(self, options: dict[str, Any]) -> ConfigFlowResult:
        name = options.pop(CONF_NAME)
        return self.async_create_entry(title=name, data=self._data, options=options)


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
