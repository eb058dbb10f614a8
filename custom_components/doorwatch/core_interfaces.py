"""Everything that Doorwatch uses of Home Assistant beyond its public API.

A missing name gets a replacement, so that Doorwatch starts without it. A check at the
start tests the names that identify the caller, and looks for the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context as ContextVars, ContextVar
from dataclasses import dataclass
from importlib import import_module
import logging
import time
from typing import Any, Final, cast, override

from aiohttp.web import Request, StreamResponse
from homeassistant.auth.models import User
from homeassistant.components.camera import Camera, CameraWebRTCProvider
from homeassistant.components.event import EventEntity
from homeassistant.components.websocket_api import DOMAIN as WEBSOCKET_API, decorators
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_component import EntityComponent
from homeassistant.helpers.hassio import is_hassio
from homeassistant.helpers.script import Script
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

# Seconds for each part of the check, which takes a few milliseconds.
PATIENCE: Final = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class CoreName:
    """A name in core, and what does not work without it."""

    module: str
    name: str
    without: str
    found: bool


NAMES: Final[list[CoreName]] = []


def _core[T](module: str, name: str, replacement: T, *, without: str) -> T:
    """Return a name of core or its replacement, and add it to `NAMES`."""
    module = f"homeassistant.{module}"
    try:
        value: T = getattr(import_module(module), name)
        found = True
    except ImportError, AttributeError:
        value, found = replacement, False
    NAMES.append(CoreName(module=module, name=name, without=without, found=found))
    return value


# Identifying the caller

# Core names the task of a command after its function. The connection does not tell
# which command is running.
CALL_SERVICE_TASK: Final = "websocket_api.async:handle_call_service"
# Distinguishes the phone app's webhook from other commands, for the ledger.
WEBHOOK_TASK: Final = "websocket_api.async:websocket_handle"

current_connection: Final = _core(
    "components.websocket_api.connection",
    "current_connection",
    ContextVar[ActiveConnection | None]("current_connection", default=None),
    without="nobody can share or talk",
)
current_request: Final = _core(
    "helpers.http",
    "current_request",
    ContextVar[Request | None]("current_request", default=None),
    without="nobody can share, and images are given only if everyone may see them",
)
script_stack_cv: Final = _core(
    "helpers.script",
    "script_stack_cv",
    ContextVar[list[str] | None]("script_stack", default=None),
    without="nobody can share",
)

# Cameras and live view


async def _no_provider(hass: HomeAssistant, camera: Camera) -> None:
    return None


DATA_COMPONENT: Final = _core(
    "components.camera.const",
    "DATA_COMPONENT",
    HassKey[EntityComponent[Camera]]("camera"),
    without="linked doorbells may have no video",
)
DATA_WEBRTC_PROVIDERS: Final = _core(
    "components.camera.webrtc",
    "DATA_WEBRTC_PROVIDERS",
    HassKey[set[CameraWebRTCProvider]]("camera_webrtc_providers"),
    without="nobody may be able to talk",
)
async_get_supported_provider: Final = _core(
    "components.camera.webrtc",
    "async_get_supported_provider",
    cast(
        Callable[[HomeAssistant, Camera], Awaitable[CameraWebRTCProvider | None]],
        _no_provider,
    ),
    without="nobody can talk",
)

# Entities

CONTEXT_RECENT_TIME_SECONDS: Final = _core(
    "helpers.entity",
    "CONTEXT_RECENT_TIME_SECONDS",
    5,
    without="images may be refused shortly after an action on the entity",
)


def recent_context(entity: Entity) -> Context | None:
    """Return the context of a current or recent action on this entity."""
    begun = entity._context_set  # noqa: SLF001 # no public API
    if begun is None or time.time() - begun > CONTEXT_RECENT_TIME_SECONDS:
        return None
    return entity._context  # noqa: SLF001 # no public API


_LAST_EVENT: Final = "_EventEntity__last_event_triggered"


@callback
def forget_last_event(entity: EventEntity) -> None:
    """Clear the last event, because core dates the next one after it."""
    setattr(entity, _LAST_EVENT, None)


for _owner, _name, _without in (
    (Entity, "_context", "no images are given"),
    (Entity, "_context_set", "no images are given"),
    (
        EventEntity,
        _LAST_EVENT,
        "an event from when the clock was ahead stays the last one",
    ),
):
    NAMES.append(
        CoreName(
            module=_owner.__module__,
            name=f"{_owner.__name__}.{_name}",
            without=_without,
            found=hasattr(_owner, _name),
        )
    )


# The frontend


async def _no_user_store(hass: HomeAssistant, user_id: str) -> Any:
    raise HomeAssistantError("The frontend's storage has changed")


async_user_store: Final = _core(
    "components.frontend.storage",
    "async_user_store",
    cast(Callable[[HomeAssistant, str], Awaitable[Any]], _no_user_store),
    without="notifications are in the language of Home Assistant",
)
# The names that panel_custom registers; its function cannot hide a panel.
CUSTOM_PANEL: Final = ("custom", "_panel_custom")


_DATA_NOTIFY: Final = _core(
    "components.mobile_app.const",
    "DATA_NOTIFY",
    "",
    without="a ring is not sent to a phone with the name and device ID of another",
)


async def async_push(
    hass: HomeAssistant, entry_id: str, title: str, message: str
) -> None:
    """Send a message to one registration of the app; raise `HomeAssistantError`."""
    entry = hass.config_entries.async_get_entry(entry_id)
    # No public API distinguishes registrations with the same name and device.
    notifier = hass.data.get("mobile_app", {}).get(_DATA_NOTIFY)
    if entry is None or notifier is None:
        raise HomeAssistantError("The app isn't set up")
    await notifier.async_send_message(
        message, title=title, target=[entry.data["webhook_id"]]
    )


@callback
def cloud_urls(hass: HomeAssistant) -> list[str]:
    """Return every Home Assistant Cloud address of this home."""
    if "cloud" not in hass.config.components:
        return []
    cloud = import_module("homeassistant.components.cloud")  # not installed everywhere
    try:
        if hasattr(cloud, "async_remote_ui_urls"):  # new in 2026.11
            return list(cloud.async_remote_ui_urls(hass))
        return [str(cloud.async_remote_ui_url(hass))]
    except cloud.CloudNotAvailable:
        return []


@callback
def supervisor_host_name(hass: HomeAssistant) -> str | None:
    """Return the host name that the Supervisor reports, or None without a Supervisor.

    It is imported here, because a dependency in the manifest would install the packages
    of core's integration in every home.
    """
    if not is_hassio(hass):
        return None
    try:
        info = import_module("homeassistant.components.hassio").get_host_info(hass)
    except HomeAssistantError:  # not known yet
        return None
    return str((info or {}).get("hostname") or "") or None


# Loggers that write commands and addresses; a filter removes secrets from them.
LOGGERS: Final = (
    "homeassistant.components.websocket_api.http.connection",
    "aiohttp.access",
    "homeassistant.components.http.auth",
    "homeassistant.components.http.ban",
    "homeassistant.helpers.http",
)


def missing_names() -> dict[str, str]:
    """Return each missing name of core, with what does not work without it."""
    missing = {
        f"{each.module}.{each.name}": each.without for each in NAMES if not each.found
    }
    return missing | {
        f"logger {name}": "its debug log may show secrets"
        for name in LOGGERS
        if name not in logging.root.manager.loggerDict
    }


# The check of the caller's identification


async def async_broken_callers(hass: HomeAssistant) -> dict[str, str]:
    """Return each name that does not identify the caller as expected, with the reason."""
    broken: dict[str, str] = {}
    for name, attempt in (
        (CALL_SERVICE_TASK, _async_try_command),
        ("script_stack_cv", _async_try_script),
        ("current_request", _async_try_request),
    ):
        try:
            async with asyncio.timeout(PATIENCE):
                # Run without the connection or request that set up Doorwatch.
                await hass.loop.create_task(
                    attempt(hass), name=f"doorwatch {name}", context=ContextVars()
                )
        except Exception as err:  # noqa: BLE001 # core may have changed in any way
            broken[name] = str(err) or type(err).__name__
    return broken


class _NobodysConnection(ActiveConnection):
    """A connection without a user that calls back when a command gets its context."""

    on_context: Callable[[], None]

    @override
    def context(self, msg: dict[str, Any]) -> Context:
        self.on_context()
        return super().context(msg)


async def _async_try_command(hass: HomeAssistant) -> None:
    """Let core answer two commands, and check their tasks.

    The first is a test coroutine in core's wrapper, named like the registered handler
    of `call_service`. The second is that handler, called for an action that doesn't
    exist.
    """
    registered, _ = hass.data[WEBSOCKET_API]["call_service"]
    seen: asyncio.Queue[tuple[str, object]] = asyncio.Queue()

    def look() -> None:
        task = asyncio.current_task()
        name = "" if task is None else task.get_name()
        seen.put_nowait((name, current_connection.get()))

    async def nothing(
        hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
    ) -> None:
        look()

    nothing.__name__ = registered.__name__
    connection = _NobodysConnection(
        cast(Any, _LOGGER),
        hass,
        lambda _message: None,
        User(name=None, perm_lookup=cast(Any, None)),
        None,
        None,
    )
    connection.on_context = look
    decorators.async_response(nothing)(hass, connection, {"id": 1, "type": "nothing"})
    connection.async_handle(
        {"id": 1, "type": "call_service", "domain": DOMAIN, "service": "nothing"}
    )
    for _ in range(2):
        name, current = await seen.get()
        _expect(name == CALL_SERVICE_TASK, f"the task is called {name!r}")
        _expect(current is connection, "current_connection isn't the connection")


async def _async_try_script(hass: HomeAssistant) -> None:
    """Run a script whose only step checks that it is in a script."""
    seen: list[bool] = []

    def look() -> str:
        seen.append(bool(script_stack_cv.get()))
        return ""

    script = Script(
        hass,
        cv.SCRIPT_SCHEMA([{"variables": {"seen": "{{ look() }}"}}]),
        "Doorwatch",
        DOMAIN,
        running_description="check of Home Assistant",
    )
    try:
        await script.async_run({"look": look}, Context())
    finally:
        await script.async_unload()
    _expect(seen == [True], f"a script sees {seen}")
    _expect(not script_stack_cv.get(), "it isn't empty after a script")


async def _async_try_request(hass: HomeAssistant) -> None:
    """Pass a placeholder request through core's middleware."""
    request = cast(Request, object())
    seen: list[object] = []

    async def look(_request: Request) -> StreamResponse:
        seen.append(current_request.get())
        return StreamResponse()

    for middleware in hass.http.app.middlewares:
        if middleware.__module__ == "homeassistant.components.http.request_context":
            await cast(Callable[..., Coroutine[Any, Any, StreamResponse]], middleware)(
                request, look
            )
    _expect(seen == [request], "no middleware of core sets it")


def _expect(expected: bool, otherwise: str) -> None:
    if not expected:
        raise RuntimeError(otherwise)
