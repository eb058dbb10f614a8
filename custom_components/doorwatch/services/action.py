"""Define an action, which gets the parts of Doorwatch."""

from collections.abc import Awaitable, Callable

from homeassistant.core import ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.helpers.typing import VolSchemaType

from ..domain.data import DoorwatchData

type Handler = Callable[[ServiceCall, DoorwatchData], Awaitable[ServiceResponse]]
# The schema checks the data of a call.
type Action = tuple[Handler, VolSchemaType, SupportsResponse]
