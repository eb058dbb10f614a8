"""Add the demo doorbell."""

from typing import Final

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_NAME
import voluptuous as vol

from ..admin_notices import async_words
from ..const import CONF_KIND, CONF_SOURCE, KIND_DOORBELL, SOURCE_DEMO
from ..names import is_name_taken
from .doorbell import DoorbellSteps
from .fields import TEXT, Input

DEMO_SCHEMA: Final = vol.Schema({vol.Required(CONF_NAME): TEXT})


class DemoSteps(DoorbellSteps):
    """The step for the demo."""

    async def async_step_demo(self, user_input: Input = None) -> ConfigFlowResult:
        """Add the doorbell that needs no hardware."""
        await self.async_set_unique_id(SOURCE_DEMO, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        errors: dict[str, str] = {}
        if user_input is not None:
            if not is_name_taken(self.hass, user_input[CONF_NAME]):
                self._data = {CONF_KIND: KIND_DOORBELL, CONF_SOURCE: SOURCE_DEMO}
                return self._create(user_input)
            errors[CONF_NAME] = "name_taken"
        name = await async_words(self.hass, "demo_name")
        return self.async_show_form(
            step_id="demo",
            data_schema=self.add_suggested_values_to_schema(
                DEMO_SCHEMA, user_input or {CONF_NAME: name}
            ),
            errors=errors,
        )
