"""Notify people of news in the panel, and warn them of security changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
import time
from typing import Any, Final

from homeassistant.auth import EVENT_USER_REMOVED
from homeassistant.auth.models import User
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..access.permissions import may_share, may_view
from ..access.shown_clips import ShownClips
from ..access.users import Users
from ..access.visible_shares import may_see_share
from ..consent.proposals import SIGNAL_PROPOSAL, Proposal
from ..const import DOMAIN
from ..engine.sharing.model import Share, ShareState
from ..following import Follower
from ..household.household import household
from ..household.slots import Slots
from ..issues import AGENCY, RECEIPT, SHARE, WITHDRAWAL
from ..people.people import People
from ..people.wishes import (
    ALL,
    Defaults,
    Wishes,
    hour_of,
    quiet_until,
    read_defaults,
    wants_any,
    wants_of_house,
)
from ..requests.board import SIGNAL_REQUEST_MATCHED
from ..requests.concerns import Concern
from ..signals import SIGNAL_SECURITY, SIGNAL_SHARE_CHANGED
from ..timer import Timer
from .clashes import async_follow_clashes
from .message import HOUSE_TAG, Message
from .phones import Phone
from .sender import NotificationSender
from .waiting import WaitingNotices

# News within this time is one message.
HOUSE_PAUSE: Final = timedelta(minutes=1)
# The longest wait for a scheduled time of the home or for the hour that a person chose.
LONGEST_WAIT: Final = timedelta(days=2)
_WARN_AGAIN: Final = 1800.0  # seconds
# Issues about these are announced at the home's scheduled times, because an agency
# knows when it caused one.
_OF_AGENCIES: Final = tuple(
    f"{each.kind}_" for each in (AGENCY, SHARE, RECEIPT, WITHDRAWAL)
)


@callback
def defaults_of(hass: HomeAssistant) -> Defaults:
    """Return the household's notification settings."""
    return read_defaults(household(hass).notices)


