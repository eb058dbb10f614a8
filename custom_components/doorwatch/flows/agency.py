"""Add an agency: fetch its document, compare its fingerprint, pin its key."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol

from ..access.guard import by_requester
from ..admin_notices import async_notify_administrators, plain
from ..agencies.base import is_group
from ..const import (
    CONF_ADDRESS,
    CONF_COMPARED,
    CONF_DOCUMENT,
    CONF_KIND,
    CONF_LOCAL,
    CONF_PINNED,
    CONF_ROOT,
    CONF_UPLOAD_CODE,
    KIND_AGENCY,
)
from ..domain.opening import async_get_domain, async_get_household
from ..engine.clips.errors import LibraryError
from ..engine.outside.errors import OutsideError
from ..engine.sharing.agency import (
    AgencyDocument,
    AgencyPin,
    GroupDocument,
    PublicDocument,
)
from ..engine.sharing.documents.discovery import document_url, read_document
from ..engine.sharing.errors import SharingError
from ..engine.sharing.signing.jws import (
    fingerprint,
    matches_last_group,
    thumbprint as own_thumbprint,
)
from .fields import SECRET, TEXT, FieldError, Input
from .reauth import ReauthSteps

CONF_LAST_GROUP: Final = "last_group"
CONF_NOT_COMPARED: Final = "not_compared"

ADDRESS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_ADDRESS): TEXT,
        vol.Required(CONF_LOCAL, default=False): BooleanSelector(),
    }
)
COMPARE_FIELDS: Final = {
    vol.Optional(CONF_LAST_GROUP): TEXT,
    vol.Required(CONF_NOT_COMPARED, default=False): BooleanSelector(),
}
CODE_SCHEMA: Final = vol.Schema({vol.Required(CONF_UPLOAD_CODE): SECRET})


def hidden(thumbprint: str) -> str:
    """Return the fingerprint without its last group, which only the printed one shows."""
    shown, _, last = fingerprint(thumbprint).rpartition(" ")
    return f"{shown} {'•' * len(last)}"


def compare(thumbprint: str, user_input: dict[str, Any]) -> tuple[bool, dict[str, str]]:
    """Return whether the fingerprint was compared, and the errors by field."""
    typed = user_input.get(CONF_LAST_GROUP) or ""
    if not typed.strip():
        if user_input.get(CONF_NOT_COMPARED):
            return False, {}
        return False, {CONF_LAST_GROUP: "compare_or_say_so"}
    if matches_last_group(typed, thumbprint):
        return True, {}
    return False, {CONF_LAST_GROUP: "fingerprint_differs"}


def described(document: PublicDocument) -> dict[str, str]:
    """Return the placeholders that describe the publisher, with the last group hidden."""
    found = {
        "host": document.host,
        "name": plain(document.name),
        "jurisdiction": plain(document.jurisdiction),
        "contact": plain(document.contact),
        "fingerprint": hidden(document.root_thumbprint),
    }
    if isinstance(document, AgencyDocument):
        found |= {
            "terms": plain(document.terms),
            "retention": plain(document.retention),
        }
    return found


@dataclass(frozen=True, kw_only=True)
class Published:
    """The verified document of an agency or group, with its address."""

    address: str
    local: bool
    token: str
    document: AgencyDocument | GroupDocument
    pin: AgencyPin


async def _async_fetch(hass: HomeAssistant, address: str, *, local: bool) -> Published:
    """Fetch and verify a document.

    Raises `FieldError` for the address, and `LibraryError` and `SharingError` if the
    domain cannot be opened.
    """
    domain = await async_get_domain(hass)
    try:
        url = document_url(address, local=local)
        body = await domain.outside.fetch(url, local=local, published=True)
        token = body.decode("utf-8", errors="replace").strip()
        document, pin = read_document(token, url=url, pin=None, now=time.time())
    except (OutsideError, SharingError) as err:
        raise FieldError(CONF_ADDRESS, f"agency_{err.problem}") from err
    return Published(address=url, local=local, token=token, document=document, pin=pin)


class AgencySteps(ReauthSteps):
    """The steps for an agency."""

    _published: Published

    async def async_step_agency(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the address, and fetch the document there."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                self._published = await _async_fetch(
                    self.hass, user_input[CONF_ADDRESS], local=user_input[CONF_LOCAL]
                )
            except FieldError as err:
                errors[err.field] = err.problem
            except (LibraryError, SharingError) as err:
                errors["base"] = err.problem
            else:
                await self.async_set_unique_id(
                    self._published.document.issuer, raise_on_progress=False
                )
                self._abort_if_unique_id_configured()
                return await self.async_step_agency_confirm()
        return self.async_show_form(
            step_id="agency",
            data_schema=self.add_suggested_values_to_schema(ADDRESS_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_agency_confirm(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Show the agency or group, and ask for the comparison."""
        document = self._published.document
        agency = document if isinstance(document, AgencyDocument) else None
        asks_code = agency is not None and agency.upload_code_required
        errors: dict[str, str] = {}
        if user_input is not None:
            compared, errors = compare(document.root_thumbprint, user_input)
            if asks_code and not user_input.get(CONF_UPLOAD_CODE):
                errors[CONF_UPLOAD_CODE] = "upload_code_required"
            if not errors:
                try:
                    return await self._async_create_agency(compared, user_input)
                except (LibraryError, SharingError) as err:
                    errors["base"] = err.problem
        fields: dict[vol.Marker, object] = dict(COMPARE_FIELDS)
        if asks_code:
            fields[vol.Optional(CONF_UPLOAD_CODE)] = SECRET
        return self.async_show_form(
            step_id="group_confirm" if agency is None else "agency_confirm",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(fields), user_input
            ),
            errors=errors,
            description_placeholders=described(document),
        )

    async_step_group_confirm = async_step_agency_confirm

    async def _async_create_agency(
        self, compared: bool, user_input: dict[str, Any]
    ) -> ConfigFlowResult:
        published, document = self._published, self._published.document
        domain = await async_get_domain(self.hass)
        agency = document if isinstance(document, AgencyDocument) else None
        kind = {"terms_digest": agency.terms_digest} if agency else {"group": True}
        await domain.ledger.append(
            "agency_added",
            {
                "issuer": document.issuer,
                "root": document.root_thumbprint,
                "compared": compared,
                **kind,
                **by_requester(),
            },
        )
        await async_notify_administrators(
            self.hass,
            "agency_added" if agency else "group_added",
            {"name": document.name, "host": document.host},
        )
        return self.async_create_entry(
            title=document.name,
            data={
                CONF_KIND: KIND_AGENCY,
                CONF_ADDRESS: published.address,
                CONF_LOCAL: published.local,
                CONF_ROOT: document.root_thumbprint,
                CONF_COMPARED: compared,
                CONF_PINNED: asdict(published.pin),
                CONF_DOCUMENT: published.token,
                **_code(user_input),
            },
        )

    async def async_step_reconfigure_agency(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Change an agency's upload code, or compare the fingerprint later."""
        entry = self._get_reconfigure_entry()
        group = is_group(entry.data)
        thumbprint = entry.data[CONF_ROOT]
        errors: dict[str, str] = {}
        if user_input is not None:
            compared = entry.data[CONF_COMPARED]
            if user_input.get(CONF_LAST_GROUP):
                compared, errors = compare(thumbprint, user_input)
            if not errors:
                try:
                    if compared != entry.data[CONF_COMPARED]:
                        await self._async_note(
                            entry, "agency_compared", {"compared": True}
                        )
                    await self._async_note_code(entry, user_input)
                except (SharingError, LibraryError) as err:
                    errors["base"] = err.problem
            if not errors:
                household = await async_get_household(self.hass)
                household.feed_wanted.add(entry.entry_id)
                return self.async_update_reload_and_abort(
                    entry,
                    data_updates={CONF_COMPARED: compared, **_code(user_input)},
                )
        return self.async_show_form(
            step_id="reconfigure_group" if group else "reconfigure_agency",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        **({} if group else {vol.Optional(CONF_UPLOAD_CODE): SECRET}),
                        vol.Optional(CONF_LAST_GROUP): TEXT,
                    }
                ),
                user_input,
            ),
            errors=errors,
            description_placeholders={
                "name": entry.title,
                # Without the scheme, because a full address would become a link.
                "host": str(entry.unique_id).partition("://")[2],
                "fingerprint": hidden(thumbprint),
                # A group never gets a key of this home.
                **({} if group else {"home": await self._async_home(entry)}),
            },
        )

    async_step_reconfigure_group = async_step_reconfigure_agency

    async def _async_home(self, entry: ConfigEntry) -> str:
        """Return the fingerprint of the home's key for this agency."""
        try:
            domain = await async_get_domain(self.hass)
            key = await self.hass.async_add_executor_job(
                domain.keys.for_agency, entry.entry_id
            )
        except SharingError, LibraryError, OSError:
            return "?"
        return fingerprint(own_thumbprint(key.public_key()))

    async def _async_note(
        self, entry: ConfigEntry, notice: str, changes: dict[str, object]
    ) -> None:
        """Write a change to the ledger, then notify every administrator."""
        domain = await async_get_domain(self.hass)
        await domain.ledger.append(
            "agency_changed",
            {
                "agency_id": entry.entry_id,
                "issuer": entry.unique_id,
                **changes,
                **by_requester(),
            },
        )
        await async_notify_administrators(self.hass, notice, {"name": entry.title})

    async def _async_note_code(
        self, entry: ConfigEntry, user_input: Mapping[str, Any]
    ) -> None:
        """Write to the ledger that the upload code changed, without the code."""
        code = _code(user_input).get(CONF_UPLOAD_CODE)
        if code is not None and code != entry.data.get(CONF_UPLOAD_CODE):
            await self._async_note(
                entry, "agency_code_changed", {"changed": [CONF_UPLOAD_CODE]}
            )

    async def async_step_reauth_agency(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask for the agency's current upload code."""

        async def take(
            entry: ConfigEntry, typed: Mapping[str, Any]
        ) -> ConfigFlowResult:
            await self._async_note_code(entry, typed)
            return self.async_update_reload_and_abort(entry, data_updates=_code(typed))

        return await self._async_reauth("reauth_agency", CODE_SCHEMA, user_input, take)


def _code(user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return the upload code to store; an empty field changes nothing."""
    code = (user_input.get(CONF_UPLOAD_CODE) or "").strip()
    return {CONF_UPLOAD_CODE: code} if code else {}
