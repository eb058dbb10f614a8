"""Fix issues of addresses at which people log in."""

from typing import override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..access.unknown_pages import async_show_unknown_pages, async_unknown_pages
from ..const import CONF_CLIENT_ADDRESSES
from ..domain.closed import async_household_changes
from ..domain.opening import async_get_household
from ..engine.sharing.errors import SharingError
from ..flows.fields import Input
from ..flows.pin import CONF_CURRENT_PIN, async_verify_pin, pin_errors, pin_field
from .base import StepFlow


class PagesFlow(StepFlow):
    """Let an administrator choose which addresses belong to this home."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        entry = self._household()
        addresses = (await async_get_household(self.hass)).home_addresses
        errors: dict[str, str] = {}
        words: dict[str, str] = {}
        if user_input is not None:
            listed = set(entry.options.get(CONF_CLIENT_ADDRESSES, ()))
            listed |= set(user_input[CONF_CLIENT_ADDRESSES])
            options = {**entry.options, CONF_CLIENT_ADDRESSES: sorted(listed)}
            try:
                await async_verify_pin(self.hass, user_input.get(CONF_CURRENT_PIN))
                changes = await async_household_changes(self.hass)
                await changes.async_note(entry.options, options)
            except SharingError as err:
                errors = pin_errors(err)
                words = err.placeholders
            else:
                # Other forms may have been saved meanwhile.
                self.hass.config_entries.async_update_entry(
                    entry,
                    options={**entry.options, CONF_CLIENT_ADDRESSES: sorted(listed)},
                )
                await async_show_unknown_pages(self.hass, addresses)
                return self.async_create_entry(data={})
        found = await async_unknown_pages(self.hass, addresses)
        choices = [
            SelectOptionDict(
                value=address, label=f"{address} ({', '.join(sorted(names))})"
            )
            for address, names in sorted(found.items())
        ]
        schema = vol.Schema(
            {
                vol.Required(CONF_CLIENT_ADDRESSES, default=[]): SelectSelector(
                    SelectSelectorConfig(
                        options=choices, multiple=True, mode=SelectSelectorMode.LIST
                    )
                )
            }
        )
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(schema, user_input).extend(
                pin_field(self.hass)
            ),
            errors=errors,
            description_placeholders={**self.placeholders(), **words},
        )
