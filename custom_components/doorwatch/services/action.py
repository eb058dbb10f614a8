"""Define an action, which gets the parts of Doorwatch."""

from collections.abc import Awaitable, Callable

from homeassistant.core import ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.helpers.typing import VolSchemaType

from ..access.guard import Caller
from ..domain.data import DoorwatchData

# The caller is determined before anything is awaited.
type Handler = Callable[
    [ServiceCall, Caller, DoorwatchData], Awaitable[ServiceResponse]
]
# The schema checks the data of a call.
type Action = tuple[Handler, VolSchemaType, SupportsResponse]
