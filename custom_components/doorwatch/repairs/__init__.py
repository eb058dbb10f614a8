"""What a person can do about an issue, done from the issue."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from ..admin_notices import async_words, problem_in_words
from ..agencies.base import AgencyEntry
from ..const import CONF_PASSWORD, CONF_SOURCE, CONF_STREAM, DOMAIN, SOURCE_RTSP
from ..data import DATA
from ..discovery.followed import (
    CAMERA_DISABLED,
    CAMERA_MISSING,
    RECORDINGS_DISABLED,
    SOURCE_GONE,
)
from ..engine.doorbells.base import DoorbellError
from ..engine.sharing.model import Outcome, SharingError
from ..engine.sharing.outbox.outbox import Renewal
from ..flows.fields import form_errors
from ..flows.rtsp import SHOWN_DATA, STREAM_SCHEMA, async_changed_stream, unique_id_of
from ..issues import (
    AGENCY,
    CLIPS_SERVED,
    DISK_SCARCE,
    DOORBELL_SILENT,
    DOORBELL_UNREACHABLE,
    LIBRARY_NOT_MOVED,
    LIMIT_BEYOND,
    NOT_EVERY_BROWSER,
    RECORDINGS_MISSING,
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
    EntryFlow,
    RecordingsFlow,
    SourcesFlow,
    StreamFoundFlow,
    StreamLostFlow,
)


def _words(problem: object) -> str:
    """Say in words what a problem is; an unknown one keeps its name."""
    return problem_in_words(str(problem or "cannot_connect"))


class DoorbellFlow(EntryFlow):
    """Say why the doorbell is away; connect anew, or change its address or login."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        if (entry := self._entry()) is None:
            return self.async_abort(reason="not_loaded")
        choices = ["try_again"]
        if entry.data[CONF_SOURCE] == SOURCE_RTSP:
            choices.append("stream")
        return self.async_show_menu(
            step_id="confirm",
            menu_options=choices,
            description_placeholders={
                "name": doorbell_name(self.hass, entry),
                "problem": _words(self.about.get("problem")),
            },
        )

    async def async_step_try_again(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Connect anew; when that fails too, the issue comes back."""
        if (entry := self._entry()) is None:
            return self.async_abort(reason="not_loaded")
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})

    async def async_step_stream(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask for the address and the login, and try them."""
        if (entry := self._entry()) is None:
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


class CodecFlow(EntryFlow):
    """Explain what H.265 means for whoever watches, and do not say it again."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        if (entry := self._entry()) is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            async_codec_understood(self.hass, entry)
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders=self.placeholders(),
        )


class AgencyFlow(EntryFlow):
    """Fetch the agency's document once, before it is time."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        entry: AgencyEntry | None = self._entry()
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

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        return self.async_show_menu(
            step_id="confirm",
            menu_options=["give_up"],
            description_placeholders={
                **self.placeholders(),
                "problem": _words(self.about.get("problem")),
                "outcome": await _async_outcome(self.hass, self.about.get("outcome")),
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
            share = await domain.outbox.cancel(str(self.about["share_id"]))
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
                "outcome": await _async_outcome(self.hass, self.about.get("outcome")),
            },
        )


async def _async_outcome(hass: HomeAssistant, outcome: object) -> str:
    """Say in words what left this home with a share."""
    return await async_words(hass, f"outcome_{outcome or Outcome.PART}")


# What each issue is about, by its key, and the flow that mends it.
_FLOWS: Final[Mapping[str, type[StepFlow]]] = {
    "disk_full": FullFlow,
    DISK_SCARCE.kind: RoomFlow,
    LIMIT_BEYOND.kind: RoomFlow,
    "folder_not_writable": FolderFlow,
    "ledger_unusable": FolderFlow,
    "library_missing": MissingFlow,
    "ledger_damaged": LedgerFlow,
    CLIPS_SERVED.kind: ServedFlow,
    LIBRARY_NOT_MOVED.kind: MoveFlow,
    AGENCY.kind: AgencyFlow,
    NOT_EVERY_BROWSER.kind: CodecFlow,
    CAMERA_MISSING: CameraFlow,
    CAMERA_DISABLED: CameraFlow,
    STREAM_FOUND.kind: StreamFoundFlow,
    STREAM_LOST.kind: StreamLostFlow,
    RECORDINGS_DISABLED: RecordingsFlow,
    SOURCE_GONE: SourcesFlow,
    DOORBELL_UNREACHABLE.kind: DoorbellFlow,
    DOORBELL_SILENT.kind: DoorbellFlow,
    RECORDINGS_MISSING.kind: DoorbellFlow,
    "share_failed": ShareFlow,
    "share_stuck": ShareFlow,
    "share_needs_new_tap": NewTapFlow,
}


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Choose the flow by what the issue is about; core gives it the issue's data.

    The key stands in the data; without it, it is the id, less the entry that it names.
    """
    data = data or {}
    key = data.get("key") or issue_id.removesuffix(f"_{data.get('entry_id')}")
    return _FLOWS.get(str(key), ConfirmRepairFlow)()
