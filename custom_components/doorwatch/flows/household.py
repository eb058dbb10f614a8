"""The household's options: a menu of pages that are saved separately."""

from functools import partialmethod
from typing import Any

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.core import HomeAssistant

from .. import const
from ..access.household_changes import is_weaker, takes_only_the_pin
from ..admin_notices import async_words
from ..domain.closed import async_household_changes, retention
from ..domain.opening import async_get_household
from ..engine.outside.proxy import without_login
from ..engine.sharing.errors import SharingError
from ..household.clip_folder import default_folder, make_chosen, served_folders
from . import household_pages as pages
from .fields import FieldError, Input
from .keeping import STEP, Less, async_check_less, async_tell_if_less, async_what_goes
from .pin import CONF_CURRENT_PIN, CONF_PIN_UNKNOWN, async_verify_pin, pin_errors


async def _async_allow(
    hass: HomeAssistant,
    entry: ConfigEntry,
    user_input: dict[str, Any],
    options: dict[str, Any],
) -> None:
    """Verify the PIN if the change requires it; raise `SharingError` if that fails."""
    unknown = user_input.get(CONF_PIN_UNKNOWN, False)
    if unknown and not takes_only_the_pin(entry.options, options):
        raise SharingError("pin_unknown_alone")
    if not unknown and is_weaker(entry.options, options):
        await async_verify_pin(hass, user_input.get(CONF_CURRENT_PIN))


class HouseholdSteps(ConfigFlow):
    """The steps for the household."""

    async def async_step_import(self, import_data: dict[str, Any]) -> ConfigFlowResult:
        """Create the household's single entry, when the first flow requests it."""
        await self.async_set_unique_id(const.KIND_HOUSEHOLD, raise_on_progress=True)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(
            # The term that all texts use, to find it among the doorbells.
            title=await async_words(self.hass, "household"),
            data={const.CONF_KIND: const.KIND_HOUSEHOLD},
            # Notifications are on; entries created before this option stay quiet.
            options={const.CONF_NOTICES: {"on": True}},
        )


class HouseholdOptionsFlow(OptionsFlow):
    """Retention, sharing and other rules; all but the folder apply immediately."""

    _filled_in: Input = None
    _less: Less

    async def async_step_init(self, user_input: Input = None) -> ConfigFlowResult:
        """Show the menu of pages."""
        return self.async_show_menu(step_id="init", menu_options=pages.PAGES)

    async def async_step_keep_less(self, user_input: Input = None) -> ConfigFlowResult:
        """Save the page after the person has seen which clips it deletes."""
        if form := await async_check_less(self.hass, self._less, user_input):
            return self.async_show_form(step_id=STEP, **form)
        return await self._async_page("storage", self._filled_in, knows=True)

    async def _async_page(
        self, page: str, user_input: Input = None, *, knows: bool = False
    ) -> ConfigFlowResult:
        """Show a page, or check and save it.

        `knows` means that the person has seen which clips are deleted.
        """
        self._filled_in = user_input = pages.filled_in_again(
            user_input, self._filled_in
        )
        entry = self.config_entry
        errors: dict[str, str] = {}
        words: dict[str, str] = {}
        if user_input is not None:
            # The lock ensures that the compared options are the replaced ones. Nothing
            # is awaited between its release and storing the options.
            household = await async_get_household(self.hass)
            async with household.form_lock:
                before = entry.options
                try:
                    options = await pages.async_check_page(
                        self.hass, entry, page, user_input
                    )
                    await _async_allow(self.hass, entry, user_input, options)
                    wished = retention(self.hass, {entry.entry_id: options})
                    if not knows and (less := await async_what_goes(self.hass, wished)):
                        self._less = less
                        return self.async_show_form(
                            step_id=STEP, **less.form(self.hass)
                        )
                    changes = await async_household_changes(self.hass)
                    await changes.async_note(
                        entry.options,
                        options,
                        pin_unknown=user_input.get(CONF_PIN_UNKNOWN, False),
                    )
                except FieldError as err:
                    errors = {err.field: err.problem}
                except SharingError as err:
                    errors = pin_errors(err)
                    words = err.placeholders
                else:
                    await async_tell_if_less(self.hass, wished)
                    if folder := options.get(const.CONF_FOLDER):
                        await self.hass.async_add_executor_job(make_chosen, folder)
                    # The panel and repairs may have changed other options
                    # meanwhile.
                    newer = {
                        key: value
                        for key, value in entry.options.items()
                        if before.get(key) != value
                    }
                    return self.async_create_entry(data={**options, **newer})
        return await self._async_form(page, user_input, errors, words)

    async_step_storage = partialmethod(_async_page, "storage")
    async_step_sharing = partialmethod(_async_page, "sharing")
    async_step_pin = partialmethod(_async_page, "pin")
    async_step_requests = partialmethod(_async_page, "requests")
    async_step_more = partialmethod(_async_page, "more")

    async def _async_form(
        self,
        page: str,
        user_input: Input,
        errors: dict[str, str],
        words: dict[str, str],
    ) -> ConfigFlowResult:
        """Return the form with entered or stored values, without secrets."""
        stored = self.config_entry.options
        if page == "requests":
            stored = stored.get(const.CONF_REQUESTS, {})
        shown = dict(user_input or stored)
        for secret in (const.CONF_PIN, CONF_CURRENT_PIN):
            shown.pop(secret, None)
        if const.CONF_PROXY in shown:
            shown[const.CONF_PROXY] = without_login(shown[const.CONF_PROXY])
        default = await self.hass.async_add_executor_job(
            default_folder, self.hass.config.config_dir, served_folders(self.hass)
        )
        return self.async_show_form(
            step_id=page,
            data_schema=self.add_suggested_values_to_schema(
                await pages.async_page_schema(self.hass, self.config_entry, page), shown
            ),
            errors=errors,
            description_placeholders={
                "folder": str(default),
                "example": pages.EXAMPLE_ADDRESS,
                "proxy": pages.EXAMPLE_PROXY,
                **words,
            },
        )
