"""Send messages to people's phones, within the daily limit of the push service."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
import logging
import sys
from typing import Final

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..core_interfaces import async_push
from ..people.people import People
from .message import Message, payload
from .phones import SAME_NAME, Phone, phones_of
from .waiting import WaitingNotices
from .words import NotificationTexts

_LOGGER = logging.getLogger(__name__)

# The push service of the apps relays this many messages a day to each phone; the rest
# is kept for rings.
RELAY_DAY: Final = 500
KEPT_FOR_RINGS: Final = 150


class NotificationSender:
    """Send messages to phones."""

    def __init__(
        self, hass: HomeAssistant, people: People, waiting: WaitingNotices
    ) -> None:
        """Create the sender."""
        self._hass = hass
        self._people = people
        self.words = NotificationTexts(hass)
        self._waiting = waiting
        # When the last message to each phone failed, if it did.
        self.failed_at: dict[str, datetime] = {}
        # The tasks that are sending, by phone and tag.
        self._sending: defaultdict[tuple[str, str], set[asyncio.Task[None]]] = (
            defaultdict(set)
        )

    @callback
    def send(
        self,
        user: User,
        about: Callable[[Phone], Message],
        *,
        rang: bool = False,
        still: Callable[[], bool] = lambda: True,
    ) -> None:
        """Send a message to each reachable phone of a person.

        `still` is checked again before sending a message that waited for another.
        """
        silent = self._people.wishes(user.id).get("silent_phones", [])
        for phone in phones_of(self._hass, user.id):
            # Only a ring is sent to phones with the same name.
            has_way = phone.problem is None or (rang and phone.problem == SAME_NAME)
            # Rings are sent beyond the limit too, because the count may be wrong.
            most = sys.maxsize if rang else RELAY_DAY - KEPT_FOR_RINGS
            if (
                has_way
                and phone.phone_id not in silent
                and self._waiting.count(phone.phone_id, most)
            ):
                self.send_to(phone, about(phone), still)

    @callback
    def send_to(
        self,
        phone: Phone,
        message: Message,
        still: Callable[[], bool] = lambda: True,
    ) -> None:
        """Send to one phone immediately, or after the message that this one replaces."""
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
        """Send a test message despite any settings.

        Raises `HomeAssistantError`.
        """
        words = self.words.of(phone.user_id)
        message = Message(
            text=words["notice_test"],
            tag="doorwatch-test",
            channel=words["notice_channel_on"],
        )
        # The phone's action only logs the push service's errors; the entity raises
        # them.
        await self._async_call(phone, message, plain=phone.entity_id is not None)

    async def _async_send(
        self,
        phone: Phone,
        message: Message,
        before: set[asyncio.Task[None]],
        still: Callable[[], bool],
    ) -> None:
        if before:
            await asyncio.wait(before)
            # The action may reach another phone by now, or none.
            if phone not in phones_of(self._hass, phone.user_id) or not still():
                return
        try:
            await self._async_call(phone, message)
        except HomeAssistantError as err:
            _LOGGER.warning("A notification didn't reach the phone %s", phone.name)
            _LOGGER.debug("The notify action failed: %s", err)

    async def _async_call(
        self, phone: Phone, message: Message, *, plain: bool = False
    ) -> None:
        action, data = phone.service, payload(message, phone)
        words = {"title": message.title, "message": message.text}
        # If two phones have the same name, the action would reach the other one.
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
            # Includes errors that core does not handle: an answer that is not JSON, a
            # phone that is being unloaded.
            self.failed_at[phone.phone_id] = dt_util.utcnow()
            if isinstance(err, HomeAssistantError):
                raise
            raise HomeAssistantError(f"{type(err).__name__}: {err}") from err
        self.failed_at.pop(phone.phone_id, None)
