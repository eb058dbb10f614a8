"""The pages of the household's options: their fields and checks.

These are pages, not sections of one form, because core shows no error beside a field in
a section.
"""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..const import (
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_FIRST_TO_GO,
    CONF_FOLDER,
    CONF_IN_SIDEBAR,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_OPEN_TO_PLAYERS,
    CONF_PIN,
    CONF_PROXY,
    CONF_REQUESTS,
    CONF_SENDERS,
    CONF_SHARERS,
    DEFAULT_CANCEL_WINDOW,
    DEFAULT_KEEP_DAYS,
    DEFAULT_KEEP_GB,
    FIRST_MOTION,
    FIRST_OLDEST,
)
from ..engine.outside.errors import OutsideError
from ..engine.outside.proxy import Proxy, without_login
from ..engine.sharing.addresses import origin_of
from ..engine.sharing.errors import SharingError
from ..engine.sharing.tap.pin import hash_pin
from ..household.clip_folder import folder_problem, served_folders
from ..names import doorbell_names
from ..requests.positions import home_zone
from .asked import ASKED_SCHEMA, with_asked
from .fields import SECRET, TEXT, FieldError, Input, number
from .keeping import KEPT, with_kept
from .pin import CONF_CURRENT_PIN, CONF_PIN_UNKNOWN, pin_field

CONF_REMOVE_PIN: Final = "remove_pin"
SHORTEST_PIN: Final = 4
LONGEST_PIN: Final = 64
# Translations must not contain URLs.
EXAMPLE_ADDRESS: Final = "https://home.example.org:8443"
EXAMPLE_PROXY: Final = "http://user:password@proxy.example.org:3128"

LIMITS: Final[dict[vol.Marker, object]] = {
    vol.Required(CONF_KEEP_DAYS, default=DEFAULT_KEEP_DAYS): number(0, 3650, "d"),
    vol.Required(CONF_KEEP_GB, default=DEFAULT_KEEP_GB): number(0, 100_000, "GB"),
}
LIMITS_SCHEMA: Final = vol.Schema(LIMITS)

PAGES: Final = ("storage", "sharing", "pin", "requests", "more")


async def async_page_schema(
    hass: HomeAssistant, entry: ConfigEntry, page: str
) -> vol.Schema:
    """Return the fields of a page."""
    match page:
        case "storage":
            return vol.Schema(_STORAGE)
        case "sharing":
            return vol.Schema(await _async_sharing(hass, entry))
        case "pin":
            return vol.Schema(_PIN_SET if entry.options.get(CONF_PIN) else _NEW_PIN)
        case "requests":
            return ASKED_SCHEMA
        case _:
            return vol.Schema(_more(hass))


_STORAGE: Final[Mapping[vol.Marker, object]] = {
    **LIMITS,
    vol.Required(CONF_FIRST_TO_GO, default=FIRST_MOTION): SelectSelector(
        SelectSelectorConfig(
            options=[FIRST_MOTION, FIRST_OLDEST],
            mode=SelectSelectorMode.DROPDOWN,
            translation_key="first_to_go",
        )
    ),
    **KEPT,
    vol.Optional(CONF_FOLDER): TEXT,
}
_NEW_PIN: Final[Mapping[vol.Marker, object]] = {
    vol.Optional(CONF_PIN): TextSelector(
        TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password")
    )
}
_PIN_SET: Final[Mapping[vol.Marker, object]] = {
    vol.Optional(CONF_CURRENT_PIN): SECRET,
    **_NEW_PIN,
    vol.Required(CONF_REMOVE_PIN, default=False): BooleanSelector(),
    vol.Required(CONF_PIN_UNKNOWN, default=False): BooleanSelector(),
}


async def _async_sharing(
    hass: HomeAssistant, entry: ConfigEntry
) -> dict[vol.Marker, object]:
    """Return the fields; people are chosen among the users who can log in."""
    users = await hass.auth.async_get_users()

    def people(key: str) -> SelectSelector:
        chosen = entry.options.get(key, [])
        options = [
            SelectOptionDict(value=user.id, label=user.name or user.id)
            for user in users
            if user.id in chosen
            or (user.is_active and not user.system_generated and not user.is_admin)
        ]
        return SelectSelector(
            SelectSelectorConfig(
                options=options, multiple=True, mode=SelectSelectorMode.DROPDOWN
            )
        )

    return {
        vol.Required(CONF_SHARERS, default=[]): people(CONF_SHARERS),
        vol.Required(CONF_SENDERS, default=[]): people(CONF_SENDERS),
        vol.Required(CONF_CANCEL_WINDOW, default=DEFAULT_CANCEL_WINDOW): number(
            0, 300, "s"
        ),
        vol.Required(CONF_CLIENT_ADDRESSES, default=[]): TextSelector(
            TextSelectorConfig(multiple=True)
        ),
        **pin_field(hass),
    }