@dataclass(eq=False, repr=False)
class HouseNotices(Follower):
    """Notify people of shares, proposals, requests, repairs and security changes."""

    hass: HomeAssistant
    users: Users
    people: People
    slots: Slots
    shown_clips: ShownClips
    waiting: WaitingNotices
    sender: NotificationSender
    _timer: Timer = field(init=False)
    # When each person was last notified.
    _told: dict[str, datetime] = field(default_factory=dict)
    # When each person was last warned, by subject.
    _warned: dict[tuple[str, str], float] = field(default_factory=dict)

    @callback
    def start(self) -> None:
        """Start listening."""
        hass = self.hass
        self._timer = Timer(hass)
        listen, connect = hass.bus.async_listen, partial(async_dispatcher_connect, hass)
        self._stops = [
            *async_follow_clashes(hass, self.users, self._tell_of_clash),
            listen(EVENT_USER_REMOVED, self._on_user_removed),
            listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, self._on_issue),
            connect(SIGNAL_SHARE_CHANGED, self._on_share),
            connect(SIGNAL_PROPOSAL, self._on_proposal),
            connect(SIGNAL_REQUEST_MATCHED, self._on_request),
            connect(SIGNAL_SECURITY, self._on_security),
            async_at_started(hass, self._send_due),
            self._timer.stop,
        ]

    @callback
    def tell(
        self, kind: str, concerned: Callable[[User], bool], *, at_once: bool = False
    ) -> None:
        """Notify the concerned people that there is news in the panel.

        All of these messages are the same, so none reveals its subject. Without
        `at_once` the time reveals nothing either: it is the home's next scheduled time,
        or the hour that the person chose.
        """
        now, defaults = dt_util.utcnow(), defaults_of(self.hass)
        for user in self.users.all:
            if user.system_generated or not user.is_active or not concerned(user):
                continue
            wishes = self.people.wishes(user.id)
            if wants_any(wishes, defaults) and wants_of_house(wishes, defaults, kind):
                due = now
                if not at_once:
                    due = hour_of(wishes, dt_util.as_local(now)) or self.slots.next
                self.waiting.add(user.id, due)
        self._send_due()

    @callback
    def _send_due(self, _hass: HomeAssistant | None = None) -> None:
        """Send the messages that are due, and schedule the next; quiet hours defer them."""
        now = dt_util.utcnow()
        users = {user.id: user for user in self.users.all}
        for user_id, due in list(self.waiting.due.items()):
            if due > now + LONGEST_WAIT:
                # The clock was ahead. Quiet hours and snoozes may defer the message
                # again.
                self.waiting.set(user_id, self.slots.next)
                continue
            if due > now:
                continue
            user = users.get(user_id)
            wishes = self.people.wishes(user_id)
            if user is None or not user.is_active:
                self.waiting.set(user_id, None)
            elif (later := self._held_until(user_id, wishes, now)) is not None:
                self.waiting.set(user_id, later)
            else:
                self.waiting.set(user_id, None)
                if wants_any(wishes, defaults_of(self.hass)):
                    self._told[user_id] = now
                    self.sender.send(user, self._message)
        self._timer.stop()
        if self.waiting.due:
            left = (min(self.waiting.due.values()) - now).total_seconds()
            self._timer.start(left, self._send_due)

    def _held_until(
        self, user_id: str, wishes: Wishes, now: datetime
    ) -> datetime | None:
        """Return until when a person must not be notified, or None."""
        snoozed = self.people.snoozed(user_id, now).get(ALL)
        quiet = quiet_until(wishes, dt_util.as_local(now))
        told = self._told.get(user_id)
        pause = (
            told + HOUSE_PAUSE if told and told <= now < told + HOUSE_PAUSE else None
        )
        return max((each for each in (snoozed, quiet, pause) if each), default=None)

    @callback
    def _message(self, phone: Phone) -> Message:
        words = self.sender.words.of(phone.user_id)
        return Message(
            text=words["notice_house"],
            tag=HOUSE_TAG,
            channel=words["notice_channel_house"],
            keeps=True,
        )

    @callback
    def _on_share(self, share: Share) -> None:
        if share.state is ShareState.DELIVERED and share.received_at is None:
            self.tell(
                "delivered",
                lambda user: may_see_share(self.hass, self.shown_clips, user, share),
            )

    @callback
    def _on_proposal(self, proposal: Proposal, came: bool) -> None:
        if came:
            self.tell(
                "proposal",
                lambda user: (
                    proposal.user_id != user.id
                    and may_share(self.hass, user, proposal.doorbell_id)
                ),
            )

    @callback
    def _on_request(self, concern: Concern) -> None:
        self.tell(
            "request",
            lambda user: (
                any(may_view(self.hass, user, one) for one in concern.clips)
                and concern.agency_id not in self.people.hidden_agencies(user.id)
            ),
        )

    @callback
    def _on_issue(self, event: Event[Any]) -> None:
        if event.data.get("domain") == DOMAIN and event.data.get("action") == "create":
            issue_id: str = event.data["issue_id"]
            self.tell(
                "trouble",
                lambda user: user.is_admin,
                at_once=not issue_id.startswith(_OF_AGENCIES),
            )

    @callback
    def _on_security(
        self, key: str, placeholders: dict[str, str], user_id: str | None
    ) -> None:
        """Notify a person, or everyone, immediately, whatever their settings."""
        for user in list(self.users.all):
            if user.system_generated or not user.is_active:
                continue
            if user_id not in (None, user.id):
                continue
            # Push services limit the messages of a day, and repeated changes could use
            # them up.
            now = time.monotonic()
            if now - self._warned.get((user.id, key), -_WARN_AGAIN) < _WARN_AGAIN:
                continue
            self._warned[user.id, key] = now
            text = self.sender.words.of(user.id)[key].format(**placeholders)
            about = partial(self._security_message, key, text)
            self.sender.send(user, about, rang=True)

    @callback
    def _security_message(self, key: str, text: str, phone: Phone) -> Message:
        channel = self.sender.words.of(phone.user_id)["notice_channel_on"]
        return Message(text=text, tag=f"doorwatch-{key}", channel=channel, keeps=True)

    @callback
    def _tell_of_clash(self, phone: Phone) -> None:
        """Explain on a phone why pictures and buttons are missing."""
        text = self.sender.words.of(phone.user_id)["notice_same_name"]
        self.sender.send_to(phone, self._security_message("same-name", text, phone))

    @callback
    def _on_user_removed(self, event: Event[Mapping[str, Any]]) -> None:
        self._told.pop(event.data["user_id"], None)
