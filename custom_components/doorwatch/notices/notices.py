"""Notify people of events at the doorbells, by their own settings and on their phones."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.auth import EVENT_USER_REMOVED
from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_HOME
from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..access.permissions import may_view
from ..access.shown_clips import ShownClips
from ..access.users import Users
from ..engine.clips.model import Clip
from ..engine.doorbells.base import DoorbellEvent, EventKind
from ..following import Follower
from ..household.slots import Slots
from ..names import doorbell_names
from ..paths import CLIP_PAGE, PANEL, THUMBNAIL_PATH
from ..people.people import People
from ..people.wishes import (
    ALL,
    DOOR_KINDS,
    LEVELS,
    USUAL_PAUSE,
    Level,
    Wishes,
    is_quiet,
    level_of,
    wants_any,
)
from ..registry import camera_entity_id
from ..signals import SIGNAL_CLIP_SAVED, SIGNAL_EVENT
from .buttons import NotificationButtons
from .house import HouseNotices, defaults_of
from .message import Message, MessageButton
from .phones import Phone
from .presses import carry_out, may_run
from .sender import NotificationSender
from .visits import Visit, Visits
from .waiting import WaitingNotices

_LOGGER = logging.getLogger(__name__)

_HOME_ZONE: Final = "zone.home"
BUTTON_PRESSED: Final = "mobile_app_notification_action"
# Seconds that motion waits for a label, at doorbells that report labels.
LABEL_WAIT: Final = 3.0
# A clip from the manufacturer may come minutes later; older ones are not reported.
LATEST: Final = timedelta(minutes=30)


class Notices(Follower):
    """Notify people of the visits at all doorbells."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        users: Users,
        people: People,
        slots: Slots,
        shown_clips: ShownClips,
    ) -> None:
        """Create the parts without listening yet."""
        self._hass = hass
        self._users = users
        self._people = people
        self._visits = Visits()
        self._buttons = NotificationButtons()
        self.waiting = WaitingNotices(hass)
        self.sender = NotificationSender(hass, people, self.waiting)
        self.house = HouseNotices(
            hass,
            users=users,
            people=people,
            slots=slots,
            shown_clips=shown_clips,
            waiting=self.waiting,
            sender=self.sender,
        )
        # When each person was last notified of each doorbell, without rings.
        self._last: dict[tuple[str, str], datetime] = {}
        # Doorbells that have reported labels since Home Assistant started.
        self._says_labels: set[str] = set()

    async def async_start(self) -> None:
        """Load the texts and waiting messages, and start listening."""
        hass = self._hass
        self._stops = [self.house.stop, self.sender.words.stop]
        await self.sender.words.async_start()
        await self.waiting.async_load()
        self.house.start()
        self._stops = [
            *self._stops,
            hass.bus.async_listen(BUTTON_PRESSED, self._on_button),
            hass.bus.async_listen(EVENT_USER_REMOVED, self._on_user_removed),
            async_dispatcher_connect(hass, SIGNAL_EVENT, self._on_event),
            async_dispatcher_connect(hass, SIGNAL_CLIP_SAVED, self._on_clip),
        ]

    @callback
    def language_of(self, user: User | None) -> str | None:
        """Return the language of a person's texts, or None for no user."""
        return self.sender.words.language_of(user.id) if user else None

    @callback
    def _on_event(self, doorbell_id: str, event: DoorbellEvent) -> None:
        if event.labels:
            self._says_labels.add(doorbell_id)
        visit = self._visits.take(doorbell_id, event)
        if visit is None:
            return
        if (
            event.kind is EventKind.MOTION
            and visit.told_as == {"motion"}
            and doorbell_id in self._says_labels
        ):

            @callback
            def later(_now: datetime) -> None:
                self._tell(visit, event.at)

            async_call_later(self._hass, LABEL_WAIT, later)
            return
        self._tell(visit, event.at, rang=event.kind is EventKind.RING)

    @callback
    def _on_clip(self, clip: Clip) -> None:
        visit = self._visits.of_clip(clip)
        if visit is None or not self._is_loaded(clip.doorbell_id):
            return
        if dt_util.utcnow() - visit.alerted > LATEST:
            return
        told = dict(visit.told)
        self._tell(visit, visit.alerted, clip=clip)
        for user_id, level in told.items():
            if visit.told[user_id] is not level:
                continue  # the clip raised the level, and was part of that message
            user = self._users.get(user_id)

            # Settings and permission are checked again when sending: on a phone that no
            # longer shows the first message, this one would make a sound.
            def still(user: User | None = user) -> bool:
                return user is not None and (
                    self._level(user, visit, rang=False) is not Level.OFF
                )

            if user is not None and still():
                about = self._about(visit, level, clip, again=True)
                self.sender.send(user, about, still=still)

    @callback
    def _tell(
        self,
        visit: Visit,
        at: datetime,
        *,
        rang: bool = False,
        clip: Clip | None = None,
    ) -> None:
        """Notify each person at a ring, or if their level for this visit has risen."""
        if not self._is_loaded(visit.doorbell_id):
            return
        for user in self._users.all:
            level = self._level(user, visit, rang=rang)
            before = visit.told.get(user.id, Level.OFF)
            if not rang and LEVELS.index(level) <= LEVELS.index(before):
                continue
            if level is Level.OFF:
                continue
            visit.told[user.id] = level
            visit.alerted = max(visit.alerted, at)
            if not rang:
                self._last[user.id, visit.doorbell_id] = dt_util.utcnow()
            self.sender.send(user, self._about(visit, level, clip), rang=rang)

    @callback
    def _is_loaded(self, doorbell_id: str) -> bool:
        entry = self._hass.config_entries.async_get_entry(doorbell_id)
        return entry is not None and entry.state is ConfigEntryState.LOADED

    @callback
    def _level(self, user: User, visit: Visit, *, rang: bool) -> Level:
        """Return the level at which this person is notified of a visit now."""
        hass, defaults = self._hass, defaults_of(self._hass)
        if user.system_generated or not user.is_active:
            return Level.OFF
        wishes = self._people.wishes(user.id)
        if not wants_any(wishes, defaults):
            return Level.OFF
        level = level_of(wishes, defaults, visit.doorbell_id, visit.told_as)
        if level is Level.OFF or not may_view(hass, user, visit.doorbell_id):
            return Level.OFF
        now = dt_util.utcnow()
        if {visit.doorbell_id, ALL} & self._people.snoozed(user.id, now).keys():
            return Level.OFF
        if level is not Level.URGENT and is_quiet(wishes, dt_util.as_local(now)):
            return Level.OFF
        if self._is_at_home(user, wishes):
            return Level.OFF
        if not rang and user.id not in visit.told:
            pause = timedelta(minutes=wishes.get("pause", USUAL_PAUSE))
            last = self._last.get((user.id, visit.doorbell_id))
            if last is not None and now - last < pause:
                return Level.OFF
        return level

    @callback
    def _is_at_home(self, user: User, wishes: Wishes) -> bool:
        """Return whether this person wants no message because somebody is at home."""
        presence = wishes.get("presence", "always")
        return presence != "always" and any(
            _is_home(person)
            and (
                presence == "not_while_anybody"
                or person.attributes.get("user_id") == user.id
            )
            for person in self._hass.states.async_all("person")
        )

    @callback
    def _about(
        self, visit: Visit, level: Level, clip: Clip | None, *, again: bool = False
    ) -> Callable[[Phone], Message]:
        """Return a function that makes the message for each phone, with its own buttons."""
        kinds = visit.told_as
        first = next((kind for kind in DOOR_KINDS if kind in kinds), "motion")
        camera = camera_entity_id(self._hass, visit.doorbell_id)
        title = doorbell_names(self._hass).get(visit.doorbell_id, "Doorwatch")
        if clip is not None:
            opens, page = "notice_clip", CLIP_PAGE.format(clip.clip_id)
            picture: str | None = THUMBNAIL_PATH.format(clip.clip_id)
        else:
            opens, page = "notice_live", f"{PANEL}?doorbell={visit.doorbell_id}&live=1"
            picture = None if camera is None else f"/api/camera_proxy/{camera}"

        def about(phone: Phone) -> Message:
            words = self.sender.words.of(phone.user_id)
            choices = self._choices(phone, visit.doorbell_id)
            return Message(
                title=title,
                text=words[f"notice_{first}"],
                tag=f"doorwatch-{visit.key}",
                page=page,
                channel=words[f"notice_channel_{level}"],
                level=level,
                again=again,
                picture=picture,
                choices=(MessageButton(title=words[opens], page=page), *choices),
            )

        return about

    @callback
    def _choices(self, phone: Phone, doorbell_id: str) -> Iterable[MessageButton]:
        def make(title: str, script: str | None) -> MessageButton:
            action = self._buttons.make(phone, doorbell_id, script)
            return MessageButton(title=title, action=action)

        yield make(self.sender.words.of(phone.user_id)["notice_snooze"], None)
        user = self._users.get(phone.user_id)
        for button in defaults_of(self._hass).get("buttons", []):
            # Offer only scripts that exist and that the person may run.
            if user is not None and may_run(self._hass, user, button["script"]):
                yield make(button["name"], button["script"])

    @callback
    def _on_button(self, event: Event[Mapping[str, Any]]) -> None:
        if (button := self._buttons.press(event)) is not None:
            carry_out(self._hass, self._users, self._people, button)

    @callback
    def _on_user_removed(self, event: Event[Mapping[str, Any]]) -> None:
        user_id = event.data["user_id"]
        self._buttons.forget(user_id)
        for key in [each for each in self._last if each[0] == user_id]:
            del self._last[key]


def _is_home(person: State) -> bool:
    """Return whether a person is at home.

    The state is the name of the smallest zone. So a person in a zone within the home
    zone is at home, and a person in another zone called "home" is not.
    """
    if zones := person.attributes.get("in_zones"):
        return _HOME_ZONE in zones
    return person.state == STATE_HOME
