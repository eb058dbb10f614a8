"""How long clips are kept: the fields, and the step that says what would go now."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
import voluptuous as vol

from ..const import CONF_KEEP, GIGABYTE
from ..engine.clips.library import LibraryError
from ..engine.clips.model import ANY, REASONS, Retention, Usage
from ..engine.sharing.model import SharingError
from ..household.household import MAINTENANCE, async_get_domain, retention
from .fields import number

STEP: Final = "keep_less"
_DAYS: Final = {vol.Optional(reason.value): number(0, 3650, "d") for reason in REASONS}
# For all doorbells; how long the rest is kept is asked beside it.
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
    """Return options whose days are as before when nothing was said of them."""
    kept = options.pop(CONF_KEEP, before.get(CONF_KEEP))
    return {**options, CONF_KEEP: kept} if kept else options


async def async_ask_whether_less(
    flow: ConfigFlow | OptionsFlow, wished: Retention
) -> ConfigFlowResult | None:
    """Return the step that says what goes by these rules, None when nothing more does."""
    less = await async_what_goes(flow.hass, wished)
    if less is None:
        return None
    return flow.async_show_form(
        step_id=STEP,
        data_schema=vol.Schema({}),
        errors=less.errors,
        description_placeholders=less.told,
    )


class Less(NamedTuple):
    """What a form says of clips that go."""

    told: dict[str, str]
    errors: dict[str, str]


async def async_what_goes(hass: HomeAssistant, wished: Retention) -> Less | None:
    """Return what goes by these rules, None when nothing more does than by those of now."""
    before = retention(hass)
    if wished == before:
        return None
    try:
        domain = await async_get_domain(hass)
        now = (await hass.data[MAINTENANCE].tidying.async_time()).now
        going = await domain.library.would_go(wished, now)
        if not going or going == await domain.library.would_go(before, now):
            return None
        return Less(_told(going), {})
    except LibraryError, SharingError:
        return Less(dict.fromkeys(_told({}), "–"), {"base": "not_counted"})


def _told(going: Mapping[str, Usage]) -> dict[str, str]:
    """Return how many clips go and what they take, in all and by what they are."""
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
    """Return a size in GB, of little in MB."""
    if size < GIGABYTE:
        return f"{size / 1e6:.0f} MB"
    return f"{size / GIGABYTE:.1f} GB"
