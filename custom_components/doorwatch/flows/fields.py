"""The fields that several forms have, and an error that is told beside one of them."""

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

# Where a form opens with its dialog, core puts the focus on this, and on no selector.
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

# The field to which a problem belongs, where a form has it.
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
    """One field of a form cannot be used as it is filled in."""

    def __init__(self, field: str, problem: str) -> None:
        """Say which field, and which problem."""
        super().__init__(problem)
        self.field = field


@callback
def form_errors(error: DoorbellError, schema: vol.Schema) -> dict[str, str]:
    """Return the error beside the field of a form that it is about, if there is one."""
    if isinstance(error, FieldError):
        return {error.field: error.problem}
    fields = {str(field) for field in schema.schema}
    # Where a camera is chosen, whatever is wrong is wrong with that one.
    to_blame = (*_TO_BLAME.get(error.problem, ()), CONF_CAMERA)
    return {next((one for one in to_blame if one in fields), "base"): error.problem}
