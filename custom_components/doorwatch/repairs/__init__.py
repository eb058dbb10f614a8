"""What a person can do about an issue, done from the issue."""

from contextlib import suppress
from typing import Any, Final, override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from ..admin_notices import async_words, problem_in_words
from ..agencies.base import AgencyEntry
from ..const import CONF_PASSWORD, CONF_SOURCE, CONF_STREAM, DOMAIN, SOURCE_RTSP
from ..data import DATA
from ..discovery.followed import CAMERA_ISSUES, RECORDINGS_DISABLED, SOURCE_GONE
from ..engine.doorbells.base import DoorbellError
from ..engine.sharing.model import Outcome, SharingError
from ..engine.sharing.outbox.outbox import Renewal
from ..flows.fields import form_errors
from ..flows.rtsp import SHOWN_DATA, STREAM_SCHEMA, async_changed_stream, unique_id_of
from ..household.library_care import DISK_SCARCE, LIMIT_BEYOND
from ..household.library_move import ISSUE as MOVE_ISSUE
from ..issues import (
    AGENCY_ISSUE,
    CODEC_ISSUE,
    SERVED_ISSUE,
    STREAM_FOUND,
    STREAM_LOST,
    async_codec_understood,
)
from ..names import doorbell_name
from .library import (
    FolderFlow,
    FullFlow,
    LedgerFlow,
    MissingFlow,
    MoveFlow,
    RoomFlow,
    ServedFlow,
    StepFlow,
)
from .linked import (
    CameraFlow,
    RecordingsFlow,
    SourcesFlow,
    StreamFoundFlow,
    StreamLostFlow,
)

DISK_FULL: Final = "disk_full"
FOLDER_ISSUES: Final = {"folder_not_writable", "ledger_unusable"}
LIBRARY_MISSING: Final = "library_missing"
LEDGER_DAMAGED: Final = "ledger_damaged"


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Choose the flow by what the issue is about."""
    data = data or {}
    if issue_id == DISK_FULL:
        return FullFlow()
    if issue_id in (DISK_SCARCE, LIMIT_BEYOND):
        return RoomFlow()
    if issue_id in FOLDER_ISSUES:
        return FolderFlow()
    if issue_id == LIBRARY_MISSING:
        return MissingFlow()
    if issue_id == LEDGER_DAMAGED:
        return LedgerFlow()
    if issue_id == SERVED_ISSUE:
        return ServedFlow(str(data["safe"]))
    if issue_id == MOVE_ISSUE:
        return MoveFlow(data.get("folder"))
    if data.get("key") == AGENCY_ISSUE:
        return AgencyFlow(str(data["entry_id"]))
    if data.get("key") == CODEC_ISSUE:
        return CodecFlow(str(data["entry_id"]))
    if data.get("key") in CAMERA_ISSUES:
        return CameraFlow(str(data["entry_id"]))
    if data.get("key") == STREAM_FOUND:
        return StreamFoundFlow(str(data["entry_id"]))
    if data.get("key") == STREAM_LOST:
        return StreamLostFlow(str(data["entry_id"]))
    if data.get("key") == RECORDINGS_DISABLED:
        return RecordingsFlow(str(data["entry_id"]))
    if data.get("key") == SOURCE_GONE:
        return SourcesFlow(str(data["entry_id"]))
    if "entry_id" in data:
        return DoorbellFlow(str(data["entry_id"]), data.get("problem"))
    if data.get("key") in ("share_failed", "share_stuck"):
        return ShareFlow(
            str(data["share_id"]), data.get("problem"), data.get("outcome")
        )
    if data.get("key") == "share_needs_new_tap":
        return NewTapFlow(data.get("outcome"))
    return ConfirmRepairFlow()


def _words(problem: object) -> str:
    """Say in words what a problem is; an unknown one keeps its name."""
    return problem_in_words(str(problem or "cannot_connect"))


class DoorbellFlow(StepFlow):
    """Say why the doorbell is away; connect anew, or change its address or login."""

    def __init__(self, entry_id: str, problem: object) -> None:
        """Keep which doorbell it is."""
        self._entry_id = entry_id
        self._problem = problem

    def _entry(self) -> ConfigEntry | None:
        return self.hass.config_entries.async_get_entry(self._entry_id)

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        entry = self._entry()
        if entry is None:
            return self.async_abort(reason="not_loaded")
        choices = ["try_again"]
        if entry.data[CONF_SOURCE] == SOURCE_RTSP:
            choices.append("stream")
        return self.async_show_menu(
            step_id="confirm",
            menu_options=choices,
            description_placeholders={
                "name": doorbell_name(self.hass, entry),
                "problem": _words(self._problem),
            },
        )

    async def async_step_try_again(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Connect anew; when that fails too, the issue comes back."""
        entry = self._entry()
        if entry is None:
            return self.async_abort(reason="not_loaded")
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})

    async def async_step_stream(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask for the address and the login, and try them."""
        entry = self._entry()
        if entry is None:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                data = await async_changed_stream(entry, user_input)
            except DoorbellError as err:
                errors = form_errors(err)
            else:
                unique_id = unique_id_of(data[CONF_STREAM])
                entries = self.hass.config_entries
                other = entries.async_entry_for_domain_unique_id(DOMAIN, unique_id)
                if other is not None and other is not entry:
                    return self.async_abort(reason="already_configured")
                entries.async_update_entry(entry, data=data, unique_id=unique_id)
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
                return self.async_create_entry(data={})
        suggested = user_input or {key: entry.data.get(key) for key in SHOWN_DATA}
        return self.async_show_form(
            step_id="stream",
            data_schema=self.add_suggested_values_to_schema(
                STREAM_SCHEMA,
                {key: suggested[key] for key in suggested if key != CONF_PASSWORD},
            ),
            errors=errors,
            description_placeholders={"name": doorbell_name(self.hass, entry)},
        )


class CodecFlow(StepFlow):
    """Explain what H.265 means for whoever watches, and do not say it again."""

    def __init__(self, entry_id: str) -> None:
        """Keep which doorbell it is."""
        self._entry_id = entry_id

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            async_codec_understood(self.hass, entry)
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders=self.placeholders(),
        )


class AgencyFlow(StepFlow):
    """Fetch the agency's document once, before it is time."""

    def __init__(self, entry_id: str) -> None:
        """Keep which agency it is."""
        self._entry_id = entry_id

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        entry: AgencyEntry | None
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            # What cannot be written to the ledger was logged.
            with suppress(SharingError):
                if await entry.runtime_data.async_fetch() is Renewal.TRUSTED:
                    return self.async_create_entry(data={})
            errors["base"] = "still_there"
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=self.placeholders(),
        )


