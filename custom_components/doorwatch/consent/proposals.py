"""Keep proposals: anything may propose a share, but only a person's tap makes one.

A proposal contains IDs and a time, lasts a week, and sends nothing. Its outcome is kept
for another week, for the person who made it.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter
import secrets
from typing import Any, Literal

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import (
    async_dispatcher_connect,
    async_dispatcher_send,
)
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.signal_type import SignalType

from ..admin_notices import async_words
from ..const import DOMAIN
from ..engine.clips.model import Clip
from ..following import Follower
from ..signals import SIGNAL_CLIP_CHANGED

STORAGE_VERSION = 1
LIFETIME = timedelta(days=7)
# Per user: a loop in an automation must not fill the disk or the dialog, and no user
# may displace the proposals of another.
MOST = 50
NOTIFICATION_ID = "doorwatch_proposals"


# Shared, dismissed by a person, or ended without a decision.
type Outcome = Literal["shared", "dismissed", "over"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A proposal to share one clip.

    `by` is the kind of caller, `user_id` the user whose login or token it used, if any.
    """

    clip_id: str
    doorbell_id: str
    agency_id: str | None
    by: str
    request_id: str | None = None  # the agency's request that the clip would answer
    user_id: str | None = None
    at: datetime = field(default_factory=dt_util.utcnow)
    proposal_id: str = field(default_factory=lambda: secrets.token_hex(16))
    became: Outcome | None = None
    ended_at: datetime | None = None

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Proposal:
        """Create a proposal from its stored form, also of another version."""
        known = {each.name for each in fields(cls)}
        values = {name: stored[name] for name in known & stored.keys()}
        for name in ("at", "ended_at"):
            if values.get(name):
                values[name] = datetime.fromisoformat(values[name])
        return cls(**values)

    def as_dict(self) -> dict[str, object]:
        """Return the form in which the proposal is stored."""
        stored = {**asdict(self), "at": self.at.isoformat()}
        if self.ended_at is None:
            del stored["became"], stored["ended_at"]
        else:
            stored["ended_at"] = self.ended_at.isoformat()
        return stored

    def ended(self, became: Outcome, at: datetime) -> Proposal:
        """Return this proposal as ended."""
        return replace(self, became=became, ended_at=at)


# A proposal was added (True) or ended (False).
SIGNAL_PROPOSAL: SignalType[Proposal, bool] = SignalType(f"{DOMAIN}_proposal")


class Proposals(Follower):
    """All open proposals and recent outcomes, kept across restarts; the newest come last."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize without loading the stored proposals."""
        self._hass = hass
        self._store = Store[list[dict[str, object]]](
            hass,
            STORAGE_VERSION,
            f"{DOMAIN}.proposals",
            private=True,
            atomic_writes=True,
        )
        self._lock = asyncio.Lock()
        self._loaded = False
        self._all: list[Proposal] = []

    @callback
    def start(self) -> None:
        """End proposals when their clip is deleted."""

        async def on_clip_changed(clip: Clip | str) -> None:
            if isinstance(clip, str):
                await self.async_end(lambda each: each.clip_id == clip, "over")

        self._stops = [
            async_dispatcher_connect(self._hass, SIGNAL_CLIP_CHANGED, on_clip_changed)
        ]

    async def async_list(self) -> list[Proposal]:
        """Return the open proposals."""
        async with self._lock:
            await self._async_load()
            return self._open

    async def async_own(self, user_id: str, clip_id: str) -> Proposal | None:
        """Return the last proposal of a clip by this user, whatever its outcome."""
        async with self._lock:
            await self._async_load()
            own = (
                each
                for each in self._all
                if (each.user_id, each.clip_id) == (user_id, clip_id)
            )
            return max(own, key=lambda each: each.at, default=None)

    async def async_add(self, proposal: Proposal) -> tuple[Proposal, bool]:
        """Store a proposal; return it or the same earlier one, and whether it is new.

        The proposal is on disk when this returns. A user can propose a clip only once
        for the same agency and request.
        """
        subject = attrgetter("clip_id", "agency_id", "request_id", "user_id")
        async with self._lock:
            await self._async_load()
            for known in self._open:
                if subject(known) == subject(proposal):
                    return known, False
            own = [each for each in self._open if each.user_id == proposal.user_id]
            too_many = own[: -MOST + 1] if len(own) >= MOST else []
            await self._async_keep(
                [*self._after(too_many.__contains__, "over"), proposal]
            )
        return proposal, True

    async def async_end(
        self, ends: Callable[[Proposal], bool], became: Outcome
    ) -> bool:
        """End proposals, and return whether any was open."""
        async with self._lock:
            await self._async_load()
            if not any(map(ends, self._open)):
                return False
            await self._async_keep(self._after(ends, became))
        return True

    async def async_forget(self) -> None:
        """Delete all proposals and the file, because Doorwatch is being removed."""
        async with self._lock:
            await self._async_load()
            if self._all:
                await self._async_keep([])
            await self._store.async_remove()

    async def _async_load(self) -> None:
        """Load the stored proposals once, and drop old ones at every call."""
        if not self._loaded:
            stored = await self._store.async_load()
            self._all = [Proposal.from_dict(each) for each in stored or ()]
            self._loaded = True
        oldest = dt_util.utcnow() - LIFETIME
        self._all = [
            proposal
            for proposal in self._after(lambda each: each.at <= oldest, "over")
            if proposal.ended_at is None or proposal.ended_at > oldest
        ]

    @property
    def _open(self) -> list[Proposal]:
        return [proposal for proposal in self._all if proposal.became is None]

    def _after(
        self, ends: Callable[[Proposal], bool], became: Outcome
    ) -> list[Proposal]:
        """Return all proposals after some of the open ones ended.

        Outcomes are kept only for proposals of a user, the last `MOST` for each.
        """
        now = dt_util.utcnow()
        after = [
            each.ended(became, max(each.at, min(now, each.at + LIFETIME)))
            if each.became is None and ends(each)
            else each
            for each in self._all
        ]
        ended: dict[str, list[Proposal]] = {}
        for each in after:
            if each.became is not None and each.user_id:
                ended.setdefault(each.user_id, []).append(each)
        return [
            each
            for each in after
            if each.became is None or each in ended.get(each.user_id or "", [])[-MOST:]
        ]

    async def _async_keep(self, proposals: list[Proposal]) -> None:
        """Store the proposals, and update the cards and the notification."""
        before, self._all = self._open, proposals
        await self._store.async_save([proposal.as_dict() for proposal in proposals])
        for gone in before:
            if gone not in self._open:
                async_dispatcher_send(self._hass, SIGNAL_PROPOSAL, gone, False)
        for new in self._open:
            if new not in before:
                async_dispatcher_send(self._hass, SIGNAL_PROPOSAL, new, True)
        if not self._open:
            persistent_notification.async_dismiss(self._hass, NOTIFICATION_ID)
            return
        # Everyone who logs in sees notifications, so this one names no doorbell and no
        # clip.
        persistent_notification.async_create(
            self._hass,
            await async_words(self._hass, "proposal_message"),
            await async_words(self._hass, "proposal_title"),
            NOTIFICATION_ID,
        )
