"""Panel, card and dialog in every language on a phone, mostly with a mock home.

Two languages are generated from the English texts, see frontend/mock/pseudo.ts: `en-XA`
is half as long again, and `ar-XB` is written from right to left.
"""

import re

from playwright.async_api import Page, expect
import pytest

from tests.e2e.conftest import PASSWORD, PHONE, DemoHome, Pages, log_in, picture
from tests.e2e.forms import english_left
from tests.e2e.looks import cut_off, words
from tests.e2e.test_card import STATES
from tests.e2e.test_panel_pages import PAGES
from tests.series import nightly

from . import mock_page
from .configuration import REPOSITORY
from .ha import Home

pytestmark = pytest.mark.usefixtures("built_mock")

PSEUDO = ("en-XA", "ar-XB")
CARD = REPOSITORY / "frontend/src/i18n"
PANEL = CARD / "panel"
WRITTEN = sorted(path.stem for path in PANEL.glob("*.json"))
# The generated languages are longer than any real one, so they reveal a lack of space.
LANGUAGES = [
    *PSEUDO,
    *(pytest.param(each, marks=nightly) for each in WRITTEN if each != "en"),
]


async def _lang(page: Page, element: str) -> str:
    lang: str = await page.locator(element).evaluate("element => element.lang")
    return lang


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_has_room_for_its_words(phone: Page, language: str) -> None:
    """Nothing is wider than a phone, and no button is cut off."""
    found = {}
    for name, path, state in PAGES:
        await mock_page.open_panel(phone, path, state=state, language=language)
        assert await _lang(phone, "doorwatch-panel") == language
        if wrong := await cut_off(phone):
            found[name] = wrong
        await picture(phone, f"language-{language}-{name}")
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_card_has_room_for_its_words(phone: Page, language: str) -> None:
    """The card is shown in each of its states."""
    found = {}
    for state in STATES:
        shown = {"layout": "list"} if state == "list" else {"state": state}
        await mock_page.open_card(phone, language=language, **shown)
        assert await _lang(phone, "doorwatch-card-content") == language
        if wrong := await cut_off(phone):
            found[state] = wrong
        await picture(phone, f"language-{language}-card-{state}")
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_sharing_dialog_has_room_for_its_words(
    phone: Page, language: str
) -> None:
    """Each step to the review is checked."""
    found = {}
    await mock_page.open_clip(phone, language=language)
    await phone.locator("button.share").click()
    dialog = phone.get_by_role("dialog")
    onward = dialog.locator("footer button.primary")
    for step in ("part", "cover", "recipient", "review"):
        await expect(dialog.locator(".body")).to_be_visible()
        if step == "recipient":
            await dialog.get_by_text("police.sample-town").click()
        if step == "review":
            await expect(
                dialog.locator("doorwatch-share-review, .review, video").first
            ).to_be_visible()
        if wrong := await cut_off(phone):
            found[step] = wrong
        await picture(phone, f"language-{language}-share-{step}")
        if step != "review":
            await onward.click()
    assert found == {}


async def test_a_home_gives_each_reader_the_words_of_their_language_alone(
    demo_home: DemoHome, pages: Pages
) -> None:
    """Each language is a separate file. English needs none and is the fallback."""
    chosen = "localStorage.setItem('selectedLanguage', '\"{}\"')"
    fetched: list[str] = []

    async def open_panel(language: str) -> Page:
        fetched.clear()
        page = await pages.open(PHONE)
        await page.add_init_script(chosen.format(language))
        page.on("request", lambda request: fetched.append(request.url))
        await log_in(page, demo_home.machine, "/doorwatch")
        await expect(page.locator("doorwatch-panel main")).to_be_visible()
        return page

    def fetched_words() -> list[str]:
        return [url for url in fetched if "-words-" in url]

    page = await open_panel("de")
    await expect(page.locator("doorwatch-panel")).to_have_attribute("lang", "de")
    assert len(fetched_words()) == 2
    assert all("-words-de-" in url for url in fetched_words())

    page = await open_panel("en")
    await expect(page.locator("doorwatch-panel")).to_have_attribute("lang", "en")
    assert fetched_words() == []

    page = await pages.open(PHONE)
    await page.route("**/*-words-*", lambda route: route.abort())
    await page.add_init_script(chosen.format("de"))
    await log_in(page, demo_home.machine, "/doorwatch")
    await expect(page.get_by_role("main", name="Today")).to_be_visible()
    await expect(page.locator("doorwatch-panel")).to_have_attribute("lang", "en")


async def _is_german(page: Page, name: str) -> None:
    await picture(page, f"share-german-{name}")
    shown = await words(page)
    for folder in (CARD, PANEL):
        assert english_left(shown, "de", folder) == []
    assert await cut_off(page) == []


async def test_a_clip_is_shared_and_withdrawn_in_german_on_a_phone(
    demo_home: DemoHome, pages: Pages
) -> None:
    """The user's profile is German and the home is English."""
    clip = await demo_home.clip_page()
    async with Home(demo_home.machine.url) as owner:
        await owner.log_in("robin", PASSWORD)
        await owner.add_user("mia", PASSWORD, "system-admin")
    async with Home(demo_home.machine.url) as home:
        await home.log_in("mia", PASSWORD)
        chosen = {"language": "de"}
        await home.command(type="frontend/set_user_data", key="language", value=chosen)
    page = await pages.open(PHONE, answers="Jetzt nicht: ")
    await log_in(page, demo_home.machine, clip, user="mia")
    dialog = page.locator("doorwatch-share-dialog dialog")
    await page.get_by_role("button", name="Mit einer Behörde teilen").click()
    await expect(dialog.get_by_text("Schritt 1 von 4")).to_be_visible()
    await _is_german(page, "part")
    await dialog.get_by_role("button", name="Weiter").click()
    await dialog.get_by_role("button", name="Bereich hinzufügen").click()
    await _is_german(page, "cover")
    await dialog.get_by_role("button", name="Weiter").click()
    await dialog.get_by_label("Aktenzeichen").fill("ND-2026/7")
    await _is_german(page, "recipient")
    await dialog.get_by_role("button", name="Prüfen").click()
    share = dialog.get_by_role("button", name="Teilen: diesen Clip mit 127.0.0.1")
    await expect(share).to_be_enabled(timeout=90_000)
    await _is_german(page, "review")
    await share.click()
    await expect(dialog.get_by_role("button", name="Rückgängig")).to_be_visible()
    await _is_german(page, "undo")
    await expect(dialog).to_contain_text("An Demo Agency zugestellt", timeout=90_000)
    await dialog.get_by_role("button", name="Schließen").last.click()
    await page.get_by_role("link", name=re.compile("^Dieser Clip wurde ")).click()
    row = (
        page.get_by_role("listitem").filter(has_text="An Demo Agency zugestellt").first
    )
    await row.get_by_role("button", name="Fingerabdruck anzeigen").click()
    await expect(row.locator("code")).to_be_visible()
    await row.get_by_role("button", name="Zurückziehen").click()
    await _is_german(page, "withdraw")
    await row.get_by_role("button", name="Um Löschung bitten").click()
    await expect(row).to_contain_text("Zurückgezogen am ", timeout=60_000)
    await _is_german(page, "withdrawn")
