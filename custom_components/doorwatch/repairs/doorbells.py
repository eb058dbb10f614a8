"""Fix issues of doorbells."""

from typing import override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.config_entries import ConfigEntry

from ..admin_notices import problem_in_words
from ..const import CONF_PASSWORD, CONF_SOURCE, CONF_STREAM, DOMAIN, SOURCE_RTSP
from ..engine.doorbells.base import DoorbellError
from ..flows.fields import Input, form_errors
from ..flows.rtsp import SHOWN_DATA, STREAM_SCHEMA, async_changed_stream, unique_id_of
from ..issues import async_codec_understood
from ..names import doorbell_name
from .base import ConfirmFlow, EntryFlow


class DoorbellFlow(EntryFlow):
    """Explain why the doorbell is unavailable; reload it or change its settings."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        entry = self._entry()
        choices = ["try_again"]
        if entry.data[CONF_SOURCE] == SOURCE_RTSP:
            choices.append("stream")
        return self.async_show_menu(
            step_id="confirm",
            menu_options=choices,
            description_placeholders={
                "name": doorbell_name(self.hass, entry),
                "problem": problem_in_words(
                    str(self.about.get("problem") or "cannot_connect")
                ),
            },
        )

    async def async_step_stream(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask for address and credentials, and test them."""
        entry = self._entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                data = await async_changed_stream(entry, user_input)
            except DoorbellError as err:
                errors = form_errors(err, STREAM_SCHEMA)
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


class CodecFlow(ConfirmFlow):
    """Explain the consequences of H.265 for viewers, and do not show the issue again."""

    @override
    async def _async_confirmed(self, entry: ConfigEntry) -> None:
        async_codec_understood(self.hass, entry)
