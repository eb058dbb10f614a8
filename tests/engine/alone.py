"""Run a program with only the engine imported, because loading the integration takes seconds.

python -m tests.engine.alone -c CODE [ARGUMENT...]
python -m tests.engine.alone MODULE [ARGUMENT...]
"""

from pathlib import Path
import runpy
import sys
from types import ModuleType

PACKAGE = "custom_components.doorwatch"


def alone(*arguments: str) -> list[str]:
    """Return the command that starts this program."""
    return [sys.executable, "-m", "tests.engine.alone", *arguments]


def main() -> None:
    """Register an empty package as the integration, then run the given program."""
    package = ModuleType(PACKAGE)
    root = Path(__file__).parents[2]
    package.__path__ = [str(root.joinpath(*PACKAGE.split(".")))]
    sys.modules[PACKAGE] = package
    del sys.argv[0]
    if sys.argv[0] == "-c":
        code = compile(sys.argv.pop(1), "<string>", "exec")
        exec(code, {"__name__": "__main__"})  # noqa: S102 - the code of a test
    else:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
