"""Write the installing commands of the pages as scripts, for `bare` to run.

The script of a page contains its shell blocks with a line of `apt`, `pip` or `npm`, up
to the last such line, and runs them in the folder that the page assumes.
"""

from pathlib import Path
import re
import sys

# A shell block and its content.
_BLOCK = re.compile(r"^```sh\b[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INSTALLS = re.compile(r"(^|[\s(/])(apt|apt-get|pip|npm) ")
PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "agency/*/README.md")


def blocks(page: Path) -> list[tuple[int, list[str]]]:
    """Return the line and the commands of each block that installs something."""
    text = page.read_text()
    found = []
    for block in _BLOCK.finditer(text):
        lines = block[1].splitlines()
        installs = [at for at, line in enumerate(lines) if _INSTALLS.search(line)]
        if installs:
            line = text.count("\n", 0, block.start()) + 1
            found.append((line, lines[: installs[-1] + 1]))
    return found


def write_scripts(root: Path, target: Path) -> list[Path]:
    """Write a script for each page that installs something."""
    written = []
    for page in [each for pattern in PAGES for each in sorted(root.glob(pattern))]:
        name = page.relative_to(root)
        # The pages of the agency's programs assume their own folder.
        beside = name.parent if name.parts[0] == "agency" else Path()
        if found := blocks(page):
            script = target / f"{'-'.join(name.with_suffix('').parts)}.sh"
            lines = [f"# {name}", "set -euo pipefail"]
            for line, commands in found:
                # A subshell for each block, because it may change the folder.
                lines += [f"echo '{name}:{line}'", "(", f"cd {beside}", *commands, ")"]
            script.write_text("\n".join([*lines, ""]))
            written.append(script)
    return written


if __name__ == "__main__":
    for each in write_scripts(Path(sys.argv[1]), Path(sys.argv[2])):
        print(each)
