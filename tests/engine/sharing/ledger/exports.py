"""Helpers to export the ledger and to verify an export."""

from pathlib import Path
import subprocess

from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger
from tests.repository import ROOT

SCRIPT = ROOT / "docs" / "verify-ledger.sh"


async def exported(ledger: Ledger) -> bytes:
    """Export the whole ledger."""
    return b"".join([chunk async for chunk in ledger.export()])


def shell(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Verify an export with the shell script."""
    return subprocess.run(
        [str(SCRIPT), str(path), *more],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
