"""The actions."""

from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback

from ..actions.problems import translating
from ..const import DOMAIN
from ..domain.opening import async_get_domain, async_get_household
from .action import Handler
from .clips import CLIP_ACTIONS
from .shares import SHARE_ACTIONS


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register all actions."""

    def answer(
        handler: Handler,
    ) -> Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]:
        async def handle(call: ServiceCall) -> ServiceResponse:
            with translating():
                guard = (await async_get_household(hass)).guard
                # Before the next await, because a script may end meanwhile.
                caller = guard.caller_of(call.context, (call.domain, call.service))
                return await handler(call, caller, await async_get_domain(hass))

        return handle

    for action, (handler, schema, response) in {
        **CLIP_ACTIONS,
        **SHARE_ACTIONS,
    }.items():
        hass.services.async_register(
            DOMAIN,
            action,
            answer(handler),
            schema=schema,
            supports_response=response,
        )
