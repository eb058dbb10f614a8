"""What a person can do about a share, done from the issue."""

from typing import Any, override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from ..access.guard import person_of_request
from ..access.visible_shares import async_visible_share
from ..admin_notices import async_words, problem_in_words
from ..consent.ending import async_stop_share
from ..const import DOMAIN
from ..data import DATA
from ..engine.sharing.model import Outcome, SharingError
from .base import StepFlow


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
                "problem": self.problem(),
                "outcome": await _async_outcome(self.hass, self.about.get("outcome")),
            },
        )

    async def async_step_give_up(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Stop it, then say what is known of what had left."""
        if user_input is not None:
            return self.async_create_entry(data={})
        if DATA not in self.hass.data:
            return self.async_abort(reason="not_loaded")
        try:
            user = person_of_request(self.hass)
            share = await async_visible_share(
                self.hass, user, str(self.about["share_id"])
            )
            share = await async_stop_share(self.hass, user, share)
        except SharingError as err:
            if err.problem in {"too_late", "share_unknown"}:
                ir.async_delete_issue(self.hass, DOMAIN, self.issue_id)
                return self.async_abort(reason="over")
            return self.async_abort(
                reason="not_stopped",
                description_placeholders={"problem": problem_in_words(err.problem)},
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
