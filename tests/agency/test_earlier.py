"""The programs continue an inbox of the earlier version with the same answers and files."""

import json
from pathlib import Path

from tests.repository import ROOT

from .earlier import DATA, continued


def test_an_inbox_of_the_version_before_is_continued(tmp_path: Path) -> None:
    data = json.loads(DATA.read_text())
    told = continued(tmp_path / "now", ROOT, data)
    assert [json.loads(json.dumps(one)) for one in told] == data["continued"]
