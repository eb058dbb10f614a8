"""Find modules with too little test coverage. See `test`.

Reads the output of `coverage json`.
"""

from collections.abc import Iterator, Mapping
import json
import sys
from typing import Any, Final

PACKAGE: Final = "custom_components/doorwatch/"
# Percent of the statements of each module.
FLOOR: Final = 85
# Core's rule `config-flow-test-coverage` requires all of these.
WHOLE: Final = (f"{PACKAGE}config_flow.py", f"{PACKAGE}flows/")


def main() -> None:
    """Print the modules below their limit; fail if there are any."""
    if found := list(below(json.load(sys.stdin)["files"])):
        print("\n".join(found))
        sys.exit(1)


def below(files: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each module below its limit."""
    for name, measured in sorted(files.items()):
        floor = 100 if name.startswith(WHOLE) else FLOOR
        covered = measured["summary"]["percent_covered"]
        if covered < floor:
            lines = ", ".join(str(line) for line in measured["missing_lines"])
            yield f"{name}: {covered:.1f} % is below {floor} %, missing {lines}"


if __name__ == "__main__":
    main()
