"""The panel in a real home, by mouse and keyboard, with different permissions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import re
from typing import Any, Literal

from playwright.async_api import Page, expect
import pytest
import pytest_asyncio

from tests.e2e.conftest import (
    DESKTOP,
    PANEL,
    PASSWORD,
    THEMES,
    USER,
    DemoHome,
    Pages,
    log_in,
    picture,
)
from tests.e2e.homes import a_clip, recorded
from tests.e2e.looks import complaints, looked_at
from tests.e2e.panel_page import (
    choose,
    clips_of,
    go,
    open_search,
    pictures_of,
    plays,
    shows_clip,
    tab_to,
)
from tests.waiting import until

from .configuration import NO_CAMERAS
from .ha import Home, HomeAssistantProcess

READ_ONLY = "system-read-only"
GONE = "This clip is no longer here, or you don't have permission to view it."
HOSTILE = "<img src=x onerror=alert(1)>\u202egnp.exe Z\u0351\u0352\u0353\u0354\u0355"


@pytest_asyncio.fixture(loop_scope="session")
async def home(socket_enabled: None, demo_home: DemoHome) -> AsyncIterator[Home]:
    """Return an administrator of a home with at least two clips."""
    async with Home(demo_home.machine.url) as home:
        await home.log_in(USER, PASSWORD)
        await a_clip(home)
        if len(await home.clips()) < 2:
            await recorded(home)
        yield home


async def test_side_bar_leads_to_today_and_on_to_a_clip_and_back(
    demo_home: DemoHome, home: Home, pages: Pages
) -> None:
    page = await pages.open()
    await log_in(page, demo_home.machine, "/config/dashboard")
    await page.locator("ha-sidebar").get_by_text("Doorwatch", exact=True).click()
    await expect(page).to_have_url(re.compile(f"{PANEL}$"))
    await expect(pictures_of(page).first).to_be_visible()
    await expect(page.locator("doorwatch-still img")).to_be_visible()
    await expect(page.locator("doorwatch-timeline")).to_be_visible()
    await picture(page, "panel-home-today")

    await clips_of(page).nth(1).get_by_role("link").click()
    await plays(page)
    seen = page.url
    await page.get_by_role("button", name="Newer").click()
    await expect(page).not_to_have_url(seen)
    await plays(page)
    await page.get_by_role("button", name="Older").click()
    await expect(page).to_have_url(seen)
    await page.reload()
    await plays(page)
    # Going back takes one step, however many clips were viewed.
    await page.go_back()
    await expect(clips_of(page).first).to_be_visible()
    await page.go_forward()
    await expect(page).to_have_url(seen)
    await page.get_by_role("button", name="Back", exact=True).click()
    await expect(page).to_have_url(re.compile(f"{PANEL}$"))


async def test_clips_play_in_the_list_and_from_a_moment_of_the_timeline(
    demo_home: DemoHome, home: Home, pages: Pages
) -> None:
    page = await pages.open()
    await log_in(page, demo_home.machine, PANEL)
    await expect(pictures_of(page).first).to_be_visible()
    play = clips_of(page).first.get_by_role("button", name=re.compile("^Play "))
    await play.click()
    video = page.locator("doorwatch-inline-player video")
    await page.wait_for_function(
        "video => video.currentTime > 0.3 && video.videoWidth > 0",
        arg=await video.element_handle(),
    )
    await picture(page, "panel-home-list-plays")
    await page.get_by_role("button", name=re.compile("^Pause ")).click()
    assert await video.evaluate("video => video.paused && video.muted")
    await page.keyboard.press("Escape")
    await expect(video).to_have_count(0)

    timeline = page.locator("doorwatch-timeline")
    # The clip that played is selected.
    box = await timeline.locator(".chosen").bounding_box()
    strip = await timeline.locator(".strip").bounding_box()
    assert box is not None
    assert strip is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    # Start beside the clip, within the timeline.
    beside = x - 60 if x - 60 > strip["x"] else x + 60
    await page.mouse.move(beside, y)
    await page.mouse.down()
    await page.mouse.move(x, y, steps=10)
    card = timeline.locator("doorwatch-timeline-card")
    await expect(card.locator("img.moment")).to_be_visible()
    await picture(page, "panel-home-timeline-dragged")
    await page.mouse.up()
    await expect(page).to_have_url(re.compile(r"/clip/.+#t=\d"))
    await plays(page)


async def test_all_of_it_works_by_keyboard_alone(
    demo_home: DemoHome, home: Home, pages: Pages
) -> None:
    """The path leads from the list to a clip, to the next one, to the dialog, and back."""
    page = await pages.open(still=True)
    await log_in(page, demo_home.machine, PANEL)
    await expect(clips_of(page).first).to_be_visible()
    links = clips_of(page).get_by_role("link")
    await tab_to(page, links.first)
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await shows_clip(page, "")
    # A new clip may arrive meanwhile, so use the current neighbors.
    shown = page.url
    await page.keyboard.press("Shift+ArrowRight")
    await expect(page).not_to_have_url(shown)
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(page).to_have_url(shown)
    await shows_clip(page, "")
    share = page.get_by_role("button", name="Share with an agency")
    await tab_to(page, share)
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Step 1 of 4")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(share).to_be_focused()
    back = page.get_by_role("button", name="Back", exact=True)
    await tab_to(page, back, back=True)
    await page.keyboard.press("Enter")
    await expect(clips_of(page).first).to_be_visible()

    # The timeline leads from clip to clip and opens one.
    timeline = page.locator("doorwatch-timeline").get_by_role("slider")
    await tab_to(page, timeline)
    await page.keyboard.press("End")
    await expect(timeline).to_have_attribute("aria-valuetext", re.compile("of"))
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/clip/"))

    # The menu and its pages.
    await tab_to(page, page.get_by_role("button", name="More pages"), back=True)
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_role("link", name="Shared clips", exact=True))
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/shared$"))
    await tab_to(page, page.get_by_role("link", name=re.compile("^Proof")))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Proof")).to_be_visible()


async def test_recording_by_hand_shows_that_it_runs_until_it_is_stopped(
    demo_home: DemoHome, home: Home, pages: Pages
) -> None:
    """A dot marks clips that are new since this person's last visit."""
    page = await pages.open(still=True)
    await log_in(page, demo_home.machine, PANEL)
    await expect(clips_of(page).first).to_be_visible()

    def seen_up_to(clip: dict[str, Any]) -> Callable[[], Awaitable[bool | None]]:
        async def seen() -> bool | None:
            moments = (await home.command(type="doorwatch/seen"))["seen"]
            return moments.get(clip["doorbell_id"], "") >= clip["started_at"] or None

        return seen

    # From the next visit on, later clips are new.
    await until(seen_up_to((await home.clips())[-1]), "the first visit to be kept")
    await page.reload()
    await expect(clips_of(page).first).to_be_visible()
    before = {clip["clip_id"] for clip in await home.clips()}
    still = page.locator("doorwatch-still")
    await still.get_by_role("button", name="Record now at Front door").click()
    stop = still.get_by_role("button", name="Stop the manual recording at Front door")
    await expect(stop).to_be_focused()
    await expect(still.locator(".recording").get_by_role("status")).to_have_text(
        "Recording"
    )
    await expect(still.locator(".recording [aria-hidden]")).to_have_text(
        re.compile(r"\d:\d\d")
    )
    await picture(page, "panel-home-recording")
    await page.keyboard.press("Enter")
    await expect(stop).to_have_count(0)

    async def made() -> dict[str, Any] | None:
        clips = [one for one in await home.clips() if one["clip_id"] not in before]
        return next((one for one in clips if "manual" in one["kinds"]), None)

    clip = await until(made, "the clip")
    link = page.locator(f"doorwatch-clip-list a[href*='{clip['clip_id']}']")
    dot = link.get_by_text("New", exact=True)
    await expect(dot).to_be_attached()
    await picture(page, "panel-home-new")
    await until(seen_up_to(clip), "what this person saw to be kept")
    await page.reload()
    await expect(link).to_be_visible()
    await expect(dot).to_have_count(0)


