"""Test the check of core's internals at startup, which disables sharing if it fails."""

import ast
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from homeassistant.components.http import server
from homeassistant.components.websocket_api import (
    async_register_command,
    commands,
    connection as connection_module,
    decorators,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import script as script_module
from homeassistant.setup import async_setup_component
import pytest

from custom_components.doorwatch import core_interfaces
from custom_components.doorwatch.access.guard import async_check_core
from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.core_interfaces import (
    CALL_SERVICE_TASK,
    NAMES,
    CoreName,
    async_broken_callers,
    current_connection,
    missing_names,
    script_stack_cv,
)
from custom_components.doorwatch.domain.opening import async_get_domain
from tests.consent.preparing import staged, try_prepare
from tests.demo_visits import diagnose
from tests.repairs.fixes import issues
from tests.repository import ROOT
from tests.sharing_fixtures import Home, command, prepare, tap

PACKAGE = ROOT / "custom_components/doorwatch"


async def test_the_installed_core_passes(installed: None, hass: HomeAssistant) -> None:
    """The check also passes within a command and a script, and leaves nothing behind."""
    current_connection.set(connection := object())  # type: ignore[arg-type] # any object
    script_stack_cv.set(["script"])

    assert await async_broken_callers(hass) == {}

    assert missing_names() == {}
    assert current_connection.get() is connection
    assert script_stack_cv.get() == ["script"]
    assert await async_check_core(hass) == frozenset()
    assert issues(hass) == set()
    assert not hass.data[script_module.DATA_SCRIPTS]


# Changes in core


def other_wrapper(patch: pytest.MonkeyPatch) -> None:
    """Core names the tasks of commands differently."""

    def async_response(func: Callable[..., Any]) -> Callable[..., None]:
        @wraps(func)
        def schedule(hass: HomeAssistant, *arguments: object) -> None:
            hass.async_create_background_task(
                func(hass, *arguments), f"websocket:{func.__name__}"
            )

        return schedule

    patch.setattr(decorators, "async_response", async_response)


def replace_handler(
    patch: pytest.MonkeyPatch, handler: Callable[..., Any], name: str
) -> None:
    """Register another handler of `call_service` in core."""
    before = commands.handle_call_service
    handler.__name__ = name
    for each in ("_ws_command", "_ws_schema"):
        setattr(handler, each, getattr(before, each))
    patch.setattr(commands, "handle_call_service", handler)


def renamed_handler(patch: pytest.MonkeyPatch) -> None:
    """Core renames the handler of `call_service`."""
    handle: Any = commands.handle_call_service
    handle = handle.__wrapped__

    async def handle_action(*arguments: Any) -> None:
        await handle(*arguments)

    replace_handler(patch, decorators.async_response(handle_action), "handle_action")


def other_task(patch: pytest.MonkeyPatch) -> None:
    """Core runs the handler of `call_service` without the usual decorator."""
    handle: Any = commands.handle_call_service
    handle = handle.__wrapped__

    def schedule(hass: HomeAssistant, *arguments: Any) -> None:
        hass.async_create_background_task(handle(hass, *arguments), "call_service")

    replace_handler(patch, schedule, "handle_call_service")


def other_connection(patch: pytest.MonkeyPatch) -> None:
    """Core stores the connection elsewhere."""
    other = ContextVar[object]("current_connection", default=None)
    patch.setattr(connection_module, "current_connection", other)


def other_stack(patch: pytest.MonkeyPatch) -> None:
    """Core stores the running scripts elsewhere."""
    other = ContextVar[object]("script_stack", default=None)
    patch.setattr(script_module, "script_stack_cv", other)


def no_stack(patch: pytest.MonkeyPatch) -> None:
    """Core has no `script_stack_cv`, so Doorwatch uses its replacement."""
    stack = without("homeassistant.helpers.script", "script_stack_cv", patch)
    patch.undo()  # core itself needs the name
    patch.setattr(core_interfaces, "script_stack_cv", stack.script_stack_cv)


def other_request(patch: pytest.MonkeyPatch) -> None:
    """Core stores the request elsewhere."""
    other = ContextVar[object]("current_request", default=None)
    patch.setattr(server, "current_request", other)


CHANGES = {
    other_wrapper: CALL_SERVICE_TASK,
    renamed_handler: CALL_SERVICE_TASK,
    other_task: CALL_SERVICE_TASK,
    other_connection: CALL_SERVICE_TASK,
    other_stack: "script_stack_cv",
    no_stack: "script_stack_cv",
    other_request: "current_request",
}


@pytest.fixture(params=CHANGES, ids=lambda change: change.__name__)
def changed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Change core before Home Assistant starts, and return the name that no longer works."""
    request.param(monkeypatch)
    return CHANGES[request.param]


async def test_sharing_is_closed_and_says_why(
    changed: str, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is staged or shared, and the errors, the issue and the log give the reason."""
    client = await home.connect()

    assert home.data.guard.broken_callers == {changed}
    assert issues(home.hass) == {"core_changed"}
    refused = await try_prepare(client, home)
    assert refused["code"] == "core_changed"
    assert "Update Doorwatch" in refused["message"]
    answer = await tap(client, home, "guess")
    assert answer["error"]["translation_key"] == "core_changed"
    assert "Update Doorwatch" in answer["error"]["message"]
    assert staged(home) == []
    assert await home.shares() == []
    assert await home.refused() == 2
    assert {reason for _, reason in await home.refusals()} == {
        "prepare_core_changed",
        "core_changed",
    }
    [logged] = [
        record.getMessage()
        for record in caplog.get_records("setup")
        if record.name.endswith("doorwatch.access.guard")
    ]
    assert changed in logged
    found = await diagnose(home.hass, home.household)
    assert changed in found["missing_in_core"]


async def test_a_later_start_that_passes_opens_sharing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handler is renamed at the first start, and unchanged at the second."""
    hass = home.hass
    with monkeypatch.context() as patch:
        renamed_handler(patch)
        async_register_command(hass, commands.handle_call_service)
        home.data.guard.broken_callers = await async_check_core(hass)
        assert issues(hass) == {"core_changed"}
        client = await home.connect()
        assert (await try_prepare(client, home))["code"] == "core_changed"

    async_register_command(hass, commands.handle_call_service)
    home.data.guard.broken_callers = await async_check_core(hass)

    assert issues(hass) == set()
    ready = await prepare(client, home)
    assert (await tap(client, home, ready["confirmation"]))["success"]


@pytest.mark.parametrize("what", ["retry", "hand_over"])
async def test_nothing_is_set_moving_again_and_stopping_works(
    home: Home, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelling stays possible, because it only reduces what is sent."""
    client = await home.connect()
    ready = await prepare(client, home)
    await tap(client, home, ready["confirmation"])
    [share_id] = await home.shares()
    other_stack(monkeypatch)
    home.data.guard.broken_callers = await async_check_core(home.hass)

    refused = await command(client, type=f"doorwatch/share/{what}", share_id=share_id)

    assert refused["error"]["code"] == "core_changed"
    stopped = await command(client, type="doorwatch/share/cancel", share_id=share_id)
    assert stopped["success"]


async def test_a_handler_that_never_runs_delays_the_start_for_a_moment(
    installed: None, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check times out."""
    replace_handler(monkeypatch, lambda *_: None, "handle_call_service")
    async_register_command(hass, commands.handle_call_service)
    monkeypatch.setattr(core_interfaces, "PATIENCE", 0.01)

    assert await async_broken_callers(hass) == {CALL_SERVICE_TASK: "TimeoutError"}


async def test_core_without_the_command_fails_the_check(
    installed: None, hass: HomeAssistant
) -> None:
    del hass.data["websocket_api"]["call_service"]

    assert set(await async_broken_callers(hass)) == {CALL_SERVICE_TASK}


# Missing names


def without(module: str, name: str, patch: pytest.MonkeyPatch) -> ModuleType:
    """Load a new copy of the module as if core didn't have this name."""
    target: object = import_module(module)
    *path, last = name.split(".")
    for each in path:
        target = getattr(target, each)
    patch.delattr(target, last)
    spec = spec_from_file_location(
        core_interfaces.__name__, Path(core_interfaces.__file__)
    )
    assert spec is not None
    assert spec.loader is not None
    fresh = module_from_spec(spec)
    spec.loader.exec_module(fresh)
    return fresh


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.name)
async def test_doorwatch_loads_without_a_name(
    installed: None, name: CoreName, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module reports the missing name and its consequence."""
    fresh = without(name.module, name.name, monkeypatch)

    assert fresh.missing_names() == {f"{name.module}.{name.name}": name.without}
    assert len(fresh.NAMES) == len(NAMES)


async def test_replacements_do_what_their_users_expect(
    installed: None, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the names, talking is unavailable, and no user has set a language."""
    webrtc = without(
        "homeassistant.components.camera.webrtc",
        "async_get_supported_provider",
        monkeypatch,
    )
    storage = without(
        "homeassistant.components.frontend.storage", "async_user_store", monkeypatch
    )

    assert await webrtc.async_get_supported_provider(hass, None) is None
    with pytest.raises(HomeAssistantError):
        await storage.async_user_store(hass, "user")


async def test_what_is_missing_is_logged_once(
    doorwatch: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A missing name or logger prevents neither setup nor sharing."""
    name = CoreName(module="core", name="gone", without="nothing works", found=False)
    monkeypatch.setattr(core_interfaces, "NAMES", [*NAMES, name])
    monkeypatch.setattr(core_interfaces, "LOGGERS", ("homeassistant.gone",))

    assert await async_setup_component(doorwatch, DOMAIN, {})
    await async_get_domain(doorwatch)

    for text in (
        "doesn't have core.gone, so nothing works",
        "doesn't have logger homeassistant.gone, so its debug log may show secrets",
    ):
        assert caplog.text.count(text) == 1, text
    assert issues(doorwatch) == set()


# Completeness of the list

# Names for subclasses in core's developer documentation, and a name of the standard
# library.
PROMISED = {
    "_abort_if_unique_id_configured",
    "_get_reauth_entry",
    "_get_reconfigure_entry",
    "_set_confirm_only",
    "_trigger_event",
    "_asdict",
}
LISTED = {each.name for each in NAMES if "." not in each.name}
FILES = {
    path: ast.parse(path.read_text())
    for path in PACKAGE.rglob("*.py")
    if not path.is_relative_to(PACKAGE / "engine")
}


def own_names() -> set[str]:
    """Return the names that the integration defines or assigns."""
    found: set[str] = set()
    for tree in FILES.values():
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    found.add(node.name)
                case ast.Attribute(ctx=ast.Store()):
                    found.add(node.attr)
                case ast.AnnAssign(target=ast.Name(id=name)):
                    found.add(name)
    return found


OWN = own_names()


def unlisted(tree: ast.AST) -> set[str]:
    """Return the core names in a module that belong in the list."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), level=0) if module.startswith(
                "homeassistant"
            ):
                names = {each.name for each in node.names}
                found |= {
                    each for each in names if each.startswith("_") or each in LISTED
                } - {"__version__"}
            case ast.Attribute(attr=name) if name in LISTED or (
                name.startswith("_")
                and not name.startswith("__")
                and name not in OWN | PROMISED
            ):
                found.add(name)
            case ast.Constant(value=str(text)) if text.startswith("websocket_api."):
                found.add(text)
    return found


def test_names_without_a_promise_are_in_the_list_alone() -> None:
    """All names that core may change are in one module."""
    elsewhere = {
        path.relative_to(PACKAGE).as_posix(): found
        for path, tree in FILES.items()
        if path.name != "core_interfaces.py" and (found := unlisted(tree))
    }

    assert elsewhere == {}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from homeassistant.helpers.script import _ScriptRun", "_ScriptRun"),
        (
            "from homeassistant.helpers.script import script_stack_cv as x",
            "script_stack_cv",
        ),
        ("websocket_api.current_connection.get()", "current_connection"),
        ("self.stream._available", "_available"),
        ("entity._context_set", "_context_set"),
        ("task == 'websocket_api.async:other'", "websocket_api.async:other"),
    ],
)
def test_a_new_name_elsewhere_is_found(source: str, name: str) -> None:
    assert unlisted(ast.parse(source)) == {name}