def _more(hass: HomeAssistant) -> dict[vol.Marker, object]:
    return {
        vol.Required(CONF_IN_SIDEBAR, default=True): BooleanSelector(),
        vol.Required(CONF_OPEN_TO_PLAYERS, default=[]): SelectSelector(
            SelectSelectorConfig(
                options=[
                    SelectOptionDict(value=doorbell_id, label=name)
                    for doorbell_id, name in doorbell_names(hass).items()
                ],
                multiple=True,
                mode=SelectSelectorMode.DROPDOWN,
            )
        ),
        vol.Optional(CONF_PROXY): TEXT,
        **pin_field(hass),
    }


async def async_check_page(
    hass: HomeAssistant, entry: ConfigEntry, page: str, user_input: dict[str, Any]
) -> dict[str, Any]:
    """Return the options to store, with those of other pages; raise `FieldError`."""
    before = dict(entry.options)
    match page:
        case "storage":
            before.pop(CONF_FOLDER, None)
            return await _async_check_storage(
                hass, with_kept({**before, **user_input}, entry.options)
            )
        case "sharing":
            return _check_sharing({**before, **user_input})
        case "pin":
            return await _async_check_pin(hass, before, user_input)
        case "requests":
            asked = {**before, CONF_REQUESTS: user_input}
            return with_asked(asked, before, home_zone(hass))
        case _:
            proxy = before.pop(CONF_PROXY, None)
            return _check_more({**before, **user_input}, proxy)


async def _async_check_storage(
    hass: HomeAssistant, options: dict[str, Any]
) -> dict[str, Any]:
    folder = (options.pop(CONF_FOLDER, None) or "").strip()
    if folder:
        options[CONF_FOLDER] = folder
        problem = await hass.async_add_executor_job(
            folder_problem, folder, served_folders(hass)
        )
        if problem is not None:
            raise FieldError(CONF_FOLDER, problem)
    return options


def _check_sharing(options: dict[str, Any]) -> dict[str, Any]:
    options.pop(CONF_CURRENT_PIN, None)
    addresses: list[str] = options[CONF_CLIENT_ADDRESSES]
    try:
        options[CONF_CLIENT_ADDRESSES] = sorted(
            {origin_of(each.strip()) for each in addresses}
        )
    except SharingError:
        raise FieldError(CONF_CLIENT_ADDRESSES, "client_address_invalid") from None
    return options


async def _async_check_pin(
    hass: HomeAssistant, options: dict[str, Any], user_input: dict[str, Any]
) -> dict[str, Any]:
    if pin := user_input.get(CONF_PIN):
        if not SHORTEST_PIN <= len(pin) <= LONGEST_PIN:
            raise FieldError(CONF_PIN, "pin_length")
        options[CONF_PIN] = await hass.async_add_executor_job(hash_pin, pin)
    elif user_input.get(CONF_REMOVE_PIN) or user_input.get(CONF_PIN_UNKNOWN):
        options.pop(CONF_PIN, None)
    return options


def _check_more(options: dict[str, Any], before: str | None) -> dict[str, Any]:
    options.pop(CONF_CURRENT_PIN, None)
    proxy = (options.pop(CONF_PROXY, None) or "").strip()
    if proxy:
        options[CONF_PROXY] = with_login(proxy, before)
        try:
            Proxy.parse(proxy)
        except OutsideError:
            raise FieldError(CONF_PROXY, "proxy_invalid") from None
    return options


def with_login(typed: str, before: str | None) -> str:
    """Keep the hidden credentials while the address is unchanged."""
    return before if before and typed.strip() == without_login(before) else typed


def filled_in_again(user_input: Input, before: Input) -> Input:
    """Return the input, with the hidden credentials of the earlier input."""
    if not user_input or not before or not (typed := user_input.get(CONF_PROXY)):
        return user_input
    return {**user_input, CONF_PROXY: with_login(typed, before.get(CONF_PROXY))}
