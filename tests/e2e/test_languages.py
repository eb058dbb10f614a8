"""Panel, card and dialog in every language on a phone, mostly without a home behind them.

Two are made of the English texts, see frontend/mock/pseudo.ts: `en-XA` has words half as
long again, `ar-XB` letters that run from right to left.
"""

from playwright.async_api import Page, expect
import pytest

from tests.e2e.conftest import PHONE, DemoHome, Pages, log_in, picture
from tests.e2e.looks import cut_off
from tests.e2e.test_card import STATES
from tests.e2e.test_panel_pages import PAGES

from . import mock_page
from .configuration import REPOSITORY

pytestmark = pytest.mark.usefixtures("built_mock")

PSEUDO = ("en-XA", "ar-XB")
WRITTEN = sorted(
    path.stem for path in (REPOSITORY / "frontend/src/i18n/panel").glob("*.json")
)
LANGUAGES = [*PSEUDO, *(each for each in WRITTEN if each != "en")]


@pytest.fixture
async def phone(pages: Pages) -> Page:
    """Open a phone on which nothing moves."""
    return await pages.open(PHONE, still=True)


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
    """In each of its states."""
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
    """Step by step to the review."""
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
    """As files of their own; who reads English fetches none, and nobody is left without."""
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

    def words() -> list[str]:
        return [url for url in fetched if "-words-" in url]

    page = await open_panel("de")
    await expect(page.locator("doorwatch-panel")).to_have_attribute("lang", "de")
    assert len(words()) == 2
    assert all("-words-de-" in url for url in words())

    page = await open_panel("en")
    await expect(page.locator("doorwatch-panel")).to_have_attribute("lang", "en")
    assert words() == []

    page = await pages.open(PHONE)
    await page.route("**/*-words-*", lambda route: route.abort())
    await page.add_init_script(chosen.format("de"))
    await log_in(page, demo_home.machine, "/doorwatch")
    await expect(page.get_by_role("main", name="Today")).to_be_visible()
    await expect(page.locator("doorwatch-panel")).to_have_attribute("lang", "en")
