"""The fields that several forms have, and an error that is told beside one of them."""

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

from ..const import CONF_PASSWORD, CONF_USERNAME
from ..engine.doorbells.base import DoorbellError

TEXT: Final = TextSelector()
SECRET: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
LOGIN_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_USERNAME): TEXT,
        vol.Required(CONF_PASSWORD): SECRET,
    }
)


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
def form_errors(error: DoorbellError) -> dict[str, str]:
    """Return the error beside the field that it is about."""
    field = error.field if isinstance(error, FieldError) else "base"
    return {field: error.problem}
