"""The household's options."""

import asyncio
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.core import Context, HomeAssistant
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
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.hass_dict import HassKey
import voluptuous as vol

from ..access.guard import caller_of
from ..access.household_changes import async_note_changes, is_weaker, takes_only_the_pin
from ..access.parts import pin_gate
from ..const import (
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_FIRST_TO_GO,
    CONF_FOLDER,
    CONF_IN_SIDEBAR,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_KIND,
    CONF_NOTICES,
    CONF_OPEN_TO_PLAYERS,
    CONF_PIN,
    CONF_PROXY,
    CONF_SHARERS,
    DEFAULT_CANCEL_WINDOW,
    DEFAULT_KEEP_DAYS,
    DEFAULT_KEEP_GB,
    DOMAIN,
    FIRST_MOTION,
    FIRST_OLDEST,
    KIND_HOUSEHOLD,
)
from ..data import DATA
from ..engine.outside.door import OutsideError
from ..engine.outside.proxy import Proxy, without_login
from ..engine.sharing.addresses import origin_of
from ..engine.sharing.errors import SharingError
from ..engine.sharing.tap.pin import hash_pin
from ..household.clip_folder import (
    default_folder,
    folder_problem,
    make_chosen,
    served_folders,
)
from ..household.household import retention
from ..names import doorbell_names
from ..requests.positions import home_zone
from .asked import ASKED, with_asked
from .fields import SECRET, TEXT, number
from .keeping import KEPT, async_ask_whether_less, with_kept

CONF_CURRENT_PIN: Final = "current_pin"
CONF_REMOVE_PIN: Final = "remove_pin"
CONF_PIN_UNKNOWN: Final = "pin_unknown"
SHORTEST_PIN: Final = 4
LONGEST_PIN: Final = 64
# Texts hold no addresses themselves.
EXAMPLE_ADDRESS: Final = "https://home.example.org:8443"
EXAMPLE_PROXY: Final = "http://user:password@proxy.example.org:3128"
# Beside which field a problem is told.
_FIELDS: Final = {
    "pin_required": CONF_CURRENT_PIN,
    "pin_wrong": CONF_CURRENT_PIN,
    "pin_locked": CONF_CURRENT_PIN,
    "pin_unknown_alone": CONF_PIN_UNKNOWN,
}

_LOCK: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_household_form")


LIMITS: Final[dict[vol.Marker, object]] = {
    vol.Required(CONF_KEEP_DAYS, default=DEFAULT_KEEP_DAYS): number(0, 3650, "d"),
    vol.Required(CONF_KEEP_GB, default=DEFAULT_KEEP_GB): number(0, 100_000, "GB"),
}
LIMITS_SCHEMA: Final = vol.Schema(LIMITS)


async def async_household_schema(hass: HomeAssistant, entry: ConfigEntry) -> vol.Schema:
    """Return the fields; people are chosen by name among those who can log in."""
    chosen = entry.options.get(CONF_SHARERS, [])
    people = [
        SelectOptionDict(value=user.id, label=user.name or user.id)
        for user in await hass.auth.async_get_users()
        if user.id in chosen
        or (user.is_active and not user.system_generated and not user.is_admin)
    ]
    fields: dict[vol.Marker, object] = {
        **LIMITS,
        vol.Required(CONF_FIRST_TO_GO, default=FIRST_MOTION): SelectSelector(
            SelectSelectorConfig(
                options=[FIRST_MOTION, FIRST_OLDEST],
                mode=SelectSelectorMode.DROPDOWN,
                translation_key="first_to_go",
            )
        ),
        **KEPT,
        vol.Required(CONF_SHARERS, default=[]): SelectSelector(
            SelectSelectorConfig(
                options=people, multiple=True, mode=SelectSelectorMode.DROPDOWN
            )
        ),
        vol.Optional(CONF_PIN): TextSelector(
            TextSelectorConfig(
                type=TextSelectorType.PASSWORD, autocomplete="new-password"
            )
        ),
    }
    if entry.options.get(CONF_PIN):
        fields[vol.Required(CONF_REMOVE_PIN, default=False)] = BooleanSelector()
        fields[vol.Optional(CONF_CURRENT_PIN)] = SECRET
        fields[vol.Required(CONF_PIN_UNKNOWN, default=False)] = BooleanSelector()
    fields[vol.Required(CONF_CLIENT_ADDRESSES, default=[])] = TextSelector(
        TextSelectorConfig(multiple=True)
    )
    fields[vol.Required(CONF_CANCEL_WINDOW, default=DEFAULT_CANCEL_WINDOW)] = number(
        0, 300, "s"
    )
    fields[vol.Required(CONF_OPEN_TO_PLAYERS, default=[])] = SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=doorbell_id, label=name)
                for doorbell_id, name in doorbell_names(hass).items()
            ],
            multiple=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )
    fields |= ASKED
    fields[vol.Required(CONF_IN_SIDEBAR, default=True)] = BooleanSelector()
    fields[vol.Optional(CONF_PROXY)] = TEXT
    fields[vol.Optional(CONF_FOLDER)] = TEXT
    return vol.Schema(fields)


