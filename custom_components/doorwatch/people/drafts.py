"""Define what a draft of a share may contain, when sent by a page and when stored."""

from typing import Final

import voluptuous as vol

_NUMBER: Final = vol.All(vol.Any(int, float), vol.Range(min=0, max=100))
_TYPED: Final = vol.All(str, vol.Length(max=40))
_LINE: Final = vol.All(str, vol.Length(max=200))
# Fields of the dialog as typed, even if incomplete. A PIN or an upload link is not
# among them, and other fields are refused.
DRAFT: Final = {
    vol.Optional("agencyId"): _LINE,
    vol.Optional("start"): _TYPED,
    vol.Optional("end"): _TYPED,
    vol.Optional("audio"): bool,
    vol.Optional("covers"): vol.All(
        vol.Length(max=20),
        [
            {
                vol.Required("area"): vol.All(
                    vol.Length(min=4, max=4), [vol.ExactSequence([_NUMBER] * 2)]
                ),
                vol.Required("always"): bool,
                vol.Required("start"): _TYPED,
                vol.Required("end"): _TYPED,
            }
        ],
    ),
    vol.Optional("requestId"): _LINE,
    vol.Optional("declaration"): bool,
    vol.Optional("caseReference"): vol.All(str, vol.Length(max=100)),
    vol.Optional("note"): vol.All(str, vol.Length(max=2000)),
    vol.Optional("sendName"): bool,
    vol.Optional("name"): _LINE,
    vol.Optional("sendContact"): bool,
    vol.Optional("contact"): _LINE,
    # When the page stored it; the home uses its own clock.
    vol.Optional("at"): _TYPED,
}
