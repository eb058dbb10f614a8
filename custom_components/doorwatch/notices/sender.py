"""Sends messages to the phones of people, and counts what the makers pass on."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
import logging
import sys
from typing import Final

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..core_interfaces import async_push
from ..paths import PANEL
from ..people.people import people
from ..people.wishes import Level
from .message import Message, payload
from .phones import SAME_NAME, Phone, phones_of
from .waiting import WaitingNotices
from .words import NotificationTexts

_LOGGER = logging.getLogger(__name__)

# The apps' makers pass on so many messages a day to each phone; the rest is for rings.
RELAY_DAY: Final = 500
KEPT_FOR_RINGS: Final = 150


@dataclass(frozen=True, kw_only=True, slots=True)
class SendFailure:
    """When a message to a phone did not go out, and core's own words for why."""

    at: datetime
    words: str


def can_reach(phone: Phone, *, rang: bool) -> bool:
    """Whether a message can go to a phone; without buttons and pictures only a ring does."""
    return phone.problem is None or (rang and phone.problem == SAME_NAME)


class NotificationSender:
    """The way out. What core tells of a failure is kept until a message went out."""

    def __init__(self, hass: HomeAssistant, waiting: WaitingNotices) -> None:
        """Send nothing yet."""
        self._hass = hass
        self.words = NotificationTexts(hass)
        self._waiting = waiting
        self._failures: dict[str, SendFailure] = {}
        # By phone and tag: what is under way.
        self._sending: defaultdict[tuple[str, str], set[asyncio.Task[None]]] = (
            defaultdict(set)
        )

    @callback
    def failure_of(self, phone: Phone) -> SendFailure | None:
        """Return why the last message to a phone did not go out, if it did not."""
        return self._failures.get(phone.phone_id)

    @callback
    def send(
        self,
        user: User,
        about: Callable[[Phone], Message],
        *,
        rang: bool = False,
        still: Callable[[], bool] = lambda: True,
    ) -> None:
        """Send a message to each phone of a person that can be reached.

        `still` is asked once more of a message that had to wait for another.
        """
        silent = people(self._hass).wishes(user.id).get("silent_phones", [])
        for phone in phones_of(self._hass, user.id):
            if phone.phone_id in silent or not can_reach(phone, rang=rang):
                continue
            if not self._count(phone, rang=rang):
                continue
            self._send(phone, about(phone), still)

    @callback
    def send_to(self, phone: Phone, message: Message) -> None:
        """Send a message to one phone."""
        self._send(phone, message, lambda: True)

    @callback
    def _send(self, phone: Phone, message: Message, still: Callable[[], bool]) -> None:
        """Send at once, but for what takes the place of another: behind that."""
        key = (phone.phone_id, message.tag)
        before = set(self._sending[key]) if message.again else set()
        task = self._hass.async_create_background_task(
            self._async_send(phone, message, before, still), "doorwatch notice"
        )
        self._sending[key].add(task)

        @callback
        def over(_task: asyncio.Task[None]) -> None:
            self._sending[key].discard(task)
            if not self._sending[key]:
                del self._sending[key]

        task.add_done_callback(over)

    async def async_test(self, phone: Phone) -> None:
        """Send one message, whatever was wished. Raises `HomeAssistantError`."""
        words = self.words.of(phone.user_id)
        message = Message(
            title="Doorwatch",
            text=words["notice_test"],
            tag="doorwatch-test",
            page=PANEL,
            channel=words["notice_channel_on"],
            level=Level.ON,
        )
        # The phone's action only logs what its maker's server answers.
        await self._async_call(phone, message, plain=phone.entity_id is not None)

    @callback
    def _count(self, phone: Phone, *, rang: bool) -> bool:
        """Count a message; False when the rest of the day's is kept for rings."""
        # A ring is sent beyond the limit, too: it may be another's mistake.
        most = sys.maxsize if rang else RELAY_DAY - KEPT_FOR_RINGS
        return self._waiting.count(phone.phone_id, most)

    async def _async_send(
        self,
        phone: Phone,
        message: Message,
        before: set[asyncio.Task[None]],
        still: Callable[[], bool],
    ) -> None:
        if before:
            await asyncio.wait(before)
            # By now its action may lead to another phone, or nowhere.
            if phone not in phones_of(self._hass, phone.user_id) or not still():
                return
        try:
            await self._async_call(phone, message)
        except HomeAssistantError as err:
            _LOGGER.warning("A notification didn't reach the phone %s", phone.name)
            _LOGGER.debug("It was: %s", err)

    async def _async_call(
        self, phone: Phone, message: Message, *, plain: bool = False
    ) -> None:
        action, data = phone.service, payload(message, phone)
        words = {"title": message.title, "message": message.text}
        # Of two phones with one name, the action would reach the other.
        same_name = phone.problem == SAME_NAME
        if plain or same_name:
            action, data = "send_message", {"entity_id": phone.entity_id, **words}
        try:
            if same_name and phone.entity_id is None:
                await async_push(self._hass, phone.phone_id, **words)
            else:
                await self._hass.services.async_call(
                    "notify", action, data, blocking=True
                )
        except Exception as err:
            # Also what core does not foresee: an answer that is no JSON, a phone that
            # is unloaded at this moment.
            self._failures[phone.phone_id] = SendFailure(
                at=dt_util.utcnow(), words=str(err)
            )
            if isinstance(err, HomeAssistantError):
                raise
            raise HomeAssistantError(f"{type(err).__name__}: {err}") from err
        self._failures.pop(phone.phone_id, None)
