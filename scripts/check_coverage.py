"""Find modules of which the tests run too little. See `test`.

Takes what `coverage json` prints.
"""

from collections.abc import Iterator, Mapping
import json
import sys
from typing import Any, Final

PACKAGE: Final = "custom_components/doorwatch/"
# Percent of the statements of each module.
FLOOR: Final = 85
# Core's rule `config-flow-test-coverage` wants all of these.
WHOLE: Final = (f"{PACKAGE}config_flow.py", f"{PACKAGE}flows/")


def main() -> None:
    """Print the modules below their floor; fail if there are any."""
    if found := list(below(json.load(sys.stdin)["files"])):
        print("\n".join(found))
        sys.exit(1)


def below(files: Mapping[str, Any]) -> Iterator[str]:
    """Give a line for each module below its floor."""
    for name, measured in sorted(files.items()):
        floor = 100 if name.startswith(WHOLE) else FLOOR
        covered = measured["summary"]["percent_covered"]
        if covered < floor:
            lines = ", ".join(str(line) for line in measured["missing_lines"])
            yield f"{name}: {covered:.1f} % is below {floor} %, missing {lines}"


if __name__ == "__main__":
    main()
