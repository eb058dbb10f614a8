"""Fields that several forms share, and errors beside them."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..const import (
    CONF_CAMERA,
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_STREAM,
    CONF_USERNAME,
)
from ..engine.doorbells.base import DoorbellError

# The values of a submitted form, or None to show it.
type Input = dict[str, Any] | None

# Core focuses this field when a dialog opens, but no selector.
TEXT: Final = str
SECRET: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
LOGIN_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_USERNAME): TEXT,
        vol.Required(CONF_PASSWORD): SECRET,
    }
)

# The field for the error of each problem, if the form has it.
_TO_BLAME: Final[Mapping[str, tuple[str, ...]]] = {
    "invalid_host": (CONF_HOST,),
    "other_device": (CONF_HOST,),
    "not_onvif": (CONF_PORT,),
    "cannot_connect": (CONF_STREAM, CONF_HOST),
    "refused": (CONF_STREAM, CONF_HOST),
    "udp_only": (CONF_STREAM, CONF_HOST),
    "unknown_problem": (CONF_STREAM, CONF_HOST),
    "timeout": (CONF_STREAM, CONF_HOST),
    "invalid_address": (CONF_STREAM,),
    "not_found": (CONF_STREAM,),
    "no_video": (CONF_STREAM,),
    "unsupported_codec": (CONF_STREAM,),
    "undecodable": (CONF_STREAM,),
    "not_a_stream": (CONF_STREAM,),
    "login_missing": (CONF_USERNAME,),
    "invalid_auth": (CONF_PASSWORD,),
    "unsupported_login": (CONF_PASSWORD,),
    "clock_off": (CONF_PASSWORD,),
}


def number(minimum: int, maximum: int, unit: str | None = None) -> vol.All[Any]:
    """Return a field for a whole number."""
    config = NumberSelectorConfig(
        min=minimum, max=maximum, step=1, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


class FieldError(DoorbellError):
    """The value of a form field cannot be used."""

    def __init__(self, field: str, problem: str) -> None:
        """Set the field and the problem."""
        super().__init__(problem)
        self.field = field


@callback
def form_errors(error: DoorbellError, schema: vol.Schema) -> dict[str, str]:
    """Return the error for the field of the form that caused it, or for the form."""
    if isinstance(error, FieldError):
        return {error.field: error.problem}
    fields = {str(field) for field in schema.schema}
    # If a camera is chosen, every other problem is the camera's.
    to_blame = (*_TO_BLAME.get(error.problem, ()), CONF_CAMERA)
    return {next((one for one in to_blame if one in fields), "base"): error.problem}
