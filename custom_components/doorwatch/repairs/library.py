"""What a person can do about the folder of the clips, done from the issue."""

from pathlib import Path
from typing import Any, override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from ..const import CONF_FOLDER, CONF_KEEP_DAYS, CONF_KEEP_GB, DOMAIN
from ..data import DATA
from ..engine.clips.library import LibraryError
from ..engine.sharing.model import SharingError
from ..flows.household_pages import LIMITS_SCHEMA
from ..flows.keeping import Less, async_check_less, async_tell_if_less, async_what_goes
from ..household.clip_folder import (
    folder_problem,
    is_writable,
    make_chosen,
    served_folders,
)
from ..household.folder_problems import async_folder_problem
from ..household.household import (
    MAINTENANCE,
    async_get_domain,
    async_library_folder,
    async_tidy,
    household,
    household_entry,
    retention,
)
from ..household.private import PrivateFolder
from .base import StepFlow


async def _async_opens(hass: HomeAssistant) -> bool:
    """Open the domain if that failed before, and load what waits for it."""
    try:
        await async_get_domain(hass)
    except LibraryError, SharingError:
        return False
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.SETUP_RETRY:
            hass.config_entries.async_schedule_reload(entry.entry_id)
    return True


async def _async_writes(hass: HomeAssistant) -> bool:
    """Make room within the limits, and look whether the folder can be written now."""
    domain, maintenance = hass.data.get(DATA), hass.data.get(MAINTENANCE)
    if domain is not None and maintenance is not None:
        await async_tidy(hass, domain)
        # It also makes room, and writes something after trouble.
        writable = await maintenance.async_check() is None
    else:
        writable = await hass.async_add_executor_job(
            is_writable, await async_library_folder(hass)
        )
    if not writable or not await _async_opens(hass):
        return False
    async_folder_problem(hass, "ok")
    return True


