"""Find duplicate class names, and imports from modules that do not define the name.

The name of a public class is unique in the integration, and each name has one import
path: the module that defines it, or a package whose `__all__` lists it. `--fix
[PATH...]` rewrites other imports, in these files and folders or everywhere. Run
`scripts/lint --fix` afterwards, which sorts imports and removes unused ones.
"""

import argparse
import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
import sys
from typing import Final, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
INTEGRATION: Final = "custom_components/doorwatch"
PRODUCT: Final = (INTEGRATION, "agency/doorwatch_agency")
IMPORTERS: Final = (*PRODUCT, "scripts", "tests")


class Origin(NamedTuple):
    """Where an imported name is defined; `name` is None for a whole module."""

    module: str
    name: str | None


class SecondPath(NamedTuple):
    """An import of a name from a module that imports it itself."""

    path: Path
    node: ast.ImportFrom
    alias: ast.alias
    module: str
    origin: Origin


@dataclass
class Module:
    """The top-level names of a module; `offered` is `__all__`, except in packages."""

    defined: set[str] = field(default_factory=set)
    imported: dict[str, Origin] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)


def main() -> None:
    """Print duplicate names and second import paths; fail if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", nargs="*", type=Path, metavar="PATH")
    only: list[Path] | None = parser.parse_args().fix
    if only is not None:
        fix(ROOT, [path.resolve() for path in only] or [ROOT])
    found = [*duplicates(ROOT), *second_paths(ROOT)]
    if found:
        print("\n".join(found))
        sys.exit(1)


def duplicates(root: Path) -> Iterator[str]:
    """Yield a line for each public class whose name another class has, too."""
    places = defaultdict[str, list[str]](list)
    for path in sorted((root / INTEGRATION).rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                place = f"{path.relative_to(root).as_posix()}:{node.lineno}"
                places[node.name].append(place)
    for name, found in places.items():
        if len(found) > 1:
            for place in found:
                others = ", ".join(other for other in found if other != place)
                yield f"{place}: rename class {name}, which is also in {others}"


def second_paths(root: Path) -> Iterator[str]:
    """Yield a line for each name that is imported from a module that does not define it."""
    for found in _second_paths(root):
        place = f"{found.path.relative_to(root).as_posix()}:{found.node.lineno}"
        name, source = found.origin.name, found.origin.module
        what = f"{name} from {source}" if name else source
        yield f"{place}: import {what}, not from {found.module}"
    for folder in PRODUCT:
        for path in sorted((root / folder).rglob("*.py")):
            module = _read(path, root)
            if names := sorted(module.offered & set(module.imported)):
                place = path.relative_to(root).as_posix()
                yield f"{place}: delete __all__, which offers {', '.join(names)}"


def fix(root: Path, only: list[Path]) -> None:
    """Import each name from the module that defines it, in these files and folders."""
    changes = defaultdict[Path, dict[ast.ImportFrom, dict[ast.alias, Origin]]](dict)
    for found in _second_paths(root):
        if any(found.path.is_relative_to(folder) for folder in only):
            changes[found.path].setdefault(found.node, {})[found.alias] = found.origin
    for path, nodes in changes.items():
        lines = path.read_text().splitlines(keepends=True)
        for node in sorted(nodes, key=lambda one: one.lineno, reverse=True):
            place = slice(node.lineno - 1, node.end_lineno)
            if not any("#" in line for line in lines[place]):  # keep comments
                written = _imports(node, nodes[node], _package(path, root))
                lines[place] = [f"{' ' * node.col_offset}{line}\n" for line in written]
        path.write_text("".join(lines))


def _second_paths(root: Path) -> Iterator[SecondPath]:
    modules = {
        _dotted(path, root): _read(path, root)
        for folder in PRODUCT
        for path in sorted((root / folder).rglob("*.py"))
    }
    for folder in IMPORTERS:
        for path in sorted((root / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.ImportFrom):
                    continue
                name = _absolute(node, _package(path, root))
                for alias in node.names:
                    origin = _origin(modules, name, alias.name)
                    if origin != Origin(name, alias.name):
                        yield SecondPath(path, node, alias, name, origin)


def _origin(modules: dict[str, Module], name: str, imported: str) -> Origin:
    """Follow a name to the module that defines or offers it."""
    module = modules.get(name)
    if (
        module is None
        or imported in module.defined
        or f"{name}.{imported}" in modules
        or imported not in module.imported
    ):
        return Origin(name, imported)
    origin = module.imported[imported]
    if origin.name is None:
        return origin
    return _origin(modules, origin.module, origin.name)


def _read(path: Path, root: Path) -> Module:
    """Return what a module defines and imports; a package defines its `__all__`."""
    module = Module()
    for node in _top_level(ast.parse(path.read_text()).body):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                module.defined.add(node.name)
            case ast.Import():
                for alias in node.names:
                    if alias.asname:
                        module.imported[alias.asname] = Origin(alias.name, None)
            case ast.ImportFrom():
                source = _absolute(node, _package(path, root))
                for alias in node.names:
                    name = alias.asname or alias.name
                    module.imported[name] = Origin(source, alias.name)
            case _:
                names = {
                    each.id
                    for each in ast.walk(node)
                    if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
                }
                module.defined |= names
                if names == {"__all__"}:
                    module.offered |= _strings(node)
    if path.name == "__init__.py":
        module.defined |= module.offered
        module.offered = set()
    return module


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run when the module is imported."""
    for node in body:
        if isinstance(node, ast.If | ast.Try | ast.With):
            for name in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)
        else:
            yield node


def _strings(node: ast.stmt) -> set[str]:
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def _imports(
    node: ast.ImportFrom, moved: dict[ast.alias, Origin], package: str
) -> Iterator[str]:
    """Yield lines that import the names of a statement from the modules that define them."""
    kept = [ast.unparse(alias) for alias in node.names if alias not in moved]
    if kept:
        yield f"from {'.' * node.level}{node.module or ''} import {', '.join(kept)}"
    for alias, origin in moved.items():
        name = alias.asname or alias.name
        if origin.name is None:
            yield f"import {origin.module} as {name}"
            continue
        module = _relative(origin.module, package) if node.level else origin.module
        renamed = f" as {name}" if name != origin.name else ""
        yield f"from {module} import {origin.name}{renamed}"


def _relative(module: str, package: str) -> str:
    """Return the relative name of a module in a package; absolute if they share no parent."""
    here, there = package.split("."), module.split(".")
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] == there[shared]:
        shared += 1
    if not shared:
        return module
    return "." * (len(here) - shared + 1) + ".".join(there[shared:])


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the full name of the module that a statement imports from."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def _dotted(path: Path, root: Path) -> str:
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    return name.removesuffix(".__init__")


def _package(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).parent.parts)


if __name__ == "__main__":
    main()
