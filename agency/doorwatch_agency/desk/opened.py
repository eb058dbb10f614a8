"""The note next to an opened package: the original file and when it was opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
import json
from pathlib import Path
import re

from ..errors import AgencyError
from ..files import file_mode, writing
from ..package.unpack import Opened

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BEFORE = "opened.json"  # in earlier versions, one package per folder


def share_of(bag: Path) -> str:
    """Return the share number in the name of an opened folder."""
    return bag.name.removeprefix("doorwatch-")


def note_path(bag: Path) -> Path:
    """Return the path of the note."""
    return bag.with_name(f"{bag.name}.opened.json")


@contextmanager
def noting(opened: Opened) -> Iterator[None]:
    """Write the note when the block ends."""
    noted = asdict(opened) | {"bag": opened.bag.name}
    content = json.dumps(noted, indent=1, sort_keys=True) + "\n"
    path = note_path(opened.bag)
    with writing(path, content.encode(), file_mode(path.parent)):
        yield


def load_opened(bag: Path) -> Opened:
    """Read the note of an opened package."""
    path = note_path(bag)
    if not path.exists() and (before := bag.with_name(_BEFORE)).exists():
        path = before
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        right = noted["bag"] == bag.name
        opened = Opened(**(noted | {"bag": bag}))
        _check_types(opened)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as err:
        raise AgencyError(f"{path} does not say how {bag.name} was opened") from err
    if not right:
        raise AgencyError(f"{path} is about a different package than {bag.name}")
    return opened


def _check_types(opened: Opened) -> None:
    """Raise `ValueError` if a field has a type that this program does not write."""
    if (
        not isinstance(opened.sha256, str)
        or _DIGEST.fullmatch(opened.sha256) is None
        or type(opened.size) is not int
        or not isinstance(opened.at, str)
        or not isinstance(opened.name, str | None)
        or type(opened.encrypted) is not bool
        or type(opened.zipped) is not bool
    ):
        raise ValueError("not as this program writes it")
    datetime.fromisoformat(opened.at)


def refuse_inside(path: Path, bag: Path) -> None:
    """Raise if a path is inside a package, since a new file would break its signature."""
    if path.resolve().is_relative_to(bag.resolve()):
        raise AgencyError(f"{path} is inside the package. Choose another folder")
