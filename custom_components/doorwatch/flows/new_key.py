"""Accept a new root key of an agency that lost its old one, after a comparison."""

from contextlib import suppress
from dataclasses import asdict
import secrets
import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
import voluptuous as vol

from ..agencies.changes import async_note_changes, async_tell_changes, changes_of
from ..agencies.coordinator import AgencyCoordinator
from ..const import CONF_COMPARED, CONF_DOCUMENT, CONF_NEW_KEY, CONF_PINNED, CONF_ROOT
from ..domain.opening import async_get_domain
from ..engine.clips.errors import LibraryError
from ..engine.sharing.agency import AgencyDocument
from ..engine.sharing.documents.discovery import read_document
from ..engine.sharing.errors import SharingError
from .agency import COMPARE_FIELDS, AgencySteps, Published, compare, described
from .fields import Input
from .pin import CONF_CURRENT_PIN, async_verify_pin, pin_errors, pin_field

# The agency's problem if an unannounced key signed its document.
UNKNOWN: Final = "unknown_root"


class NewKeySteps(AgencySteps):
    """The steps that replace *Reconfigure* while the agency's key is unknown.

    Entry, history, requests and the home's own key for the agency are kept. At a shared
    tablet, anyone could replace the agency by another with the same name and proposals.
    So these steps require the PIN, if there is one.
    """

    async def async_new_key(self, entry: ConfigEntry[Any]) -> ConfigFlowResult | None:
        """Start if the agency's problem is an unknown key."""
        if entry.state is not ConfigEntryState.LOADED:
            return None
        agency: AgencyCoordinator = entry.runtime_data
        problem = agency.data.problem
        if problem != UNKNOWN:
            return None
        if (published := await self._async_published(agency)) is not None:
            self._published = published
            return await self.async_step_new_key_agency()
        if agency.data.problem is None:
            return None  # the earlier key is back
        return self._abort("new_key_unusable", entry)

    async def _async_published(self, agency: AgencyCoordinator) -> Published | None:
        """Return the document that is published under an unannounced key.

        It is fetched only if that was not done since the start. A document older than
        the accepted one, or of another kind, is not used.
        """
        if agency.unannounced is None:
            with suppress(SharingError):  # it was logged
                await agency.async_fetch()
        if (token := agency.unannounced) is None:
            return None
        try:
            document, pin = read_document(
                token, url=agency.url, pin=None, now=time.time()
            )
        except SharingError:
            return None
        if pin.newest_iat < agency.pin.newest_iat or pin.group is not agency.pin.group:
            return None
        return Published(
            address=agency.url,
            local=agency.local,
            token=token,
            document=document,
            pin=pin,
        )

    async def async_step_new_key_agency(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Show the new fingerprint of the agency or group, and ask for the comparison."""
        entry, document = self._get_reconfigure_entry(), self._published.document
        takes_clips = isinstance(document, AgencyDocument)
        pin = pin_field(self.hass) if takes_clips else {}
        errors: dict[str, str] = {}
        words: dict[str, str] = {}
        if user_input is not None:
            compared, errors = compare(document.root_thumbprint, user_input)
            if not errors:
                try:
                    if pin:
                        await async_verify_pin(
                            self.hass, user_input.get(CONF_CURRENT_PIN)
                        )
                    return await self._async_take(entry, compared)
                except SharingError as err:
                    errors = pin_errors(err)
                    words = err.placeholders
                except LibraryError as err:
                    errors["base"] = err.problem
        return self.async_show_form(
            step_id="new_key_agency" if takes_clips else "new_key_group",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(COMPARE_FIELDS), user_input
            ).extend(pin),
            errors=errors,
            description_placeholders={**described(document), **words},
        )

    async_step_new_key_group = async_step_new_key_agency

    async def _async_take(
        self, entry: ConfigEntry[Any], compared: bool
    ) -> ConfigFlowResult:
        """Write the new key to the ledger, notify administrators and reload the entry.

        Nothing changes if the document in the form is outdated. Waiting shares stop,
        because their agency differs from the one that was shown.
        """
        published, document = self._published, self._published.document
        if entry.state is not ConfigEntryState.LOADED:
            return self._abort("new_key_changed", entry)
        agency: AgencyCoordinator = entry.runtime_data
        async with agency.fetching:  # accept nothing else meanwhile
            # The earlier key may have come back while the form was open.
            if agency.unannounced != published.token:
                return self._abort("new_key_changed", entry)
            changes = changes_of(agency.accepted_last(), document)
            domain = await async_get_domain(self.hass)
            await async_note_changes(
                domain.ledger,
                entry,
                document,
                changes,
                {"root_before": agency.pin.root_thumbprint, "compared": compared},
            )
            await async_tell_changes(self.hass, entry, document, changes)
            domain.feed_wanted.add(entry.entry_id)
            return self.async_update_reload_and_abort(
                entry,
                data_updates={
                    CONF_ROOT: document.root_thumbprint,
                    CONF_COMPARED: compared,
                    CONF_PINNED: asdict(published.pin),
                    CONF_DOCUMENT: published.token,
                    CONF_NEW_KEY: secrets.token_hex(8),
                },
            )

    def _abort(self, reason: str, entry: ConfigEntry[Any]) -> ConfigFlowResult:
        return self.async_abort(
            reason=reason, description_placeholders={"name": entry.title}
        )
