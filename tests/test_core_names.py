"""Test that texts name Home Assistant's pages and buttons as its frontend does in each language."""

from collections.abc import Iterator
from functools import cache
import json
from pathlib import Path
import re

import hass_frontend
import pytest

from tests.repository import ROOT
from tests.test_translations import PACKAGE, leaves

FOLDERS = (
    PACKAGE / "translations",
    ROOT / "frontend/src/i18n",
    ROOT / "frontend/src/i18n/panel",
)
LANGUAGES = sorted({file.stem for folder in FOLDERS for file in folder.glob("*.json")})

SUBMIT = "ui.panel.config.integrations.config_flow.submit"
PLACES = {
    "Settings": "panel.config",
    "Companion app": "ui.panel.config.dashboard.companion.main",
    "Devices & services": "ui.panel.config.dashboard.devices.main",
    "Home information": "ui.panel.config.core.caption",
    "Network": "ui.panel.config.network.caption",
    "People": "ui.panel.config.dashboard.people.main",
    "Reconfigure": "ui.panel.config.integrations.config_entry.reconfigure",
    "Repairs": "ui.panel.config.repairs.caption",
    "System": "ui.panel.config.dashboard.system.main",
}
# Names of integrations, and names in the mobile app.
OTHERS = ("Doorwatch", "Mobile App", "your server", "Device name")
PLACE = "|".join((*PLACES, *OTHERS))
WAY = re.compile(rf"(?:{PLACE})(?: > (?:{PLACE}))+")


@cache
def shown(language: str) -> dict[str, str]:
    """Return the texts of Home Assistant's frontend."""
    found: dict[str, str] = {}
    folder = Path(hass_frontend.where()) / "static/translations"
    for file in folder.rglob(f"{language}-*.json"):
        found |= json.loads(file.read_text())
    return found


def texts(language: str) -> Iterator[tuple[str, str, str]]:
    """Yield path, English text and translation of each text of a language."""
    for folder in FOLDERS:
        file = folder / f"{language}.json"
        own = dict(leaves(json.loads(file.read_text()))) if file.exists() else {}
        for path, english in leaves(json.loads((folder / "en.json").read_text())):
            if path in own:
                yield f"{folder.name}: {path}", english, own[path]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_way_through_the_settings_names_the_pages_that_are_there(
    language: str,
) -> None:
    core, wrong = shown(language), {}
    for path, english, text in texts(language):
        assert " > " not in WAY.sub("", english), f"{path}: a page that is not known"
        for way in WAY.findall(english):
            steps = [core[PLACES[step]] for step in way.split(" > ") if step in PLACES]
            if lacking := [step for step in steps if step not in text]:
                wrong[path] = f"Home Assistant says {' > '.join(lacking)}: {text}"
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_that_ends_a_form_is_named_as_it_is_shown(language: str) -> None:
    """In languages whose button is a verb, the text may use another form of the verb."""
    button = shown(language)[SUBMIT]
    named = re.compile(rf"\b{button}\b" if button.isupper() else f"(?i){button[:4]}")
    wrong = {
        path: f"Home Assistant says {button}: {text}"
        for path, english, text in texts(language)
        if re.search(r"\bsubmit\b", english, re.IGNORECASE) and not named.search(text)
    }
    assert wrong == {}
