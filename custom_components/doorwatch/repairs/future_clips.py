"""Correct the times of clips that were recorded while the clock was ahead."""

from typing import Any, Final, override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.helpers.selector import DateTimeSelector
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..access.guard import person_of_request
from ..actions.clip_times import async_correct_times, async_latest_time
from ..admin_notices import problem_in_words
from ..data import DATA
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from ..household.household import MAINTENANCE
from .base import StepFlow

CONF_RECORDED: Final = "recorded"


class FutureClipsFlow(StepFlow):
    """Ask when the newest of them was recorded, and move all of them by as much."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        domain, maintenance = self.hass.data.get(DATA), self.hass.data.get(MAINTENANCE)
        if domain is None or maintenance is None:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        try:
            if not (clips := await maintenance.future_clips.async_find()):
                await maintenance.future_clips.async_look()
                return self.async_abort(reason="over")
            newest = clips[0]
            if user_input is not None:
                recorded = dt_util.as_utc(
                    dt_util.parse_datetime(
                        user_input[CONF_RECORDED], raise_on_error=True
                    )
                )
                if recorded > dt_util.utcnow():
                    errors[CONF_RECORDED] = "still_future"
                else:
                    user = person_of_request(self.hass)
                    by = recorded - newest.started_at
                    await async_correct_times(self.hass, user, clips, by)
                    await maintenance.future_clips.async_look()
                    return self.async_create_entry(data={})
            latest = await async_latest_time(domain.ledger, newest)
        except (LibraryError, SharingError) as err:
            await maintenance.future_clips.async_look()
            return self.async_abort(
                reason="not_corrected",
                description_placeholders={"problem": problem_in_words(err.problem)},
            )
        suggested = f"{dt_util.as_local(latest):%Y-%m-%d %H:%M:%S}"
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Required(CONF_RECORDED): DateTimeSelector()}),
                user_input or {CONF_RECORDED: suggested},
            ),
            errors=errors,
            description_placeholders=self.placeholders(),
        )
