"""Tests of the commands on pages that are run on a clean machine."""

from pathlib import Path
import subprocess

from scripts.bare_blocks import write_scripts
from tests.repository import ROOT

PAGE = """\
# Install

```sh desk
sudo apt install age
age --version
```

Not a command: `sudo apt install nothing`.

```text
sudo apt install nothing
```

```sh
cd inner && npm ci
node main.js
```
"""


def test_a_page_becomes_a_script_that_ends_its_blocks_with_the_last_install(
    tmp_path: Path,
) -> None:
    """Each block starts in the page's folder, and a failing command ends the block."""
    page = tmp_path / "agency/intake/README.md"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE)
    (tmp_path / "README.md").write_text("# Nothing to install\n")

    (script,) = write_scripts(tmp_path, tmp_path)

    assert script.read_text() == (
        "# agency/intake/README.md\n"
        "set -euo pipefail\n"
        "echo 'agency/intake/README.md:3'\n"
        "(\ncd agency/intake\nsudo apt install age\n)\n"
        "echo 'agency/intake/README.md:14'\n"
        "(\ncd agency/intake\ncd inner && npm ci\n)\n"
    )


def test_the_pages_of_this_repository_are_tried(tmp_path: Path) -> None:
    """They include the pages for installing an agency, and bash can parse each script."""
    scripts = {each.name: each for each in write_scripts(ROOT, tmp_path)}

    assert "sudo apt install" in scripts["docs-agency-set-up.sh"].read_text()
    assert "npm ci" in scripts["agency-intake-README.sh"].read_text()
    for script in scripts.values():
        subprocess.run(["bash", "-n", script], check=True)
