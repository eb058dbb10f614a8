"""Provide the texts of notifications in each person's language."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from homeassistant.auth import EVENT_USER_ADDED, EVENT_USER_REMOVED
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..core_interfaces import async_user_store
from ..following import Follower

_TRANSLATIONS: Final = Path(__file__).parents[1] / "translations"
# Where the frontend stores the profile's language.
_CHOICE: Final = "language"


class NotificationTexts(Follower):
    """The texts, loaded in advance so that a ring does not wait for the disk."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without texts."""
        self._hass = hass
        self._written: frozenset[str] = frozenset()
        self._words: dict[str, Mapping[str, str]] = {}
        # The home's language, used until a person's language is loaded.
        self._usual: Mapping[str, str] = {}
        # The language that each person chose, as stored by the frontend.
        self._chosen: dict[str, dict[str, Any]] = {}
        self._unfollow: dict[str, Callable[[], None]] = {}

    async def async_start(self) -> None:
        """Load the languages of the home and its people, and follow changes."""
        self._written = await self._hass.async_add_executor_job(
            lambda: frozenset(path.stem for path in _TRANSLATIONS.glob("*.json"))
        )
        listen = self._hass.bus.async_listen
        self._stops = [
            listen(EVENT_CORE_CONFIG_UPDATE, self._async_read_usual),
            listen(EVENT_USER_ADDED, self._on_user_added),
            listen(EVENT_USER_REMOVED, self._on_user_removed),
            self._unfollow_all,
        ]
        await self._async_read_usual()
        await asyncio.gather(
            *(
                self._async_follow(user.id)
                for user in await self._hass.auth.async_get_users()
            )
        )

    @callback
    def _unfollow_all(self) -> None:
        while self._unfollow:
            self._unfollow.popitem()[1]()

    @callback
    def of(self, user_id: str) -> Mapping[str, str]:
        """Return the texts for a person, by their key in `common` of the translations."""
        return self._words.get(self.language_of(user_id), self._usual)

    @property
    def _at_home(self) -> str:
        return self._one_of_ours(self._hass.config.language) or "en"

    @callback
    def language_of(self, user_id: str) -> str:
        """Return the language of a person's texts."""
        chosen = self._chosen.get(user_id, {}).get(_CHOICE)
        # A logged-in user may store any value there.
        language = chosen.get("language") if isinstance(chosen, dict) else None
        return self._one_of_ours(language) or self._at_home

    @callback
    def _one_of_ours(self, language: object) -> str | None:
        """Return the available language that fits the chosen one, or None."""
        if not isinstance(language, str):
            return None
        names = (language, language.split("-", maxsplit=1)[0])
        return next((name for name in names if name in self._written), None)

    async def _async_read_usual(self, _event: Event | None = None) -> None:
        self._usual = await self._async_read(self._at_home)

    async def _async_read(self, language: str) -> Mapping[str, str]:
        if language in self._words:
            return self._words[language]
        found = await async_get_translations(self._hass, language, "common", [DOMAIN])
        words = {key.rpartition(".")[2]: text for key, text in found.items()}
        self._words[language] = words
        return words

    async def _async_follow(self, user_id: str) -> None:
        try:
            store = await async_user_store(self._hass, user_id)
        except HomeAssistantError, NotImplementedError, KeyError, TypeError:
            return  # from a newer frontend, or damaged; use the home's language
        chosen: object = store.data  # stored data may have any shape
        if not isinstance(chosen, dict):
            return
        self._chosen[user_id] = chosen

        @callback
        def changed() -> None:
            self._hass.async_create_task(
                self._async_read(self.language_of(user_id)), "doorwatch words"
            )

        self._unfollow[user_id] = store.async_subscribe(_CHOICE, changed)
        await self._async_read(self.language_of(user_id))

    async def _on_user_added(self, event: Event[Any]) -> None:
        await self._async_follow(event.data["user_id"])

    @callback
    def _on_user_removed(self, event: Event[Any]) -> None:
        user_id = event.data["user_id"]
        self._chosen.pop(user_id, None)
        if unfollow := self._unfollow.pop(user_id, None):
            unfollow()
