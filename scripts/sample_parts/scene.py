"""Shared by home and agency of a sample: folders, names, times."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

ORIGIN: Final = "https://police.example"
REQUEST: Final = "2026-0417"
SENT: Final = "4f9d3c0a8b7e4d2c9a1f6e5d4c3b2a10"
HANDED_OVER: Final = "5a0e4d1b9c8f5e3dab2a7f6e5d4c3b21"
AGENCY_ID: Final = "agency"
PAGE_ID: Final = "page"
NOW: Final = datetime.now(UTC).replace(microsecond=250_000)
RECORDED: Final = NOW - timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The folders of a sample."""

    folder: Path

    @property
    def agency(self) -> Path:
        """The agency's private files."""
        return self.folder / "agency"

    @property
    def site(self) -> Path:
        """The agency's published files."""
        return self.folder / "site"

    @property
    def home(self) -> Path:
        """The home's private files."""
        return self.folder / "home"
