"""The fields of motion from the picture, and what is checked about them."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from ..const import (
    CONF_AREAS,
    CONF_COOL_DOWN,
    CONF_PICTURE_MOTION,
    CONF_SENSITIVITY,
    DEFAULT_COOL_DOWN,
)
from ..engine.motion.areas import AreasError, parse, text
from ..engine.motion.detector import Sensitivity

SECTION_PICTURE: Final = "picture"

PICTURE: Final = vol.Schema(
    {
        vol.Required(CONF_PICTURE_MOTION, default=False): BooleanSelector(),
        vol.Required(
            CONF_SENSITIVITY, default=Sensitivity.MEDIUM.value
        ): SelectSelector(
            SelectSelectorConfig(
                options=[sensitivity.value for sensitivity in Sensitivity],
                mode=SelectSelectorMode.DROPDOWN,
                translation_key="sensitivity",
            )
        ),
        vol.Optional(CONF_AREAS): TextSelector(),
        vol.Required(CONF_COOL_DOWN, default=DEFAULT_COOL_DOWN): vol.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=0,
                    max=600,
                    step=1,
                    unit_of_measurement="s",
                    mode=NumberSelectorMode.BOX,
                )
            ),
            vol.Coerce(int),
        ),
    }
)


@callback
def checked_picture(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input of a form with its areas written plainly. Raises `AreasError`."""
    picture = dict(user_input.get(SECTION_PICTURE, {}))
    if not picture:
        return dict(user_input)
    if areas := text(parse(picture.pop(CONF_AREAS, None) or "")):
        picture[CONF_AREAS] = areas
    return {**user_input, SECTION_PICTURE: picture}


@callback
def areas_error(error: AreasError | None) -> dict[str, str]:
    """Return the placeholder of the texts about typed areas."""
    return {} if error is None else {"where": error.where}
