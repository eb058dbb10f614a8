"""Report phones with the same name, which core cannot address separately."""

from collections.abc import Callable

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.start import async_at_started

from ..access.users import PHONE_APP, Users
from ..const import DOMAIN
from ..following import async_follow_entries
from ..issues import PHONES_CLASH
from .phones import SAME_NAME, Phone, phones_of


@callback
def async_follow_clashes(
    hass: HomeAssistant, users: Users, tell: Callable[[Phone], None]
) -> list[CALLBACK_TYPE]:
    """Show a repair issue while phones share a name; `tell` the owner of each, once.

    Returns functions to stop that.
    """
    kind = PHONES_CLASH.id_of("")
    shown = {
        issue_id.removeprefix(kind)
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and issue_id.startswith(kind)
    }
    before = frozenset(shown)
    # Once since the start, even if the name is assigned again.
    told: set[str] = set()

    @callback
    def look(_hass: HomeAssistant) -> None:
        clashes: dict[str, list[Phone]] = {}
        owners = {
            entry.data.get("user_id")
            for entry in hass.config_entries.async_entries(PHONE_APP)
        }
        for user_id in owners - {None}:
            for phone in phones_of(hass, str(user_id)):
                if phone.problem == SAME_NAME:
                    clashes.setdefault(phone.service, []).append(phone)
        for service in shown - clashes.keys():
            PHONES_CLASH.end(hass, service)
        for service, phones in clashes.items():
            if service in before:  # they were told before the restart
                told.update(phone.phone_id for phone in phones)
            for phone in phones:
                if phone.phone_id not in told:
                    told.add(phone.phone_id)
                    tell(phone)
            owned = [users.get(phone.user_id) for phone in phones]
            names = {(user.name or user.id) if user else "?" for user in owned}
            PHONES_CLASH.show(
                hass,
                service,
                fixable=False,
                placeholders={
                    "phone": phones[0].name,
                    "people": ", ".join(sorted(names)),
                },
            )
        shown.clear()
        shown.update(clashes)

    return [
        async_follow_entries(hass, lambda: look(hass), domain=PHONE_APP),
        async_at_started(hass, look),
    ]