async def test_list_is_narrowed_down_and_searched_and_a_reload_keeps_it(
    demo_home: DemoHome, home: Home, pages: Pages
) -> None:
    await recorded(home)
    page = await pages.open(still=True)
    await log_in(page, demo_home.machine, PANEL)
    chip = page.get_by_role("button", name="Recorded by hand", exact=True)
    await chip.click()
    await expect(page).to_have_url(re.compile("kind=manual"))
    await expect(clips_of(page).filter(has_not_text="Recorded by hand")).to_have_count(
        0
    )
    await expect(clips_of(page).first).to_be_visible()
    await page.reload()
    await expect(chip).to_have_attribute("aria-pressed", "true")
    await expect(clips_of(page).first).to_be_visible()
    await chip.click()

    search = await open_search(page)
    await search.fill("no such words")
    await expect(page.get_by_text("No clips match")).to_be_visible()
    await page.get_by_role("button", name="Show all clips").click()
    await search.fill("front today")
    await expect(page).to_have_url(re.compile("q=front"))
    await expect(clips_of(page).first).to_be_visible()


async def test_deleted_clip_comes_back_at_once_or_from_its_page(
    demo_home: DemoHome, home: Home, pages: Pages
) -> None:
    clip_id = (await recorded(home))["clip_id"]
    page = await pages.open(still=True)
    await log_in(page, demo_home.machine, PANEL)
    link = page.locator(f"doorwatch-clip-list a[href*='{clip_id}']")
    await link.focus()
    await page.keyboard.press("Delete")
    await expect(link).to_have_count(0)
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(link).to_be_focused()

    # A protected clip needs a confirmation.
    await page.keyboard.press("Enter")
    protect = page.get_by_role("button", name="Protect")
    await protect.click()
    await expect(protect).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Delete", exact=True).click()
    question = page.get_by_role("dialog", name="Delete this clip?")
    await expect(question).to_contain_text("This clip is protected.")
    await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    await question.get_by_role("button", name="Delete", exact=True).click()
    await expect(page).not_to_have_url(re.compile(clip_id))
    await go(page, f"/clip/{clip_id}")
    await expect(page.get_by_role("heading", name=GONE)).to_be_visible()
    await choose(page, "Deleted clips")
    row = page.locator("doorwatch-deleted-page").get_by_role("listitem").first
    await expect(row.locator("img")).to_be_visible()
    await row.get_by_role("button", name="Restore").press("Enter")
    await expect(page.get_by_text("Restored: ")).to_be_focused()
    await go(page, f"/clip/{clip_id}")
    await shows_clip(page, clip_id)


