"""Add an agency that sends upload links, from what an administrator knows of it."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult
import voluptuous as vol
from yarl import URL

from ..access.guard import by_requester
from ..admin_notices import async_notify_administrators
from ..agencies.base import told_of
from ..const import (
    CONF_ADDRESS,
    CONF_CONTACT,
    CONF_JURISDICTION,
    CONF_KIND,
    CONF_NAME,
    CONF_VIA,
    KIND_AGENCY,
    VIA_LINK,
)
from ..domain.opening import async_get_domain
from ..engine.clips.errors import LibraryError
from ..engine.outside.door import check_url
from ..engine.outside.errors import OutsideError
from ..engine.sharing.addresses import origin_of
from ..engine.sharing.errors import SharingError
from ..engine.sharing.text import seen
from .fields import TEXT, Input

SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): TEXT,
        vol.Required(CONF_ADDRESS): TEXT,
        vol.Optional(CONF_JURISDICTION): TEXT,
        vol.Optional(CONF_CONTACT): TEXT,
    }
)
_LONGEST: Final = 200


class LinkSteps(ConfigFlow):
    """The steps for an agency that sends upload links."""

    async def async_step_agency_link(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask for the agency's details and its upload page; fetch nothing."""
        errors: dict[str, str] = {}
        if user_input is not None:
            typed, errors = _read(user_input)
            if not errors:
                await self.async_set_unique_id(_unique(typed), raise_on_progress=False)
                self._abort_if_unique_id_configured()
                try:
                    await self._async_note_page("agency_added", typed)
                except (LibraryError, SharingError) as err:
                    errors["base"] = err.problem
            if not errors:
                return self.async_create_entry(
                    title=typed[CONF_NAME],
                    data={CONF_KIND: KIND_AGENCY, CONF_VIA: VIA_LINK, **typed},
                )
        return self.async_show_form(
            step_id="agency_link",
            data_schema=self.add_suggested_values_to_schema(SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_reconfigure_agency_link(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Change the agency's details; for another page, waiting shares need a new tap."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            typed, errors = _read(user_input)
            unique_id = _unique(typed)
            if not errors and unique_id != entry.unique_id:
                await self.async_set_unique_id(unique_id, raise_on_progress=False)
                self._abort_if_unique_id_configured()
            if not errors:
                try:
                    await self._async_note_page("agency_changed", typed, entry)
                except (LibraryError, SharingError) as err:
                    errors["base"] = err.problem
            if not errors:
                if unique_id != entry.unique_id:
                    # Two agencies with the same key could identify the home.
                    keys = (await async_get_domain(self.hass)).keys
                    await self.hass.async_add_executor_job(keys.forget, entry.entry_id)
                return self.async_update_reload_and_abort(
                    entry,
                    title=typed[CONF_NAME],
                    unique_id=unique_id,
                    data={CONF_KIND: KIND_AGENCY, CONF_VIA: VIA_LINK, **typed},
                )
        return self.async_show_form(
            step_id="reconfigure_agency_link",
            data_schema=self.add_suggested_values_to_schema(
                SCHEMA, user_input or entry.data
            ),
            errors=errors,
            description_placeholders={"name": entry.data[CONF_NAME]},
        )

    async def _async_note_page(
        self, kind: str, typed: dict[str, str], entry: ConfigEntry | None = None
    ) -> None:
        """Write the change to the ledger, then notify every administrator."""
        domain = await async_get_domain(self.hass)
        about = {} if entry is None else {"agency_id": entry.entry_id}
        await domain.ledger.append(kind, {**about, **told_of(typed), **by_requester()})
        await async_notify_administrators(
            self.hass,
            "agency_added" if entry is None else "page_changed",
            {
                "name": typed[CONF_NAME],
                "host": typed[CONF_ADDRESS].partition("://")[2],
            },
        )


def _read(user_input: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the cleaned values, with the address as an origin, and the errors by field.

    Only the origin of an address is kept, because an upload link is a secret.
    """
    typed = {
        name: text[:_LONGEST]
        for name, value in user_input.items()
        if name != CONF_ADDRESS and (text := seen(str(value)))
    }
    errors = {} if CONF_NAME in typed else {CONF_NAME: "name_missing"}
    address = user_input[CONF_ADDRESS].strip()
    if "://" not in address:
        address = f"https://{address}"
    try:
        typed[CONF_ADDRESS] = origin = origin_of(address)
        check_url(URL(origin))
    except (SharingError, OutsideError) as err:
        problem = err.problem
        errors[CONF_ADDRESS] = (
            "link_page_private"
            if problem == "address_refused"
            else "agency_invalid_address"
        )
    return typed, errors


def _unique(typed: dict[str, str]) -> str:
    """Return the unique ID, with the name, as many agencies use one vendor's page."""
    return f"{typed.get(CONF_ADDRESS)} {typed.get(CONF_NAME, '').casefold()}"
