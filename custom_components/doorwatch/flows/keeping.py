"""Fields for retention, and the step that shows which clips would be deleted."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple, TypedDict

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
import voluptuous as vol

from ..access.guard import by_requester
from ..access.household_changes import async_tell_changed
from ..const import CONF_KEEP, GIGABYTE
from ..domain.closed import retention
from ..domain.opening import async_get_domain
from ..engine.clips.errors import LibraryError
from ..engine.clips.model import ANY, REASONS, RetentionPolicy, Usage
from ..engine.sharing.errors import SharingError
from ..household.kept import keeps_less
from .fields import number
from .pin import (
    CONF_CURRENT_PIN,
    async_check_pin,
    async_is_closed,
    pin_errors,
    pin_field,
)

STEP: Final = "keep_less"
_DAYS: Final = {vol.Optional(reason.value): number(0, 3650, "d") for reason in REASONS}
# For all doorbells, beside the field for all other clips.
KEPT: Final[Mapping[vol.Marker, object]] = {
    vol.Optional(CONF_KEEP): section(vol.Schema(_DAYS), {"collapsed": True})
}
KEPT_OF_DOORBELL: Final[Mapping[vol.Marker, object]] = {
    vol.Optional(CONF_KEEP): section(
        vol.Schema({vol.Optional(ANY): number(0, 3650, "d"), **_DAYS}),
        {"collapsed": True},
    )
}


def with_kept(options: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return options that keep the previous days if the form did not ask for them."""
    kept = options.pop(CONF_KEEP, before.get(CONF_KEEP))
    return {**options, CONF_KEEP: kept} if kept else options


class Form(TypedDict):
    """The arguments of a form."""

    data_schema: vol.Schema
    errors: dict[str, str]
    description_placeholders: dict[str, str]


class Less(NamedTuple):
    """The placeholders and errors of a form about clips that would be deleted."""

    told: dict[str, str]
    errors: dict[str, str]

    def form(self, hass: HomeAssistant) -> Form:
        """Return the form, which asks for the PIN if there is one."""
        return {
            "data_schema": vol.Schema(pin_field(hass)),
            "errors": self.errors,
            "description_placeholders": self.told,
        }


async def async_check_less(
    hass: HomeAssistant, less: Less, user_input: Mapping[str, Any] | None
) -> Form | None:
    """Return the form again while the PIN is missing or wrong."""
    try:
        await async_check_pin(hass, (user_input or {}).get(CONF_CURRENT_PIN))
    except SharingError as err:
        told = {**less.told, **err.placeholders}
        return Less(told, pin_errors(err)).form(hass)
    return None


async def async_tell_if_less(hass: HomeAssistant, wished: RetentionPolicy) -> None:
    """Tell everyone that less is kept, before the options change."""
    if keeps_less(retention(hass), wished):
        # Reducing retention must work on a full disk, where nothing can be written.
        with suppress(LibraryError, SharingError):
            domain = await async_get_domain(hass)
            line = {"changed": [CONF_KEEP], **by_requester()}
            await domain.ledger.append("settings_changed", line)
        await async_tell_changed(hass, "keeps_less")


async def async_what_goes(hass: HomeAssistant, wished: RetentionPolicy) -> Less | None:
    """Return the clips that these rules would delete, or None if no more than now.

    If there is a PIN, the form is also shown when less is kept but nothing is deleted
    yet.
    """
    before = retention(hass)
    if wished == before:
        return None
    takes_pin = keeps_less(before, wished) and (
        pin_field(hass) or await async_is_closed(hass)
    )
    try:
        domain = await async_get_domain(hass)
        now = (await domain.maintenance.tidying.async_time()).now
        going = await domain.library.would_go(wished, now)
        if not takes_pin and (
            not going or going == await domain.library.would_go(before, now)
        ):
            return None
        return Less(_told(going), {})
    except LibraryError, SharingError:
        return Less(dict.fromkeys(_told({}), "–"), {"base": "not_counted"})


def _told(going: Mapping[str, Usage]) -> dict[str, str]:
    """Return the number and size of the clips, in total and by reason."""
    none = Usage(clips=0, bytes=0)
    told = {
        "clips": str(sum(each.clips for each in going.values())),
        "size": _size(sum(each.bytes for each in going.values())),
    }
    for reason in REASONS:
        usage = going.get(reason, none)
        told[reason.value] = str(usage.clips)
        told[f"{reason.value}_size"] = _size(usage.bytes)
    return told


def _size(size: int) -> str:
    """Return a size in GB, or in MB if it is small."""
    if size < GIGABYTE:
        return f"{size / 1e6:.0f} MB"
    return f"{size / GIGABYTE:.1f} GB"
