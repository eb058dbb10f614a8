"""Proposals: anything may propose a share, only a person's tap makes one.

A proposal holds ids and a time, lasts a week, and moves nothing out of the house.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import secrets
from typing import NotRequired, TypedDict

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.storage import Store
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
from homeassistant.util.signal_type import SignalType

from ..const import DOMAIN
from ..engine.clips.model import Clip

STORAGE_VERSION = 1
LIFETIME = timedelta(days=7)
# A loop in an automation must fill neither the disk nor the dialog.
MOST = 50
NOTIFICATION_ID = "doorwatch_proposals"


class StoredProposal(TypedDict):
    """A proposal as JSON: what is stored and what the card gets."""

    proposal_id: str
    clip_id: str
    doorbell_id: str
    agency_id: str | None
    at: str
    by: str
    user_id: NotRequired[str | None]  # not in what was stored before it was kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """One clip that something proposed to share.

    `by` is the kind of caller, `user_id` whose login or token it used, if any.
    """

    clip_id: str
    doorbell_id: str
    agency_id: str | None
    by: str
    user_id: str | None = None
    at: datetime = field(default_factory=dt_util.utcnow)
    proposal_id: str = field(default_factory=lambda: secrets.token_hex(16))

    @classmethod
    def from_dict(cls, stored: StoredProposal) -> Proposal:
        """Read one back."""
        return cls(
            proposal_id=stored["proposal_id"],
            clip_id=stored["clip_id"],
            doorbell_id=stored["doorbell_id"],
            agency_id=stored["agency_id"],
            at=datetime.fromisoformat(stored["at"]),
            by=stored["by"],
            user_id=stored.get("user_id"),
        )

    def as_dict(self) -> StoredProposal:
        """Write it as JSON."""
        return StoredProposal(
            proposal_id=self.proposal_id,
            clip_id=self.clip_id,
            doorbell_id=self.doorbell_id,
            agency_id=self.agency_id,
            at=self.at.isoformat(),
            by=self.by,
            user_id=self.user_id,
        )


# A proposal came (True) or went (False).
SIGNAL_PROPOSAL: SignalType[Proposal, bool] = SignalType(f"{DOMAIN}_proposal")


class Proposals:
    """All open proposals, durable; the newest come last."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Load nothing yet."""
        self._hass = hass
        self._store = Store[list[StoredProposal]](
            hass,
            STORAGE_VERSION,
            f"{DOMAIN}.proposals",
            private=True,
            atomic_writes=True,
        )
        self._lock = asyncio.Lock()
        self._loaded = False
        self._all: list[Proposal] = []

    async def async_list(self) -> list[Proposal]:
        """Return those that are not too old."""
        async with self._lock:
            await self._async_load()
            return list(self._all)

    async def async_add(
        self, clip: Clip, *, agency_id: str | None, by: str, user_id: str | None = None
    ) -> tuple[Proposal, bool]:
        """Store a proposal, durable when this returns, and whether it is a new one.

        The same clip for the same agency is proposed once.
        """
        async with self._lock:
            await self._async_load()
            for known in self._all:
                if (known.clip_id, known.agency_id) == (clip.clip_id, agency_id):
                    return known, False
            proposal = Proposal(
                clip_id=clip.clip_id,
                doorbell_id=clip.doorbell_id,
                agency_id=agency_id,
                by=by,
                user_id=user_id,
            )
            await self._async_keep([*self._all, proposal][-MOST:])
        return proposal, True

    async def async_remove(self, unwanted: Callable[[Proposal], bool]) -> bool:
        """Remove proposals that were dismissed, shared, or whose clip is gone."""
        async with self._lock:
            await self._async_load()
            kept = [proposal for proposal in self._all if not unwanted(proposal)]
            if len(kept) == len(self._all):
                return False
            await self._async_keep(kept)
        return True

    async def async_forget(self) -> None:
        """Remove all, and what is stored: Doorwatch is being removed."""
        async with self._lock:
            await self._async_load()
            if self._all:
                await self._async_keep([])
            await self._store.async_remove()

    async def _async_load(self) -> None:
        """Read what was stored, once; what is too old goes whenever this is called."""
        if not self._loaded:
            stored = await self._store.async_load()
            self._all = [Proposal.from_dict(each) for each in stored or ()]
            self._loaded = True
        oldest = dt_util.utcnow() - LIFETIME
        self._all = [proposal for proposal in self._all if proposal.at > oldest]

    async def _async_keep(self, proposals: list[Proposal]) -> None:
        """Store them, tell the cards, and keep the notification true."""
        before, self._all = self._all, proposals
        await self._store.async_save([proposal.as_dict() for proposal in proposals])
        for gone in before:
            if gone not in proposals:
                async_dispatcher_send(self._hass, SIGNAL_PROPOSAL, gone, False)
        for new in proposals:
            if new not in before:
                async_dispatcher_send(self._hass, SIGNAL_PROPOSAL, new, True)
        if not proposals:
            persistent_notification.async_dismiss(self._hass, NOTIFICATION_ID)
            return
        # Everybody who logs in sees notifications: it names no doorbell and no clip.
        words = await async_get_translations(
            self._hass, self._hass.config.language, "common", {DOMAIN}
        )
        persistent_notification.async_create(
            self._hass,
            words[f"component.{DOMAIN}.common.proposal_message"],
            words[f"component.{DOMAIN}.common.proposal_title"],
            NOTIFICATION_ID,
        )