class ShareFlow(StepFlow):
    """Give a share up, and say what had left.

    To try it again would move a clip, and nothing tells here who asks for it: the card
    does that.
    """

    def __init__(self, share_id: str, problem: object, outcome: object) -> None:
        """Keep which share it is, and what is known of it."""
        self._share_id = share_id
        self._problem = problem
        self._outcome = outcome

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        return self.async_show_menu(
            step_id="confirm",
            menu_options=["give_up"],
            description_placeholders={
                **self.placeholders(),
                "problem": _words(self._problem),
                "outcome": await _async_outcome(self.hass, self._outcome),
            },
        )

    async def async_step_give_up(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Stop it, then say what is known of what had left."""
        if user_input is not None:
            return self.async_create_entry(data={})
        if (domain := self.hass.data.get(DATA)) is None:
            return self.async_abort(reason="not_loaded")
        try:
            share = await domain.outbox.cancel(self._share_id)
        except SharingError as err:
            if err.problem in {"too_late", "share_unknown"}:
                ir.async_delete_issue(self.hass, DOMAIN, self.issue_id)
                return self.async_abort(reason="over")
            return self.async_abort(
                reason="not_stopped",
                description_placeholders={"problem": _words(err.problem)},
            )
        return self.async_show_form(
            step_id="give_up",
            data_schema=vol.Schema({}),
            description_placeholders={
                "outcome": await _async_outcome(self.hass, share.outcome)
            },
        )


class NewTapFlow(StepFlow):
    """Say why a share stopped, and what had left; only a person can tap again."""

    def __init__(self, outcome: object) -> None:
        """Keep what is known of it."""
        self._outcome = outcome

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        if user_input is not None:
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={
                **self.placeholders(),
                "outcome": await _async_outcome(self.hass, self._outcome),
            },
        )


async def _async_outcome(hass: HomeAssistant, outcome: object) -> str:
    """Say in words what left this home with a share."""
    return await async_words(hass, f"outcome_{outcome or Outcome.PART}")
