"""Tests of the frontend's build output."""

import gzip
import json
from pathlib import Path
import re
import shutil
import subprocess

import pytest

from tests.repository import ROOT

FRONTEND = ROOT / "frontend"
# The largest size of each entry in bytes of Brotli.
MOST = {"loader": 4_000, "card": 45_000, "panel": 110_000}
# The player, which is loaded when a clip is first opened.
MOST_PLAYER = 25_000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that contained an earlier build before the build."""
    npx = shutil.which("npx")
    assert npx, "run scripts/setup"
    folder = tmp_path_factory.mktemp("built")
    for name in ("doorwatch-card-0123abcd.js", "doorwatch-card-0123abcd.js.br"):
        (folder / name).write_text("old")
    done = subprocess.run(
        [npx, "vite", "build", "--logLevel", "error", "--outDir", str(folder)],
        cwd=FRONTEND,
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return folder


def entries(built: Path) -> dict[str, str]:
    """Return the file names of the entries."""
    content: dict[str, str] = json.loads((built / "entries.json").read_text())
    return content


def reached(built: Path, *names: str) -> set[str]:
    """Return these files and all that they import, statically or dynamically."""
    found = set(names)
    for name in names:
        text = (built / name).read_text()
        for other in re.findall(r"[\"'`]\./(doorwatch-[\w.-]+\.js)[\"'`]", text):
            if other not in found:
                found |= reached(built, other)
    return found


def test_nothing_of_an_earlier_build_is_left(built: Path) -> None:
    """Repeated updates must not accumulate files."""
    scripts = reached(built, *entries(built).values())
    assert {path.name for path in built.iterdir()} == {"entries.json"} | {
        name + end for name in scripts for end in ("", ".br", ".gz")
    }


def test_compressed_copies_hold_the_same(built: Path) -> None:
    """Home Assistant serves them instead of the files."""
    for path in built.glob("*.js"):
        assert gzip.decompress(Path(f"{path}.gz").read_bytes()) == path.read_bytes()


def test_all_but_the_loader_are_named_by_their_content(built: Path) -> None:
    """Browsers can cache them forever."""
    names = {path.name for path in built.glob("*.js")} - {entries(built)["loader"]}
    assert names
    assert all(re.fullmatch(r"doorwatch-.+-[\w-]{8}\.js", name) for name in names)


def test_a_page_loads_few_bytes(built: Path) -> None:
    """Every Home Assistant page loads the loader; the others load when shown."""
    for entry, name in entries(built).items():
        at_once = {name} | imported(built, name)
        size = sum((built / f"{one}.br").stat().st_size for one in at_once)
        assert size <= MOST[entry], (entry, size)


def test_player_is_a_small_file_of_its_own(built: Path) -> None:
    """The panel loads it when a clip is first opened."""
    panel = entries(built)["panel"]
    (player,) = (path.name for path in built.glob("doorwatch-player-*.js"))
    at_once = {panel} | imported(built, panel)
    assert player in reached(built, panel) - at_once
    more = ({player} | imported(built, player)) - at_once
    size = sum((built / f"{name}.br").stat().st_size for name in more)
    assert size <= MOST_PLAYER, size


def test_words_of_other_languages_are_fetched_when_somebody_speaks_them(
    built: Path,
) -> None:
    """Card and panel have a file for each language except English."""
    for entry, folder in (("card", "i18n"), ("panel", "i18n/panel")):
        name = entries(built)[entry]
        at_once = {name} | imported(built, name)
        later = {re.sub(r"-[\w-]{8}\.js$", "", one) for one in reached(built, name)}
        languages = {
            path.stem for path in (FRONTEND / "src" / folder).glob("*.json")
        } - {"en"}
        assert languages
        for language in languages:
            assert f"doorwatch-words-{language}" in later
            assert not [one for one in at_once if f"-words-{language}-" in one]


def imported(built: Path, name: str) -> set[str]:
    """Return the static imports of a file."""
    text = (built / name).read_text()
    found: set[str] = set()
    for other in re.findall(
        r"(?:from|import)\s*[\"'`]\./(doorwatch-[\w.-]+\.js)[\"'`]", text
    ):
        found |= {other} | imported(built, other)
    return found
