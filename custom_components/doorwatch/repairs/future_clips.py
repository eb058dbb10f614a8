"""Correct the times of clips that were recorded while the clock was ahead."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.helpers.selector import DateTimeSelector
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..access.household_changes import async_tell_changed
from ..actions.clip_times import async_correct_times, async_possible_times
from ..admin_notices import problem_in_words
from ..engine.clips.errors import LibraryError
from ..engine.clips.model import Clip
from ..engine.sharing.errors import SharingError
from ..flows.fields import Input
from ..flows.pin import CONF_CURRENT_PIN, async_check_pin, pin_errors, pin_field
from ..household.future_clips import local_time, told
from .base import StepFlow

CONF_RECORDED: Final = "recorded"


class FutureClipsFlow(StepFlow):
    """Ask when the newest of the clips was recorded, and shift all of them equally."""

    # The newest clip when the form was shown.
    _shown: str | None = None

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        domain = self._domain()
        maintenance = domain.maintenance
        errors: dict[str, str] = {}
        words: Mapping[str, str] = {}
        try:
            if not (clips := await maintenance.future_clips.async_find()):
                await maintenance.future_clips.async_look()
                return self.async_abort(reason="over")
            first, last = await async_possible_times(domain.ledger, clips[0])
            if user_input is not None:
                recorded = _at_home(user_input[CONF_RECORDED])
                errors = self._errors(clips, recorded, first)
                if not errors:
                    try:
                        await async_check_pin(
                            self.hass, user_input.get(CONF_CURRENT_PIN)
                        )
                    except SharingError as err:
                        errors = pin_errors(err)
                        words = err.placeholders
                    else:
                        user = domain.guard.person_of_request()
                        by = recorded - clips[0].started_at
                        await async_tell_changed(self.hass, "times_corrected")
                        # Oldest first, so that the newest is the same after a failure.
                        await async_correct_times(
                            self.hass, domain, user, clips[::-1], by
                        )
                        await maintenance.future_clips.async_look()
                        return self.async_create_entry(data={})
        except (LibraryError, SharingError) as err:
            await maintenance.future_clips.async_look()
            return self.async_abort(
                reason="not_corrected",
                description_placeholders={"problem": problem_in_words(err.problem)},
            )
        self._shown = clips[0].clip_id
        suggested = f"{dt_util.as_local(last):%Y-%m-%d %H:%M:%S}"
        typed = (user_input or {}).get(CONF_RECORDED, suggested)
        schema = vol.Schema(
            {vol.Required(CONF_RECORDED): DateTimeSelector(), **pin_field(self.hass)}
        )
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(
                schema, {CONF_RECORDED: typed}
            ),
            errors=errors,
            description_placeholders={
                **told(clips),
                "now": local_time(dt_util.utcnow()),
                "earliest": "–" if first is None else local_time(first),
                **words,
            },
        )

    def _errors(
        self, clips: Sequence[Clip], recorded: datetime, first: datetime | None
    ) -> dict[str, str]:
        """Return the errors of the entered recording time."""
        if clips[0].clip_id != self._shown:
            return {"base": "other_clip"}
        try:
            if recorded > dt_util.utcnow():
                return {CONF_RECORDED: "still_future"}
            if first is not None and recorded < first.replace(microsecond=0):
                return {CONF_RECORDED: "too_early"}
            clips[-1].started_at + (recorded - clips[0].started_at)
        except OverflowError:
            return {CONF_RECORDED: "too_early"}
        return {}


def _at_home(text: str) -> datetime:
    """Read a time, by default in the home's time zone."""
    moment = dt_util.parse_datetime(text, raise_on_error=True)
    return moment.replace(tzinfo=moment.tzinfo or dt_util.get_default_time_zone())
