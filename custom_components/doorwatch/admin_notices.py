"""Words to the household about what it should know."""

from collections.abc import Mapping
import re
from typing import Final

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.translation import (
    async_get_exception_message,
    async_get_translations,
)

from .const import DOMAIN
from .signals import SIGNAL_SECURITY

# What Markdown, HTML or a translation's placeholder would read as its own.
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:/])")


def plain(text: str) -> str:
    """Return words of an agency so that they show as they are, links included."""
    return "\n".join(
        _MARKUP.sub(lambda found: f"&#{ord(found[1])};", line)
        for line in text.splitlines()
    )


@callback
def problem_in_words(problem: str) -> str:
    """Say in a sentence what a problem is; an unknown one keeps its name."""
    words = async_get_exception_message(DOMAIN, problem)
    # Home Assistant takes the full stop away; another sentence may follow.
    return words if words.endswith("?") else f"{words}."


async def async_words(
    hass: HomeAssistant, key: str, language: str | None = None
) -> str:
    """Return `common.<key>` of the translations, in a language or that of the home."""
    words = await async_get_translations(
        hass, language or hass.config.language, "common", [DOMAIN]
    )
    return words.get(f"component.{DOMAIN}.common.{key}", key)


async def async_notify_administrators(
    hass: HomeAssistant, key: str, placeholders: Mapping[str, str] | None = None
) -> None:
    """Show a notification that stays until somebody dismisses it.

    The words are `common.<key>` of the translations, in the language of the home.
    """
    text = await async_words(hass, key)
    persistent_notification.async_create(
        hass,
        text.format(
            **{name: plain(value) for name, value in (placeholders or {}).items()}
        ),
        title=await async_words(hass, "notification_title"),
    )


async def async_tell_everyone(
    hass: HomeAssistant, key: str, placeholders: Mapping[str, str] | None = None
) -> None:
    """Show what concerns everyone's safety, and send it to everyone's phones.

    A notification in Home Assistant alone could be dismissed by whoever caused it.
    """
    await async_notify_administrators(hass, key, placeholders)
    async_dispatcher_send(hass, SIGNAL_SECURITY, key, dict(placeholders or {}), None)
