"""Find pages that look like this home's, where people log in but can't share.

Behind a proxy, or in a container with a separate network, this machine can't tell which
addresses lead to it, so an administrator has to confirm them.
"""

from datetime import timedelta
from typing import Final

from homeassistant.auth.models import TOKEN_TYPE_NORMAL
from homeassistant.components.network import async_get_adapters
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..engine.sharing.addresses import Address
from ..issues import PAGES_UNKNOWN
from .home_addresses import HomeAddresses
from .home_pages import as_number, client_page, is_name_of_this_machine

# Pages whose logins were not used for longer are no longer in use.
RECENT: Final = timedelta(days=30)


async def async_unknown_pages(
    hass: HomeAssistant, addresses: HomeAddresses
) -> dict[str, set[str]]:
    """Return the addresses of recent logins that an administrator may list.

    Each address comes with the names of the users who logged in there.
    """
    own = {
        str(as_number(number["address"]))
        for adapter in await async_get_adapters(hass)
        for number in (*adapter["ipv4"], *adapter["ipv6"])
    }
    port = hass.http.server_port
    since = dt_util.utcnow() - RECENT
    found: dict[str, set[str]] = {}
    for user in await hass.auth.async_get_users():
        for token in user.refresh_tokens.values():
            if (
                token.token_type != TOKEN_TYPE_NORMAL
                or user.system_generated
                or not user.is_active
                or (token.last_used_at or token.created_at) < since
                or (page := client_page(token.client_id)) is None
                or not _is_at_home(page)
                or addresses.is_named(page.origin)
            ):
                continue
            leads_here = page.effective_port == port and (
                page.loopback
                or page.host in own
                or is_name_of_this_machine(hass, page.host)
            )
            if not leads_here:
                found.setdefault(page.origin, set()).add(user.name or user.id)
    return found


def _is_at_home(page: Address) -> bool:
    """Return whether the host is private: local IP address, short or `.local` name."""
    if (number := as_number(page.host)) is not None:
        return not number.is_global
    return "." not in page.host or page.host.endswith(".local")


async def async_show_unknown_pages(
    hass: HomeAssistant, addresses: HomeAddresses
) -> None:
    """Create the repair issue about unknown pages, or delete it."""
    if found := await async_unknown_pages(hass, addresses):
        listed = "\n".join(f"- {address}" for address in sorted(found))
        PAGES_UNKNOWN.show(hass, placeholders={"addresses": listed})
    else:
        PAGES_UNKNOWN.end(hass)
