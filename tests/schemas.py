"""Validate values with the published schemas."""

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
    """Return the schemas by file name."""
    return {path.name: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}


@cache
def _validator(name: str) -> Draft202012Validator:
    found = [(name, Resource.from_contents(one)) for name, one in schemas().items()]
    registry: Registry[Any] = Registry().with_resources(found)
    return Draft202012Validator(schemas()[f"{name}.json"], registry=registry)


def undescribed(kind: str, data: Mapping[str, object]) -> list[str]:
    """Return the names in a ledger line that the schema doesn't describe."""
    kinds: Any = schemas()["ledger.json"]["$defs"]
    if kind not in kinds:
        return [kind]
    return [f"{kind}: {name}" for name in data.keys() - kinds[kind]["properties"]]


def problems(name: str, value: object) -> list[str]:
    """Return the validation errors of a value, each with its JSON path."""
    # Convert tuples to lists, as JSON does.
    errors = _validator(name).iter_errors(json.loads(json.dumps(value)))
    return [f"{error.json_path}: {error.message}" for error in errors]
