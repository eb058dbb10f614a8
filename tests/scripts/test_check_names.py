"""Tests of scripts/check_names.py: unique class names and one import path per name."""

from pathlib import Path

import pytest

from scripts.check_names import duplicates, fix, second_paths

SOURCES = {
    "custom_components/doorwatch/engine/clips/__init__.py": """
from .model import Clip, Mark
__all__ = ["Clip"]
""",
    "custom_components/doorwatch/engine/clips/model.py": """
class Clip: ...
class Mark: ...
class _Row: ...
""",
    "custom_components/doorwatch/engine/clips/library.py": """
from homeassistant.util import dt as dt_util
from .model import Clip, Mark as Marked
__all__ = ["Clip"]
class Library: ...
class _Row: ...
""",
    "custom_components/doorwatch/views/clips.py": """
from ..engine.clips import Clip, Mark
from ..engine.clips.library import Library, Marked
class Library: ...
""",
    "tests/engine/clips/test_library.py": """
from custom_components.doorwatch.engine.clips import Clip, model
from custom_components.doorwatch.engine.clips.library import (
    Clip as Kept,
    dt_util,
)
from custom_components.doorwatch.engine.clips.library import Clip  # kept
""",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write the modules, each with an empty first line."""
    for name, source in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return tmp_path


def test_a_public_class_name_that_exists_twice_is_found(root: Path) -> None:
    """Private class names may be repeated."""
    library = "custom_components/doorwatch/engine/clips/library.py:5"
    view = "custom_components/doorwatch/views/clips.py:4"

    assert list(duplicates(root)) == [
        f"{library}: rename class Library, which is also in {view}",
        f"{view}: rename class Library, which is also in {library}",
    ]


def test_a_second_import_path_is_found(root: Path) -> None:
    """Only names in a package's `__all__` may be imported from the package."""
    package = "custom_components.doorwatch.engine.clips"
    view = "custom_components/doorwatch/views/clips.py"

    assert list(second_paths(root)) == [
        f"{view}:2: import Mark from {package}.model, not from {package}",
        f"{view}:3: import Mark from {package}.model, not from {package}.library",
        f"tests/engine/clips/test_library.py:3: import Clip from {package}.model,"
        f" not from {package}.library",
        "tests/engine/clips/test_library.py:3: import dt from homeassistant.util,"
        f" not from {package}.library",
        f"tests/engine/clips/test_library.py:7: import Clip from {package}.model,"
        f" not from {package}.library",
        "custom_components/doorwatch/engine/clips/library.py: delete __all__, which offers Clip",
    ]


def test_a_second_import_path_is_replaced(root: Path) -> None:
    """Imports keep their aliases, and imports with a comment are not changed."""
    fix(root, [root])

    view = root / "custom_components/doorwatch/views/clips.py"
    assert (
        view.read_text()
        == """
from ..engine.clips import Clip
from ..engine.clips.model import Mark
from ..engine.clips.library import Library
from ..engine.clips.model import Mark as Marked
class Library: ...
"""
    )
    assert (
        (root / "tests/engine/clips/test_library.py").read_text()
        == """
from custom_components.doorwatch.engine.clips import Clip, model
from custom_components.doorwatch.engine.clips.model import Clip as Kept
from homeassistant.util import dt as dt_util
from custom_components.doorwatch.engine.clips.library import Clip  # kept
"""
    )


def test_only_the_named_files_are_changed(root: Path) -> None:
    """Imports in other folders are not changed."""
    fix(root, [root / "tests"])

    view = "custom_components/doorwatch/views/clips.py"
    assert (root / view).read_text() == SOURCES[view]
    assert (root / "tests/engine/clips/test_library.py").read_text() != SOURCES[
        "tests/engine/clips/test_library.py"
    ]
