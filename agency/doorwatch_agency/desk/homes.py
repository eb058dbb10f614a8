"""What this agency remembers: whose key came when, and which shares were received."""

from dataclasses import asdict, dataclass, field
import json
from pathlib import Path

from ..errors import AgencyError
from ..files import write_whole


@dataclass(kw_only=True)
class Home:
    """A home, by its key. `label` is the officer's own word for it."""

    first_seen: str
    proved: str | None = None  # when the owner's fingerprint was typed in
    label: str | None = None


@dataclass(kw_only=True)
class Received:
    """A share that was accepted."""

    home: str
    digest: str  # of the signed tag manifest
    at: str
    verified_at: str | None = None  # to the second; missing in older files


@dataclass(kw_only=True)
class Homes:
    """All of it, kept in one file."""

    homes: dict[str, Home] = field(default_factory=dict)
    shares: dict[str, Received] = field(default_factory=dict)

    def labelled(self, label: str) -> str | None:
        """Find the key that stands under a label."""
        for name, home in self.homes.items():
            if home.label == label:
                return name
        return None


def load_homes(path: Path) -> Homes:
    """Read the file; a missing one is an empty one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Homes()
    except (OSError, ValueError) as err:
        raise AgencyError(f"cannot read {path}") from err
    try:
        return Homes(
            homes={name: Home(**home) for name, home in content["homes"].items()},
            shares={name: Received(**one) for name, one in content["shares"].items()},
        )
    except (KeyError, TypeError, AttributeError) as err:
        raise AgencyError(f"{path} is not a list of homes") from err


def save_homes(path: Path, homes: Homes) -> None:
    """Write the file atomically, for this user only."""
    content = json.dumps(asdict(homes), indent=1, sort_keys=True)
    write_whole(path, content.encode())
