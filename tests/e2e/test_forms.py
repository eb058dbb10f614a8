"""Every form in every language on a phone, in the frontend of a real Home Assistant."""

from collections.abc import Iterator
import json
import re

from playwright.async_api import Page, expect
import pytest
import pytest_socket

from tests.e2e.conftest import PASSWORD, PHONE, USER, Pages, in_thread, log_in, picture
from tests.e2e.forms import TRANSLATIONS, Form, english_left, forms_of, others, repairs
from tests.rtsp.fixtures import RtspServer
from tests.series import nightly

from .agency import GROUP, DemoAgency
from .ha import Home, HomeAssistantProcess

# A regional variant is a link to its language.
WRITTEN = sorted(
    path.stem for path in TRANSLATIONS.glob("*.json") if not path.is_symlink()
)
# German has the longest words.
LANGUAGES = [
    pytest.param(each, marks=() if each == "de" else nightly) for each in WRITTEN
]
ADD = "/config/integrations/dashboard/add?domain=doorwatch"
ENTRIES = "/config/integrations/integration/doorwatch"
REPAIRS = "/config/repairs"
KEY = re.compile(r"component\.|[a-z]+(_[a-z0-9]+)+|\{\w+\}")

_FIND = """
const find = (name, root = document) => {
  for (const element of root.querySelectorAll('*')) {
    if (element.localName === name) return element;
    const inside = element.shadowRoot && find(name, element.shadowRoot);
    if (inside) return inside;
  }
  return null;
};
"""
# Read the rendered text, including slots, and find text that is cut off. Core limits
# the title of a repair to one line on a phone, so the title is skipped.
_READ = (
    "(kind) => {"
    + _FIND
    + """
  const words = [], cut = [];
  const walk = (node, inTitle) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.data.trim()) words.push(node.data.trim().replaceAll(/\\s+/g, ' '));
      return;
    }
    if (node.nodeType !== Node.ELEMENT_NODE || node.localName === 'style') return;
    inTitle ||= kind === 'issues' && /header/.test(node.localName);
    const style = getComputedStyle(node);
    if (style.display === 'none' || style.visibility === 'hidden') return;
    const {width, height} = node.getBoundingClientRect();
    if (!inTitle && style.overflowX !== 'visible' && node.scrollWidth > node.clientWidth + 1 &&
        width > 1 && height > 1 && node.textContent.trim())
      cut.push(`${node.localName}: ${node.textContent.trim().slice(0, 60)}`);
    const inner = node.localName === 'slot' ? node.assignedNodes()
        : node.shadowRoot ? node.shadowRoot.childNodes : node.childNodes;
    (inner.length ? inner : node.childNodes).forEach((one) => walk(one, inTitle));
  };
  walk(find('dialog-data-entry-flow'), false);
  if (document.documentElement.scrollWidth > innerWidth) cut.push('the page');
  return {words, cut};
}"""
)
_SHOW = (
    "async (step) => {"
    + _FIND
    + """
  const dialog = find('dialog-data-entry-flow');
  dialog.dispatchEvent(new CustomEvent('flow-update', {detail: {step}}));
  await new Promise((done) => setTimeout(done));
  await dialog.updateComplete;
}"""
)
_CLOSE = "() => {" + _FIND + "find('dialog-data-entry-flow').closeDialog(); }"
# Open it in the same step, because core may reload its list of issues at any time.
_OPEN = (
    "async (issue) => {"
    + _FIND
    + """
  const list = find('ha-config-repairs');
  list.repairsIssues = [issue];
  await list.updateComplete;
  list.renderRoot.querySelector('ha-list-item-button').click();
}"""
)


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, rtsp_server: RtspServer
) -> Iterator[tuple[HomeAssistantProcess, list[Form]]]:
    """Return a home, the forms of its setup, and the other forms."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("forms")
    agency = DemoAgency(folder / "agency")
    group = DemoAgency(folder / "group", settings=GROUP)
    machine = HomeAssistantProcess(folder / "config", forked=True)

    async def set_up() -> list[Form]:
        async with Home(machine.url) as home:
            await home.enter("Robin", USER, PASSWORD)
            met = await forms_of(home, agency, group, rtsp_server.address("cam1"))
            return [*met, *others(met)]

    with agency.intake, group.intake, machine:
        yield machine, in_thread(set_up())


async def _open(
    pages: Pages, machine: HomeAssistantProcess, path: str, language: str
) -> Page:
    page = await pages.open(PHONE, still=True)
    await page.add_init_script(
        f"localStorage.setItem('selectedLanguage', {json.dumps(json.dumps(language))})"
    )
    await log_in(page, machine, path)
    return page


async def _look(page: Page, form: Form, language: str) -> list[str]:
    """Show a form, take a screenshot and return its problems."""
    if form.kind != "issues":  # its flow begins with it
        await page.evaluate(_SHOW, form.step)
    await expect(page.locator(f"step-flow-{form.step['type']}")).to_be_visible()
    await page.wait_for_function("document.fonts.status === 'loaded'")
    read = await page.evaluate(_READ, form.kind)
    await picture(page, f"form-{language}-{form.kind}-{form.name}")
    return [
        *(f"key: {one}" for one in read["words"] if KEY.fullmatch(one)),
        *(f"English: {one}" for one in english_left(read["words"], language)),
        *(f"cut off: {one}" for one in read["cut"]),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_form_of_a_flow_is_whole_and_translated(
    home: tuple[HomeAssistantProcess, list[Form]], pages: Pages, language: str
) -> None:
    """No text is cut off, a key, or English although a translation exists."""
    machine, forms = home
    found = {}
    page = await _open(pages, machine, ADD, language)
    await page.locator("dialog-box ha-button[slot=primaryAction]").click()
    await expect(page.locator("step-flow-menu")).to_be_visible()
    for form in forms:
        if form.kind == "config" and (wrong := await _look(page, form, language)):
            found[form.name] = wrong
    page = await _open(pages, machine, ENTRIES, language)
    await page.locator("ha-config-entry-row ha-icon-button[slot=end]").first.click()
    # The dialog shows the other forms in place of the first one.
    await expect(page.locator("step-flow-form, step-flow-menu")).to_be_visible()
    for form in forms:
        if form.kind == "options" and (wrong := await _look(page, form, language)):
            found[form.name] = wrong
    assert found == {}


async def test_the_focus_that_core_gives_a_form_reaches_its_first_field(
    home: tuple[HomeAssistantProcess, list[Form]], pages: Pages
) -> None:
    """A plain text field gets the focus, a selector doesn't.

    Core sets the focus when a dialog opens with its form, but not after a menu, and not
    if the form arrives after the dialog. The test sets the focus like core does.
    """
    machine, _ = home
    page = await pages.open()
    await log_in(page, machine, ENTRIES)
    row = page.locator("ha-config-entry-row", has_text="Maker Video Doorbell")
    await row.locator("ha-dropdown ha-icon-button").first.click()
    await row.get_by_text("Reconfigure").first.click()
    field = page.locator("step-flow-form input").first
    await expect(field).to_be_visible()
    await page.locator("step-flow-form").evaluate("form => form.focus()")
    await expect(field).to_be_focused()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_form_of_a_repair_is_whole_and_translated(
    home: tuple[HomeAssistantProcess, list[Form]], pages: Pages, language: str
) -> None:
    """The forms are those of a home with all issues."""
    machine, _ = home
    found = {}
    page = await _open(pages, machine, REPAIRS, language)
    opened: list[Form] = []
    await page.route(
        "**/api/repairs/issues/fix**",
        lambda route: route.fulfill(json=opened[-1].step),
    )
    await expect(page.locator("ha-config-repairs")).to_be_attached()
    for form in repairs():
        opened.append(form)
        await page.evaluate(_OPEN, form.issue)
        if wrong := await _look(page, form, language):
            found[form.name] = wrong
        await page.evaluate(_CLOSE)
        await expect(page.locator("step-flow-form, step-flow-menu")).to_have_count(0)
    assert found == {}
