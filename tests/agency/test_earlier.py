"""An inbox that the version before made is served on: same answers, same files."""

import json
from pathlib import Path

from tests.repository import ROOT

from .earlier import DATA, continued


def test_an_inbox_of_the_version_before_is_continued(tmp_path: Path) -> None:
    """The intake and the officer's command do with it what that version did."""
    data = json.loads(DATA.read_text())
    told = continued(tmp_path / "now", ROOT, data)
    assert [json.loads(json.dumps(one)) for one in told] == data["continued"]
