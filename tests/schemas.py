"""The schemas that are published, asked as a stranger asks them."""

from collections.abc import Mapping
from functools import cache
import json
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.repository import ROOT

FOLDER = ROOT / "docs/schemas"


@cache
def schemas() -> dict[str, dict[str, object]]:
    """Return each by the name of its file."""
    return {path.name: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}


@cache
def _validator(name: str) -> Draft202012Validator:
    found = [(name, Resource.from_contents(one)) for name, one in schemas().items()]
    registry: Registry[Any] = Registry().with_resources(found)
    return Draft202012Validator(schemas()[f"{name}.json"], registry=registry)


def undescribed(kind: str, data: Mapping[str, object]) -> list[str]:
    """Name what the schema of the ledger does not know of a line."""
    kinds: Any = schemas()["ledger.json"]["$defs"]
    if kind not in kinds:
        return [kind]
    return [f"{kind}: {name}" for name in data.keys() - kinds[kind]["properties"]]


def problems(name: str, value: object) -> list[str]:
    """Say what a schema has against a value, by the place of each."""
    # As JSON, in which a tuple is a list.
    errors = _validator(name).iter_errors(json.loads(json.dumps(value)))
    return [f"{error.json_path}: {error.message}" for error in errors]
