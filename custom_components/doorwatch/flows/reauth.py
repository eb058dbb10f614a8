"""Ask for credentials or an upload code again."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult
import voluptuous as vol

from ..const import CONF_USERNAME
from ..engine.clips.errors import LibraryError
from ..engine.doorbells.base import DoorbellError
from ..engine.sharing.errors import SharingError
from ..names import doorbell_name
from .fields import form_errors

type Take = Callable[[ConfigEntry, Mapping[str, Any]], Awaitable[ConfigFlowResult]]


class ReauthSteps(ConfigFlow):
    """The reauth form for all kinds of entries."""

    async def _async_reauth(
        self,
        step_id: str,
        schema: vol.Schema,
        user_input: Mapping[str, Any] | None,
        take: Take,
    ) -> ConfigFlowResult:
        """Show the form until `take` accepts the input."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                return await take(entry, user_input)
            except DoorbellError as err:
                errors = form_errors(err, schema)
            except (SharingError, LibraryError) as err:
                errors["base"] = err.problem
        username = (user_input or entry.data).get(CONF_USERNAME)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, {CONF_USERNAME: username}
            ),
            errors=errors,
            description_placeholders={"name": doorbell_name(self.hass, entry)},
        )