async def async_check_household(
    hass: HomeAssistant, entry: ConfigEntry, user_input: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the options to store, and the errors by field."""
    options = with_kept(dict(user_input), entry.options)
    options = with_asked(options, entry.options, home_zone(hass))
    if CONF_NOTICES in entry.options:
        options[CONF_NOTICES] = entry.options[CONF_NOTICES]  # the panel changes them
    errors: dict[str, str] = {}
    options.pop(CONF_CURRENT_PIN, None)
    remove = options.pop(CONF_REMOVE_PIN, False)
    remove = options.pop(CONF_PIN_UNKNOWN, False) or remove
    pin = options.pop(CONF_PIN, None)
    if pin:
        if SHORTEST_PIN <= len(pin) <= LONGEST_PIN:
            options[CONF_PIN] = await hass.async_add_executor_job(hash_pin, pin)
        else:
            errors[CONF_PIN] = "pin_length"
    elif not remove and (stored := entry.options.get(CONF_PIN)):
        options[CONF_PIN] = stored
    addresses: list[str] = options.get(CONF_CLIENT_ADDRESSES, [])
    try:
        options[CONF_CLIENT_ADDRESSES] = sorted(
            {origin_of(each.strip()) for each in addresses}
        )
    except SharingError:
        errors[CONF_CLIENT_ADDRESSES] = "client_address_invalid"
    if proxy := (options.pop(CONF_PROXY, None) or "").strip():
        options[CONF_PROXY] = _with_login(proxy, entry.options.get(CONF_PROXY))
        try:
            Proxy.parse(proxy)
        except OutsideError:
            errors[CONF_PROXY] = "proxy_invalid"
    folder = (options.pop(CONF_FOLDER, None) or "").strip()
    if folder:
        problem = await hass.async_add_executor_job(
            folder_problem, folder, served_folders(hass)
        )
        if problem is not None:
            errors[CONF_FOLDER] = problem
        options[CONF_FOLDER] = folder
    return options, errors


def _with_login(typed: str, before: str | None) -> str:
    """Keep the login that is not shown, while the address is the same."""
    return before if before and typed.strip() == without_login(before) else typed


def _filled_in_again(
    user_input: dict[str, Any] | None, before: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return what was filled in, with what the form did not show of the time before."""
    if not user_input or not before or not (typed := user_input.get(CONF_PROXY)):
        return user_input
    return {**user_input, CONF_PROXY: _with_login(typed, before.get(CONF_PROXY))}


async def _async_show_or_check(
    flow: ConfigFlow | OptionsFlow,
    entry: ConfigEntry,
    step_id: str,
    user_input: dict[str, Any] | None,
    *,
    knows: bool,
) -> tuple[ConfigFlowResult | None, dict[str, Any]]:
    """Return the form to show, or None and the options to store.

    `knows` is whether the person knows what goes by them.
    """
    errors: dict[str, str] = {}
    words: dict[str, str] = {}
    if user_input is not None:
        # One after the other: what is compared is what is replaced. Nothing is awaited
        # from the end of this until the options are stored.
        async with flow.hass.data.setdefault(_LOCK, asyncio.Lock()):
            options, errors = await async_check_household(flow.hass, entry, user_input)
            if not errors:
                try:
                    await _async_allow(flow.hass, entry, user_input, options)
                    wished = retention(flow.hass, {entry.entry_id: options})
                    if not knows and (
                        form := await async_ask_whether_less(flow, wished)
                    ):
                        return form, {}
                    await async_note_changes(
                        flow.hass,
                        entry.options,
                        options,
                        pin_unknown=user_input.get(CONF_PIN_UNKNOWN, False),
                    )
                except SharingError as err:
                    errors[_FIELDS.get(err.problem, "base")] = err.problem
                    words = err.placeholders
                else:
                    if folder := options.get(CONF_FOLDER):
                        await flow.hass.async_add_executor_job(make_chosen, folder)
                    return None, options
    shown = dict(user_input or entry.options)
    for secret in (CONF_PIN, CONF_CURRENT_PIN):
        shown.pop(secret, None)
    if CONF_PROXY in shown:
        shown[CONF_PROXY] = without_login(shown[CONF_PROXY])
    default = await flow.hass.async_add_executor_job(
        default_folder, flow.hass.config.config_dir, served_folders(flow.hass)
    )
    form = flow.async_show_form(
        step_id=step_id,
        data_schema=flow.add_suggested_values_to_schema(
            await async_household_schema(flow.hass, entry), shown
        ),
        errors=errors,
        description_placeholders={
            "folder": str(default),
            "example": EXAMPLE_ADDRESS,
            "proxy": EXAMPLE_PROXY,
            **words,
        },
    )
    return form, {}


async def _async_allow(
    hass: HomeAssistant,
    entry: ConfigEntry,
    user_input: dict[str, Any],
    options: dict[str, Any],
) -> None:
    """Ask for the PIN if that is called for. Raises `SharingError`."""
    unknown = user_input.get(CONF_PIN_UNKNOWN, False)
    if unknown and not takes_only_the_pin(entry.options, options):
        raise SharingError("pin_unknown_alone")
    if not unknown and is_weaker(entry.options, options):
        await _async_verify(hass, user_input.get(CONF_CURRENT_PIN))


async def _async_verify(hass: HomeAssistant, pin: str | None) -> None:
    """Let the guard be weakened by who knows the PIN: an open tablet does not.

    Raises `SharingError`; a wrong PIN counts as one in the share dialog.
    """
    try:
        await pin_gate(hass).async_verify(pin)
    except SharingError as err:
        if err.problem != "pin_required" and (domain := hass.data.get(DATA)):
            await domain.ledger.refused(
                caller_of(hass, Context()), f"settings_{err.problem}"
            )
        raise


class HouseholdSteps(ConfigFlow):
    """The steps that concern the household."""

    _filled_in: dict[str, Any] | None = None

    async def async_step_import(self, import_data: dict[str, Any]) -> ConfigFlowResult:
        """Make the one entry of the household; the first flow asks for it."""
        await self.async_set_unique_id(KIND_HOUSEHOLD, raise_on_progress=True)
        self._abort_if_unique_id_configured()
        words = await async_get_translations(
            self.hass, self.hass.config.language, "common", [DOMAIN]
        )
        return self.async_create_entry(
            # What every text calls it, so that it is found among the doorbells.
            title=words[f"component.{DOMAIN}.common.household"],
            data={CONF_KIND: KIND_HOUSEHOLD},
            # Homes of before people could choose stay as quiet as they were.
            options={CONF_NOTICES: {"on": True}},
        )

    async def async_step_reconfigure_household(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what the options show: there is nothing else to change."""
        self._filled_in = _filled_in_again(user_input, self._filled_in)
        return await self._async_change_household(knows=False)

    async def async_step_keep_less(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Save what was filled in, now that it is known what goes by it."""
        return await self._async_change_household(knows=True)

    async def _async_change_household(self, *, knows: bool) -> ConfigFlowResult:
        entry = self._get_reconfigure_entry()
        form, options = await _async_show_or_check(
            self, entry, "reconfigure_household", self._filled_in, knows=knows
        )
        if form is not None:
            return form
        return self.async_update_and_abort(entry, options=options)


class HouseholdOptionsFlow(OptionsFlow):
    """How much is kept, and who may share; all but the folder works at once."""

    _filled_in: dict[str, Any] | None = None

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show one page."""
        return await self.async_step_household(user_input)

    async def async_step_household(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask, check, and tell everybody what changed."""
        self._filled_in = _filled_in_again(user_input, self._filled_in)
        return await self._async_change(knows=False)

    async def async_step_keep_less(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Save what was filled in, now that it is known what goes by it."""
        return await self._async_change(knows=True)

    async def _async_change(self, *, knows: bool) -> ConfigFlowResult:
        form, options = await _async_show_or_check(
            self, self.config_entry, "household", self._filled_in, knows=knows
        )
        if form is not None:
            return form
        return self.async_create_entry(data=options)
