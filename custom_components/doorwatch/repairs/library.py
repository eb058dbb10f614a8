"""Fix issues of the clips' folder and the ledger."""

from pathlib import Path
from typing import Any, override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..const import CONF_FOLDER, CONF_KEEP_DAYS, CONF_KEEP_GB, DOMAIN
from ..domain.closed import retention
from ..domain.data import DATA
from ..domain.opening import async_get_domain
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from ..flows.fields import Input
from ..flows.household_pages import LIMITS_SCHEMA
from ..flows.keeping import Less, async_check_less, async_tell_if_less, async_what_goes
from ..household.clip_folder import (
    folder_problem,
    is_writable,
    make_chosen,
    served_folders,
)
from ..household.folder_problems import async_folder_problem
from ..household.household import async_library_folder, household
from ..household.private import PrivateFolder
from .base import StepFlow


async def _async_opens(hass: HomeAssistant) -> bool:
    """Open the domain, reload waiting entries, and return whether it is open."""
    try:
        await async_get_domain(hass)
    except LibraryError, SharingError:
        return False
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.SETUP_RETRY:
            hass.config_entries.async_schedule_reload(entry.entry_id)
    return True


async def _async_writes(hass: HomeAssistant) -> bool:
    """Delete clips beyond the limits, and return whether the folder is writable."""
    if (domain := hass.data.get(DATA)) is not None:
        await domain.maintenance.tidying.async_tidy()
        # The check also frees space, and tests writing after a problem.
        writable = await domain.maintenance.async_check() is None
    else:
        writable = await hass.async_add_executor_job(
            is_writable, await async_library_folder(hass)
        )
    if not writable or not await _async_opens(hass):
        return False
    async_folder_problem(hass, "ok")
    return True


class FolderFlow(StepFlow):
    """Check whether the folder is writable now."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            if await _async_writes(self.hass):
                return self.async_create_entry(data={})
            errors["base"] = "still_there"
        return self._form(
            errors=errors, words={"folder": str(await async_library_folder(self.hass))}
        )


class FullFlow(StepFlow):
    """Empty the bin and check again, or reduce the limits."""

    _limits: dict[str, Any]
    _less: Less | None

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        return self.async_show_menu(
            step_id="confirm", menu_options=["try_again", "keep_less"]
        )

    async def async_step_try_again(self, user_input: Input = None) -> RepairsFlowResult:
        """Delete clips beyond the limits and those in the bin, and check the folder."""
        if await _async_writes(self.hass):
            return self.async_create_entry(data={})
        return self.async_abort(reason="still_there")

    async def async_step_keep_less(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask for the household's limits, and show which clips they would delete."""
        entry = self._household()
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
        self, user_input: Input = None
    ) -> RepairsFlowResult:
        """Change the limits after the person has seen which clips they delete."""
        entry = self._household()
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
    """Check for the clips' disk again, or start with an empty library."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        folder = await async_library_folder(self.hass)
        return self.async_show_menu(
            step_id="confirm",
            menu_options=["look_again", "begin_anew"],
            description_placeholders={"folder": str(folder)},
        )

    async def async_step_look_again(
        self, user_input: Input = None
    ) -> RepairsFlowResult:
        """Check for the library now."""
        domain = self.hass.data.get(DATA)
        missing = domain and await domain.maintenance.async_check() is not None
        if missing or not await _async_opens(self.hass):
            return self.async_abort(reason="still_missing")
        async_folder_problem(self.hass, "ok")
        return self.async_create_entry(data={})

    async def async_step_begin_anew(
        self, user_input: Input = None
    ) -> RepairsFlowResult:
        """Start with an empty library; clips that appear later are not deleted."""
        if DATA in self.hass.data:
            # The library is open and can only be replaced at a start.
            return self.async_abort(reason="restart_first")
        private = PrivateFolder(self.hass.config.config_dir)
        folder = await async_library_folder(self.hass)
        await self.hass.async_add_executor_job(private.note_library, folder, None)
        return await self.async_step_look_again()


class RoomFlow(FullFlow):
    """Reduce the limits before the disk is full."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        return await self.async_step_keep_less()

    @override
    async def async_step_try_again(self, user_input: Input = None) -> RepairsFlowResult:
        """Delete clips beyond the new limits, and check whether the issue is gone."""
        await _async_writes(self.hass)
        if ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id) is None:
            return self.async_create_entry(data={})
        return self.async_abort(reason="still_scarce")


class ClockFlow(StepFlow):
    """Accept the clock after a person confirms that it is right."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        domain = self._domain()
        if user_input is None:
            return self._form()
        domain.maintenance.tidying.clock.believe()
        self.hass.async_create_background_task(
            domain.maintenance.tidying.async_tidy(), "doorwatch retention"
        )
        return self.async_create_entry(data={})


class ServedFlow(StepFlow):
    """Choose a folder that Home Assistant does not serve, for the next start."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        safe = str(self.about["safe"])
        entry = self._household()
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
                # The issue remains until the restart.
                return self.async_abort(
                    reason="restart_now", description_placeholders={"safe": safe}
                )
            errors["base"] = problem
        return self._form(errors=errors)


class RestartFlow(StepFlow):
    """Restart Home Assistant to use the new folder."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        if user_input is None:
            return self._form()
        # Core checks the configuration first, and raises an error if it can't restart.
        await self.hass.services.async_call("homeassistant", "restart")
        return self.async_create_entry(data={})


class MoveFlow(StepFlow):
    """Try to move the clips again, or leave them in the old folder."""

    @property
    def _folder(self) -> Path:
        """The old folder."""
        return Path(str(self.about["folder"]))

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        return self.async_show_menu(
            step_id="confirm",
            menu_options=["try_again", "leave"],
            description_placeholders=self.placeholders(),
        )

    async def async_step_try_again(self, user_input: Input = None) -> RepairsFlowResult:
        """Try now; many clips are still being moved after the answer."""
        domain = self._domain()
        if await domain.maintenance.move.async_try(self._folder):
            return self.async_create_entry(data={})
        return self.async_abort(reason="still_there")

    async def async_step_leave(self, user_input: Input = None) -> RepairsFlowResult:
        """Explain the consequences, then stop looking for the clips in the old folder."""
        domain = self._domain()
        if user_input is None:
            return self._form(step_id="leave")
        await domain.maintenance.move.async_leave(self._folder)
        return self.async_create_entry(data={})


class LedgerFlow(StepFlow):
    """Set a damaged ledger aside without deleting it."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            if DATA not in self.hass.data:
                private = PrivateFolder(self.hass.config.config_dir)
                await self.hass.async_add_executor_job(private.set_ledger_aside)
            if await _async_opens(self.hass):
                async_folder_problem(self.hass, "ok")
                return self.async_create_entry(data={})
            errors["base"] = "still_there"
        return self._form(errors=errors)
