"""What all doorbells have in common: the end of adding one, and their options."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.core import callback

from ..const import CONF_SOURCE, SOURCE_DEMO
from .events import ask_events, shown_options


class DoorbellSteps(ConfigFlow):
    """What the steps of every kind of doorbell fill in, and where they lead."""

    _name: str
    _data: dict[str, Any]
    _suggested: Mapping[str, Any] = {}  # for the fields of the next step

    async def async_step_events(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what motion and ring are."""
        return ask_events(
            self,
            step_id="events",
            data=self._data,
            shown=self._suggested,
            user_input=user_input,
            save=self._create,
        )

    @callback
    def _create(self, options: dict[str, Any]) -> ConfigFlowResult:
        return self.async_create_entry(
            title=self._name, data=self._data, options=options
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
        return self._ask("demo", user_input)

    async def async_step_events(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change what motion and ring are, and the lengths."""
        return self._ask("events", user_input)

    @callback
    def _ask(self, step_id: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        return ask_events(
            self,
            step_id=step_id,
            data=self.config_entry.data,
            shown=shown_options(self.hass, self.config_entry.options),
            user_input=user_input,
            save=self._save,
        )

    @callback
    def _save(self, options: dict[str, Any]) -> ConfigFlowResult:
        return self.async_create_entry(data=options)
