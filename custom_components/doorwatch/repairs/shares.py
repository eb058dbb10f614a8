"""Fix issues of shares."""

from typing import Final, override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..admin_notices import async_words, problem_in_words
from ..const import DOMAIN
from ..domain.data import DATA
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import Outcome, Share
from ..flows.fields import Input
from ..issues import about_share
from .base import StepFlow

# More than a home ever shares.
_MOST_SHARES: Final = 100_000


class ReadFlow(StepFlow):
    """Show the state of a share; the text explains what to do.

    The issue itself names neither share nor agency, because every user can read it.
    """

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        if user_input is not None:
            return self.async_create_entry(data={})
        return self._form(words=await self._async_words())

    async def _async_share(self) -> Share | None:
        """Return the share of the issue, or None."""
        if (domain := self.hass.data.get(DATA)) is None:
            return None
        return next(
            (
                share
                for share in await domain.outbox.list(_MOST_SHARES)
                if about_share(share.share_id) == self.about["about"]
            ),
            None,
        )

    async def _async_words(self) -> dict[str, str]:
        """Return the placeholders that describe the share."""
        if (share := await self._async_share()) is None:
            return dict.fromkeys(
                ("agency", "day", "attempts", "problem", "outcome"), "–"
            )
        return {
            "agency": share.agency_name,
            "day": f"{dt_util.as_local(share.created_at):%Y-%m-%d}",
            "attempts": str(share.attempts),
            "problem": problem_in_words(share.problem or "cannot_connect"),
            "outcome": await _async_outcome(self.hass, share.outcome),
        }


class ShareFlow(ReadFlow):
    """Give up a share, and show what was already sent.

    There is no retry here: it would send a clip, and a repair flow does not prove which
    person asks for it. The card can retry.
    """

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        return self.async_show_menu(
            step_id="confirm",
            menu_options=["give_up"],
            description_placeholders=await self._async_words(),
        )

    async def async_step_give_up(self, user_input: Input = None) -> RepairsFlowResult:
        """Stop the share, then show what was already sent."""
        if user_input is not None:
            return self.async_create_entry(data={})
        domain = self._domain()
        try:
            user = domain.guard.person_of_request()
            found = await self._async_share()
            share = await domain.visible_shares.async_get(
                user, "" if found is None else found.share_id
            )
            share = await domain.share_ending.async_stop(user, share)
        except SharingError as err:
            if err.problem in {"too_late", "share_unknown"}:
                ir.async_delete_issue(self.hass, DOMAIN, self.issue_id)
                return self.async_abort(reason="over")
            return self.async_abort(
                reason="not_stopped",
                description_placeholders={"problem": problem_in_words(err.problem)},
            )
        return self._form(
            step_id="give_up",
            words={"outcome": await _async_outcome(self.hass, share.outcome)},
        )


async def _async_outcome(hass: HomeAssistant, outcome: object) -> str:
    """Return the translated outcome of a share."""
    return await async_words(hass, f"outcome_{outcome or Outcome.PART}")
