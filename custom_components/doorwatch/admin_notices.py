"""Show notices to administrators and everyone."""

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

# Characters with a meaning in Markdown, HTML or placeholders.
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:/])")


def plain(text: str) -> str:
    """Return an agency's text escaped, so that Markdown and links show as text."""
    return "\n".join(
        _MARKUP.sub(lambda found: f"&#{ord(found[1])};", line)
        for line in text.splitlines()
    )


@callback
def problem_in_words(problem: str) -> str:
    """Return the translated problem as a sentence; an unknown one is returned unchanged."""
    words = async_get_exception_message(DOMAIN, problem)
    # Home Assistant removes the full stop, but another sentence may follow.
    return words if words.endswith("?") else f"{words}."


async def async_words(
    hass: HomeAssistant, key: str, language: str | None = None
) -> str:
    """Return `common.<key>` of the translations, by default in the home's language."""
    words = await async_get_translations(
        hass, language or hass.config.language, "common", [DOMAIN]
    )
    return words.get(f"component.{DOMAIN}.common.{key}", key)


async def async_notify_administrators(
    hass: HomeAssistant, key: str, placeholders: Mapping[str, str] | None = None
) -> None:
    """Show a notification until somebody dismisses it.

    The text is `common.<key>` of the translations, in the home's language.
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
    """Show a security notice, and send it to everyone's phones.

    A notification in Home Assistant is not enough: the person who caused it could
    dismiss it.
    """
    await async_notify_administrators(hass, key, placeholders)
    async_dispatcher_send(hass, SIGNAL_SECURITY, key, dict(placeholders or {}), None)
