"""Compare public interfaces and stored data with snapshots.

A change affects users, automations, dashboards or homes that upgrade. If it's intended, update
the snapshots with `pytest tests/test_surface.py --snapshot-update`.
"""

import ast
from collections.abc import Iterator
from contextlib import closing
import importlib
import json
from pathlib import Path
import pkgutil
import sqlite3
from types import ModuleType
from typing import Any

from homeassistant.components.websocket_api.const import DOMAIN as WEBSOCKET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import Selector
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion
import voluptuous as vol

from custom_components import doorwatch
from custom_components.doorwatch.const import DOMAIN

FOLDER = Path(doorwatch.__path__[0])


def modules() -> Iterator[ModuleType]:
    """Import all modules of the integration."""
    for found in pkgutil.walk_packages(doorwatch.__path__, f"{doorwatch.__name__}."):
        yield importlib.import_module(found.name)


def constants(prefix: str) -> dict[str, set[str]]:
    """Return the values of all constants with this prefix, and the names of the constants."""
    found: dict[str, set[str]] = {}
    for module in modules():
        for name, value in vars(module).items():
            if name.startswith(prefix) and isinstance(value, str):
                found.setdefault(value, set()).add(name)
    return found


def leaves(tree: object, at: str = "") -> Iterator[str]:
    """Yield the path of each leaf of a JSON object."""
    if not isinstance(tree, dict) or not tree:
        yield at
        return
    for key, below in tree.items():
        yield from leaves(below, f"{at}.{key}" if at else str(key))


def shown(schema: object) -> Any:
    """Return a representation of a schema that doesn't change from run to run."""
    match schema:
        case vol.Schema():
            return shown(schema.schema)
        case dict():
            # The fields of a target belong to core and depend on its version.
            target = cv.TARGET_SERVICE_FIELDS.keys()
            if target <= schema.keys():
                ours = {key: schema[key] for key in schema.keys() - target}
                return {"target": "of core"} | shown(ours)
            return {
                _key(key): shown(value)
                for key, value in sorted(schema.items(), key=lambda each: str(each[0]))
            }
        case list():
            return [shown(each) for each in schema]
        case vol.All() | vol.Any():
            return [type(schema).__name__, *(shown(each) for each in schema.validators)]
        case Selector():
            return schema.serialize()
        case vol.Range():
            return f"Range {schema.min} {schema.max}"
        case vol.Length():
            return f"Length {schema.min} {schema.max}"
        case vol.Coerce():
            return f"Coerce {schema.type_name}"
        case None | bool() | int() | float() | str():
            return schema
    return getattr(schema, "__qualname__", type(schema).__name__)


def _key(key: object) -> str:
    if not isinstance(key, vol.Marker):
        return str(shown(key))
    given = getattr(key, "default", vol.UNDEFINED)
    default = "" if isinstance(given, vol.Undefined) else f" = {given()!r}"
    return f"{type(key).__name__} {key.schema}{default}"


async def test_actions(
    hass: HomeAssistant, demo: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    assert {
        name: {
            "answers": action.supports_response.value,
            "fields": shown(action.schema),
        }
        for name, action in sorted(hass.services.async_services()[DOMAIN].items())
    } == snapshot


async def test_websocket_commands(
    hass: HomeAssistant, demo: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    assert {
        name: shown(schema)
        for name, (_, schema) in sorted(hass.data[WEBSOCKET].items())
        if name.startswith(f"{DOMAIN}/")
    } == snapshot


async def test_addresses(
    hass: HomeAssistant, demo: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    assert (
        sorted(
            f"{route.method} {route.resource.canonical}"
            for route in hass.http.app.router.routes()
            if route.resource and DOMAIN in route.resource.canonical
        )
        == snapshot
    )


async def test_tables(
    hass: HomeAssistant, demo: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    tables = {}
    for path in sorted(Path(hass.config.config_dir).rglob("*.db")):
        with closing(sqlite3.connect(path)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            rows = database.execute(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
            )
            tables[path.name] = {
                "version": version,
                "tables": [" ".join(sql.split()) for (sql,) in rows],
            }
    assert tables.keys() == {"index.db", "ledger.db", "outbox.db"}
    assert tables == snapshot


def test_stores(snapshot: SnapshotAssertion) -> None:
    found = []
    for module in modules():
        assert module.__file__ is not None
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            if not isinstance(node, ast.Call):
                continue
            made = (
                node.func.value if isinstance(node.func, ast.Subscript) else node.func
            )
            if not (isinstance(made, ast.Name) and made.id == "Store"):
                continue
            _, version, key = (ast.unparse(each) for each in node.args)
            found.append(f"{key} version {vars(module)[version]}")
    assert sorted(found) == snapshot


def test_keys_of_entries_and_forms(snapshot: SnapshotAssertion) -> None:
    assert sorted(constants("CONF_")) == snapshot


def test_events(snapshot: SnapshotAssertion) -> None:
    events = constants("EVENT_")
    assert sorted(each for each in events if each.startswith(DOMAIN)) == snapshot


@pytest.mark.parametrize(
    "name", ["translations/en.json", "icons.json", "services.yaml", "triggers.yaml"]
)
def test_names_in_files(name: str, snapshot: SnapshotAssertion) -> None:
    path = FOLDER / name
    tree = (
        json.loads(path.read_text()) if path.suffix == ".json" else load_yaml(str(path))
    )
    assert sorted(leaves(tree)) == snapshot
