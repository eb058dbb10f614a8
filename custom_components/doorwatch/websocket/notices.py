"""Get and change a person's notification settings."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypedDict

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..access.permissions import may_view
from ..admin_notices import async_tell_everyone
from ..const import CONF_NOTICES
from ..domain.data import HouseholdData
from ..domain.opening import async_get_domain
from ..engine.sharing.errors import SharingError
from ..household.household import household, household_entry
from ..notices.phones import Phone, phones_of
from ..notices.sender import NotificationSender
from ..people.wishes import (
    ALL,
    DEFAULTS,
    USUAL,
    WISHES,
    Defaults,
    Wishes,
    read_defaults,
)
from .decorators import Call, with_household
from .inputs import ID


class NoticePhone(TypedDict):
    """A phone of the person."""

    phone_id: str
    name: str
    # Why it cannot be notified: same_name, no_push, not_loaded.
    problem: str | None
    # When the last message to it failed, or None.
    failed_at: str | None


class NoticesJson(TypedDict):
    """The notification settings and the phones of a person."""

    wishes: Wishes
    # The household's settings, for people without their own.
    defaults: Defaults
    # The level of each kind that neither the person nor the household has set.
    usual: Mapping[str, str]
    phones: list[NoticePhone]
    # The end of each snooze, by doorbell or "all".
    snoozed: dict[str, str]
    # Whether a person entity belongs to this account; without it, presence is unknown.
    has_person: bool
    may_set_defaults: bool


@with_household.command("doorwatch/notices")
async def get_notices(call: Call[HouseholdData]) -> NoticesJson:
    """Return this person's notification settings and phones."""
    return _notices(call)


@with_household.command("doorwatch/notices/save", {vol.Required("wishes"): WISHES})
async def save_notices(call: Call[HouseholdData]) -> NoticesJson:
    """Store this person's notification settings."""
    # The account may have been removed while its page was open.
    if await call.hass.auth.async_get_user(call.user.id) is None:
        raise SharingError("not_allowed")
    call.data.people.wish(call.user.id, call.msg["wishes"])
    await call.data.people.async_settle()
    return _notices(call)


@with_household.command(
    "doorwatch/notices/snooze",
    {
        vol.Optional("doorbell_id"): ID,
        # 0 ends the snooze.
        vol.Required("minutes"): vol.All(int, vol.Range(min=0, max=7 * 24 * 60)),
    },
)
async def snooze(call: Call[HouseholdData]) -> NoticesJson:
    """Snooze this person's notifications of one doorbell, or all of them."""
    doorbell_id: str = call.msg.get("doorbell_id", ALL)
    if doorbell_id != ALL and not may_view(call.hass, call.user, doorbell_id):
        raise SharingError("doorbell_unknown")
    call.data.people.snooze(
        call.user.id,
        doorbell_id,
        dt_util.utcnow() + timedelta(minutes=call.msg["minutes"]),
    )
    await call.data.people.async_settle()
    return _notices(call)


@with_household.command("doorwatch/notices/test", {vol.Required("phone_id"): ID})
async def send_test(call: Call[HouseholdData]) -> None:
    """Send a test message to a phone of this person."""
    phones = phones_of(call.hass, call.user.id)
    phone = next((one for one in phones if one.phone_id == call.msg["phone_id"]), None)
    if phone is None:
        raise SharingError("phone_unknown")
    if phone.problem is not None:
        raise SharingError(f"phone_{phone.problem}")
    try:
        await call.data.notices.sender.async_test(phone)
    except HomeAssistantError as err:
        raise SharingError("phone_failed") from err


@with_household.command(
    "doorwatch/notices/defaults", {vol.Required("defaults"): DEFAULTS}, admin=True
)
async def save_defaults(call: Call[HouseholdData]) -> NoticesJson:
    """Store the household's default notification settings."""
    hass, data, msg = call.hass, call.data, call.msg
    if (entry := household_entry(hass)) is None:
        raise SharingError("no_household")
    # Requires a person, whose name is sent to everyone if all notifications are turned
    # off.
    try:
        user = data.guard.person_at(call.connection)
    except SharingError:
        ledger = (await async_get_domain(hass)).ledger
        user = await data.guard.async_person(ledger, call.connection, "notices")
    silenced = household(hass).notices.get("never")
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_NOTICES: msg["defaults"]}
    )
    if msg["defaults"].get("never") and not silenced:
        name = user.name or user.id
        await async_tell_everyone(hass, "notices_off", {"name": name})
    return _notices(call)


@callback
def _notices(call: Call[HouseholdData]) -> NoticesJson:
    hass, data, user = call.hass, call.data, call.user
    return {
        "wishes": data.people.wishes(user.id),
        "defaults": read_defaults(household(hass).notices),
        "usual": {kind: level.value for kind, level in USUAL.items()},
        "phones": [
            _phone(data.notices.sender, phone) for phone in phones_of(hass, user.id)
        ],
        "snoozed": {
            doorbell_id: until.isoformat()
            for doorbell_id, until in data.people.snoozed(
                user.id, dt_util.utcnow()
            ).items()
            if doorbell_id == ALL or may_view(hass, user, doorbell_id)
        },
        "has_person": any(
            person.attributes.get("user_id") == user.id
            for person in hass.states.async_all("person")
        ),
        "may_set_defaults": user.is_admin,
    }


@callback
def _phone(sender: NotificationSender, phone: Phone) -> NoticePhone:
    failed_at = sender.failed_at.get(phone.phone_id)
    return {
        "phone_id": phone.phone_id,
        "name": phone.name,
        "problem": phone.problem,
        "failed_at": None if failed_at is None else failed_at.isoformat(),
    }


COMMANDS = (get_notices, save_notices, snooze, send_test, save_defaults)
