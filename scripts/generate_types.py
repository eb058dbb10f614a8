"""Write the card's types of websocket commands: arguments and answers.

Arguments are read from the commands' schemas, answers from the types that mypy checks.
Run `python -m scripts.generate_types` after changing either; a test fails until then.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
import inspect
from pathlib import Path
import subprocess
from types import FunctionType, NoneType, UnionType
from typing import (
    Any,
    Literal,
    TypeAliasType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from homeassistant.components.websocket_api.const import WebSocketCommandHandler
import voluptuous as vol

from custom_components.doorwatch.websocket import COMMANDS
from custom_components.doorwatch.websocket.subscriptions import Subscription

FRONTEND = Path(__file__).parents[1] / "frontend"
FILE = FRONTEND / "src/api/generated.ts"
HEAD = "/** What the integration takes and answers. Written by scripts/generate_types.py. */"

_PLAIN: dict[object, str] = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    NoneType: "null",
    None: "null",
    object: "unknown",
}


def _union(types: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(types))


def _literals(values: Iterable[object]) -> str:
    return _union(f'"{value}"' for value in values)


class Answers:
    """Writes the types of answers and collects the named ones."""

    def __init__(self) -> None:
        """Start without types."""
        self.named: dict[str, str] = {}
        self.hints: dict[str, int] = {}

    def write(self, hint: Any) -> str:
        """Return the TypeScript of one type."""
        if hint in _PLAIN:
            return _PLAIN[hint]
        if isinstance(hint, TypeAliasType) or is_typeddict(hint):
            return self._name(hint)
        if inspect.isclass(hint) and issubclass(hint, Enum):
            return _literals(member.value for member in hint)
        origin, inner = get_origin(hint), get_args(hint)
        if origin in (Union, UnionType):
            return _union(self.write(each) for each in inner)
        if origin is Literal:
            return _literals(inner)
        if origin is list:
            return f"({self.write(inner[0])})[]"
        if origin in (dict, Mapping):
            return f"Record<string, {self.write(inner[1])}>"
        raise TypeError(f"no type of the card's for {hint}")

    def _name(self, hint: Any) -> str:
        # A type of the same name in Python is what the answer is made from.
        name: str = hint.__name__.removesuffix("Json")
        if self.hints.setdefault(name, id(hint)) != id(hint):
            raise TypeError(f"two answers are called {name}")
        if name in self.named:
            return name
        self.named[name] = ""  # types in order of first use
        if isinstance(hint, TypeAliasType):
            self.named[name] = f"export type {name} = {self.write(hint.__value__)};"
            return name
        fields = "".join(
            f"{field}{'?' if field in hint.__optional_keys__ else ''}: {self.write(each)};\n"
            for field, each in get_type_hints(hint).items()
        )
        self.named[name] = (
            f"/** {hint.__doc__} */\nexport interface {name} {{\n{fields}}}"
        )
        return name


def request(schema: object) -> str:
    """Return the TypeScript of a schema."""
    if isinstance(schema, dict):
        if not all(isinstance(key, vol.Marker) for key in schema):
            ((key, value),) = schema.items()
            record = f"Readonly<Record<{request(key)}, {request(value)}>>"
            return record if request(key) == "string" else f"Partial<{record}>"
        fields = "".join(
            f" {key.schema}{'?' if isinstance(key, vol.Optional) else ''}: {request(value)};"
            for key, value in schema.items()
            if key.schema not in ("id", "type")
        )
        return f"{{{fields} }}"
    if isinstance(schema, list):
        return f"readonly ({request(schema[0])})[]"
    if isinstance(schema, vol.Any):
        return _union(request(each) for each in schema.validators)
    if isinstance(schema, vol.All):
        # The first validator after Length gives the type; later ones narrow or convert
        # it.
        said = (one for one in schema.validators if not isinstance(one, vol.Length))
        return request(next(said))
    if isinstance(schema, vol.In):
        return _literals(schema.container)
    if isinstance(schema, vol.Coerce):
        return _PLAIN[schema.type]
    if isinstance(schema, vol.Match):
        return _PLAIN[str]
    if isinstance(schema, vol.ExactSequence):
        return f"readonly [{', '.join(request(each) for each in schema.validators)}]"
    if isinstance(schema, FunctionType):
        return _PLAIN[next(iter(get_type_hints(schema).values()))]
    return "Readonly<Record<string, unknown>>" if schema is dict else _PLAIN[schema]


def _command(handler: WebSocketCommandHandler, types: Answers) -> str:
    # Core's decorator stores both on the handler.
    name, schema = (vars(handler)[key] for key in ("_ws_command", "_ws_schema"))
    hints = get_type_hints(inspect.unwrap(handler))
    answer = types.write(hints["return"])
    event = "".join(
        f" event: {types.write(get_args(hint)[0])};"
        for hint in hints.values()
        if get_origin(hint) is Subscription
    )
    return (
        f'"{name}": {{ request: {request(schema.schema) if schema else "object"};'
        f" answer: {answer};{event} }};"
    )


def generate() -> str:
    """Return the whole file, in the format of the card's sources."""
    types = Answers()
    commands = [_command(handler, types) for handler in COMMANDS]
    parts = [
        HEAD,
        "/** By their type. */\nexport interface Commands {\n"
        + "\n".join(commands)
        + "\n}",
        *types.named.values(),
    ]
    return subprocess.run(
        ["node_modules/.bin/prettier", "--stdin-filepath", FILE.name],
        cwd=FRONTEND,
        input="\n\n".join(parts),
        capture_output=True,
        check=True,
        text=True,
    ).stdout


if __name__ == "__main__":
    FILE.write_text(generate())
