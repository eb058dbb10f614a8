"""Run the officer's script as an agency runs it."""

import os
from pathlib import Path
import subprocess
import sys

from custom_components.doorwatch.engine.sharing.signing.jws import (
    fingerprint,
    thumbprint,
)
from tests.engine.sharing.evidence import Made
from tests.repository import ROOT

SCRIPT = ROOT / "agency" / "verify.sh"


def run(
    *arguments: str | Path, cwd: Path = Path("/"), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the script in an empty folder, without access to the repository's code."""
    environment = {"BAGIT": f"{sys.executable} -m bagit"} | environment
    return subprocess.run(
        [str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env={"PATH": os.environ["PATH"]} | environment,
    )


def home(made: Made) -> str:
    """Return the fingerprint that the owner reads out."""
    return fingerprint(thumbprint(made.key.public_key()))


def run_blocks(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run blocks of a page in a folder, and stop at the first command that fails."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