async def test_who_may_only_look_is_offered_nothing_else(
    demo_home: DemoHome, home: Home, pages: Pages
) -> None:
    """A clip and its picture are reported as missing if the person may not see them."""
    user = await home.add_user("guest", PASSWORD, READ_ONLY)
    clip = await a_clip(home)
    page = await pages.open(still=True)
    answers: dict[str, list[int]] = {}
    page.on(
        "response",
        lambda answer: (
            answers.setdefault(answer.url, []).append(answer.status)
            if "/api/doorwatch/thumbnail/" in answer.url
            else None
        ),
    )
    await log_in(page, demo_home.machine, PANEL, user="guest")
    await expect(pictures_of(page).first).to_be_visible()
    await expect(page.get_by_role("button", name="Record now")).to_have_count(0)
    await expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    await page.get_by_role("button", name="More pages").click()
    await expect(page.get_by_role("link", name="Deleted clips")).to_be_visible()
    await expect(page.get_by_role("link", name="Settings")).to_have_count(0)
    await go(page, "/settings")
    await expect(page.get_by_text("There is nothing at this address.")).to_be_visible()

    await go(page, f"/clip/{clip['clip_id']}")
    await plays(page)
    for name in ("Protect", "Delete"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await picture(page, "panel-home-guest")
    share = page.get_by_role("button", name="Share with an agency")
    await expect(share).to_have_count(0)
    await expect(page.get_by_role("button", name="Suggest sharing")).to_be_visible()
    await expect(page.locator("doorwatch-propose")).to_contain_text(
        "Only people whom an administrator allows can share this clip."
    )
    await expect(page.locator("doorwatch-propose")).to_contain_text("Robin")
    assert await complaints(page) == []
    await go(page, "/clip/made-up")
    gone = page.get_by_role("heading", name=GONE)
    await expect(gone).to_be_visible()
    unknown = await page.locator("doorwatch-clip-page").inner_text()

    # After losing the permission for the camera, cached data must not be shown.
    await home.command(type="config/auth/update", user_id=user, group_ids=[NO_CAMERAS])
    await go(page, f"/clip/{clip['clip_id']}")
    await expect(gone).to_be_visible()
    assert await page.locator("doorwatch-clip-page").inner_text() == unknown
    seen = [url for url, statuses in answers.items() if 200 in statuses]
    assert seen
    for url in seen:
        kept = await page.evaluate(
            """async url => (await document.querySelector('home-assistant').hass
                .fetchWithAuth(new URL(url).pathname)).status""",
            url,
        )
        assert kept == 404
    await page.goto(demo_home.machine.url + PANEL)
    await expect(page.get_by_text("No doorbell to show")).to_be_visible()
    await expect(clips_of(page)).to_have_count(0)
    await picture(page, "panel-home-no-camera")
    await home.command(type="config/auth/delete", user_id=user)


async def test_the_doorbells_fill_the_whole_screen(
    demo_home: DemoHome, home: Home, pages: Pages
) -> None:
    """The pictures are in front, and leaving full screen leads back to Today."""
    page = await pages.open()
    await log_in(page, demo_home.machine, PANEL)
    await choose(page, "Full-screen view")
    view = page.get_by_role("dialog", name="Full-screen view")
    tile = view.get_by_role("button", name=re.compile("open live view$"))
    await expect(tile).to_be_visible()
    await page.wait_for_function("document.fullscreenElement !== null")
    # Fails if anything covers the picture.
    await tile.click(trial=True)
    await picture(page, "panel-home-full-screen")
    await view.get_by_role("button", name="Leave the full-screen view").click()
    await expect(view).to_have_count(0)
    await page.wait_for_function("document.fullscreenElement === null")
    await expect(pictures_of(page).first).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
async def test_every_page_fits_every_screen(
    demo_home: DemoHome,
    home: Home,
    pages: Pages,
    theme: Literal["light", "dark"],
) -> None:
    page = await pages.open(DESKTOP, theme, still=True)
    await log_in(page, demo_home.machine, PANEL)
    clip = (await home.clips())[0]["clip_id"]
    places = {
        "today": ("", pictures_of(page).first),
        "clip": (f"/clip/{clip}", page.locator("doorwatch-clip-page video")),
        "gone": ("/clip/made-up", page.get_by_role("heading", name=GONE)),
        "shared": ("/shared", page.get_by_role("heading", name="Shared clips")),
        "proof": ("/shared/proof", page.get_by_text("Line by line")),
        "deleted": ("/deleted", page.get_by_role("heading", name="Deleted clips")),
        "settings": ("/settings", page.get_by_text("Who can share", exact=True)),
    }
    found = {}
    for name, (path, shown) in places.items():
        await go(page, path)
        await expect(shown).to_be_visible()
        found[name] = await looked_at(
            page, f"panel-home-{name}-{theme}", "doorwatch-panel"
        )
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


async def _says_nothing(page: Page) -> list[str]:
    """Collect the dialogs that a script in a name would open."""
    said: list[str] = []

    async def hear(dialog: object) -> None:
        said.append(str(dialog))

    page.on("dialog", hear)
    return said


async def test_hostile_names_are_text_and_the_panel_goes_with_the_last_entry(
    machine: HomeAssistantProcess, pages: Pages
) -> None:
    """The hidden panel still works; removing the last entry removes it."""
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await home.add_demo_doorbell(HOSTILE)
        clip = await a_clip(home, seconds=5)
        page = await pages.open(still=True)
        said = await _says_nothing(page)
        await log_in(page, machine, PANEL)
        name = page.locator("doorwatch-still .name")
        await expect(name).to_contain_text("<img src=x onerror=alert(1)>")
        await expect(pictures_of(page).first).to_be_visible()
        await picture(page, "panel-home-hostile-today")
        for path in (f"/clip/{clip['clip_id']}", "/settings", "/shared/proof"):
            await go(page, path)
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert await complaints(page) == []
        await go(page, f"/clip/{clip['clip_id']}")
        await expect(page.locator("doorwatch-clip-page h1")).to_contain_text("<img")
        await picture(page, "panel-home-hostile-clip")
        assert said == []

        side_bar = page.locator("ha-sidebar").get_by_text("Doorwatch", exact=True)
        await expect(side_bar).to_have_count(1)
        await home.set_household(in_sidebar=False)
        await expect(side_bar).to_have_count(0)
        await page.reload()
        await shows_clip(page, clip["clip_id"])
        await home.set_household(in_sidebar=True)
        await expect(side_bar).to_have_count(1)

        for entry in await home.command(type="config_entries/get", domain="doorwatch"):
            await home.remove(entry["entry_id"])
        await expect(side_bar).to_have_count(0)
        panels = await home.command(type="get_panels")
        assert "doorwatch" not in panels
