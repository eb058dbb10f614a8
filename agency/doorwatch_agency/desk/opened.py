"""What is noted beside an opened package: the file that it came as, and when."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
import json
from pathlib import Path

from ..errors import AgencyError
from ..files import file_mode, writing
from ..package.unpack import Opened

_BEFORE = "opened.json"  # of earlier versions, which opened one package into a folder


def share_of(bag: Path) -> str:
    """Return the number that the name of an opened folder says."""
    return bag.name.removeprefix("doorwatch-")


def note_path(bag: Path) -> Path:
    """Return where it is noted."""
    return bag.with_name(f"{bag.name}.opened.json")


@contextmanager
def noting(opened: Opened) -> Iterator[None]:
    """Note it beside the bag when the block ends."""
    noted = asdict(opened) | {"bag": opened.bag.name}
    content = json.dumps(noted, indent=1, sort_keys=True) + "\n"
    path = note_path(opened.bag)
    with writing(path, content.encode(), file_mode(path.parent)):
        yield


def load_opened(bag: Path) -> Opened:
    """Read what was noted when this bag was opened."""
    path = note_path(bag)
    if not path.exists() and (before := bag.with_name(_BEFORE)).exists():
        path = before
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        right = noted["bag"] == bag.name
        opened = Opened(**(noted | {"bag": bag}))
    except (OSError, ValueError, TypeError, KeyError) as err:
        raise AgencyError(f"{path} does not say how {bag.name} was opened") from err
    if not right:
        raise AgencyError(f"{path} is about a different package than {bag.name}")
    return opened