class FolderFlow(StepFlow):
    """Look whether the folder can be written now."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            if await _async_writes(self.hass):
                return self.async_create_entry(data={})
            errors["base"] = "still_there"
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders={
                "folder": str(await async_library_folder(self.hass))
            },
        )


class FullFlow(StepFlow):
    """Empty the bin and try again, or keep less from now on."""

    _limits: dict[str, Any]
    _less: Less | None

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        return self.async_show_menu(
            step_id="confirm", menu_options=["try_again", "keep_less"]
        )

    async def async_step_try_again(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Let go of what the limits and the bin hold, and look."""
        if await _async_writes(self.hass):
            return self.async_create_entry(data={})
        return self.async_abort(reason="still_there")

    async def async_step_keep_less(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask for limits of the household, and say what goes by them."""
        if (entry := household_entry(self.hass)) is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            self._limits = user_input
            wished = retention(
                self.hass, {entry.entry_id: {**entry.options, **user_input}}
            )
            self._less = await async_what_goes(self.hass, wished)
            if self._less is None:
                return await self.async_step_confirm_less({})
            return self.async_show_form(
                step_id="confirm_less", **self._less.form(self.hass)
            )
        now = household(self.hass)
        return self.async_show_form(
            step_id="keep_less",
            data_schema=self.add_suggested_values_to_schema(
                LIMITS_SCHEMA,
                {CONF_KEEP_DAYS: now.keep_days, CONF_KEEP_GB: now.keep_gb},
            ),
            description_placeholders=self.placeholders(),
        )

    async def async_step_confirm_less(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Change the limits, now that it is known what goes by them."""
        if (entry := household_entry(self.hass)) is None:
            return self.async_abort(reason="not_loaded")
        if self._less is not None:
            form = await async_check_less(self.hass, self._less, user_input)
            if form is not None:
                return self.async_show_form(step_id="confirm_less", **form)
        options = {**entry.options, **self._limits}
        wished = retention(self.hass, {entry.entry_id: options})
        await async_tell_if_less(self.hass, wished)
        self.hass.config_entries.async_update_entry(entry, options=options)
        return await self.async_step_try_again()


class MissingFlow(StepFlow):
    """Look for the disk of the clips again, or begin with an empty library."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        folder = await async_library_folder(self.hass)
        return self.async_show_menu(
            step_id="confirm",
            menu_options=["look_again", "begin_anew"],
            description_placeholders={"folder": str(folder)},
        )

    async def async_step_look_again(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Look now."""
        maintenance = self.hass.data.get(MAINTENANCE)
        if maintenance is not None and await maintenance.async_check() is not None:
            return self.async_abort(reason="still_missing")
        if not await _async_opens(self.hass):
            return self.async_abort(reason="still_missing")
        async_folder_problem(self.hass, "ok")
        return self.async_create_entry(data={})

    async def async_step_begin_anew(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Forget which library was there; what turns up again is not deleted."""
        if DATA in self.hass.data:
            # It is open: only a start can put another one in its place.
            return self.async_abort(reason="restart_first")
        private = PrivateFolder.of(self.hass.config.config_dir)
        folder = await async_library_folder(self.hass)
        await self.hass.async_add_executor_job(private.note_library, folder, None)
        return await self.async_step_look_again()


class RoomFlow(FullFlow):
    """Keep less from now on, before the disk is full."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        return await self.async_step_keep_less()

    @override
    async def async_step_try_again(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Let go of what is beyond the new limits, and look."""
        await _async_writes(self.hass)
        if ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id) is None:
            return self.async_create_entry(data={})
        return self.async_abort(reason="still_scarce")


class ClockFlow(StepFlow):
    """Take the clock at its word: a person says it is right."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        maintenance = self.hass.data.get(MAINTENANCE)
        if maintenance is None:
            return self.async_abort(reason="not_loaded")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders=self.placeholders(),
            )
        maintenance.tidying.clock.believe()
        self.hass.async_create_background_task(
            maintenance.tidying.async_tidy(), "doorwatch retention"
        )
        return self.async_create_entry(data={})


class ServedFlow(StepFlow):
    """Choose a folder that nobody serves, for the next start."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        safe = str(self.about["safe"])
        if (entry := household_entry(self.hass)) is None:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            problem = await self.hass.async_add_executor_job(
                folder_problem, safe, served_folders(self.hass)
            )
            if problem is None:
                await self.hass.async_add_executor_job(make_chosen, safe)
                self.hass.config_entries.async_update_entry(
                    entry, options={**entry.options, CONF_FOLDER: safe}
                )
                # The issue stays until it is over, which is after the restart.
                return self.async_abort(
                    reason="restart_now", description_placeholders={"safe": safe}
                )
            errors["base"] = problem
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=self.placeholders(),
        )


class RestartFlow(StepFlow):
    """Restart Home Assistant, so that the new folder is used."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders=self.placeholders(),
            )
        # Core checks the configuration first, and says so if it can't restart.
        await self.hass.services.async_call("homeassistant", "restart")
        return self.async_create_entry(data={})


class MoveFlow(StepFlow):
    """Try to move clips again, or leave them where they are."""

    @property
    def _folder(self) -> Path:
        """Where they are."""
        return Path(str(self.about["folder"]))

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        return self.async_show_menu(
            step_id="confirm",
            menu_options=["try_again", "leave"],
            description_placeholders=self.placeholders(),
        )

    async def async_step_try_again(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Look now; many clips go on moving after the answer."""
        if (maintenance := self.hass.data.get(MAINTENANCE)) is None:
            return self.async_abort(reason="not_loaded")
        if await maintenance.move.async_try(self._folder):
            return self.async_create_entry(data={})
        return self.async_abort(reason="still_there")

    async def async_step_leave(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Say what that means, then look for them no more."""
        if (maintenance := self.hass.data.get(MAINTENANCE)) is None:
            return self.async_abort(reason="not_loaded")
        if user_input is None:
            return self.async_show_form(
                step_id="leave",
                data_schema=vol.Schema({}),
                description_placeholders=self.placeholders(),
            )
        await maintenance.move.async_leave(self._folder)
        return self.async_create_entry(data={})


class LedgerFlow(StepFlow):
    """Set a damaged ledger aside; nothing of it is thrown away."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            if DATA not in self.hass.data:
                private = PrivateFolder.of(self.hass.config.config_dir)
                await self.hass.async_add_executor_job(private.set_ledger_aside)
            if await _async_opens(self.hass):
                async_folder_problem(self.hass, "ok")
                return self.async_create_entry(data={})
            errors["base"] = "still_there"
        return self.async_show_form(
            step_id="confirm", data_schema=vol.Schema({}), errors=errors
        )
