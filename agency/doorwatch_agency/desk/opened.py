"""What is noted beside an opened package: the file that it came as, and when."""

from dataclasses import asdict
import json
from pathlib import Path

from ..errors import AgencyError
from ..files import write_whole
from ..package.unpack import Opened

NAME = "opened.json"


def save_opened(opened: Opened) -> None:
    """Note it beside the bag."""
    noted = asdict(opened) | {"bag": opened.bag.name}
    content = json.dumps(noted, indent=1, sort_keys=True) + "\n"
    write_whole(opened.bag.parent / NAME, content.encode())


def load_opened(bag: Path) -> Opened:
    """Read what was noted when this bag was opened."""
    path = bag.parent / NAME
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        right = noted["bag"] == bag.name
        opened = Opened(**(noted | {"bag": bag}))
    except (OSError, ValueError, TypeError, KeyError) as err:
        raise AgencyError(f"{path} does not say how {bag.name} was opened") from err
    if not right:
        raise AgencyError(f"{path} is about a different package than {bag.name}")
    return opened
