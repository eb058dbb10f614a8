"""An agency publishes a request, the home finds matching clips, and a person answers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
import re

from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import (
    DESKTOP,
    PANEL,
    PASSWORD,
    PHONE,
    USER,
    Pages,
    log_in,
    picture,
)
from tests.e2e.dialog import show_what_will_be_sent, to_recipient
from tests.e2e.panel_page import open_notices
from tests.waiting import until

from .agency import DemoAgency
from .ha import Home, HomeAssistantProcess
from .homes import recorded

# The home's location is in configuration.py.
HERE = "{ latitude = 52.5201, longitude = 13.4002, radius = 300 }"
ELSEWHERE = "{ latitude = 48.1372, longitude = 11.5755, radius = 300 }"

REQUEST = """\
id = "{id}"
title = "A bicycle was stolen <b>here</b>"
text = "Who saw a white van? https://example.invalid/"
case_reference = "PL1300-{id}"
offence = "Theft, article 310"
contact = "desk@agency.invalid"
window = [{begins}, {ends}]
until = {until}
terms = "Used for this case only."
[area]
circle = {area}
"""
BULLETIN = """\
id = "dog"
title = "Dog found"
text = "It is brown."
contact = "desk@agency.invalid"
until = {until}
[area]
circle = {area}
"""


def _request(name: str, area: str, *, ago: timedelta = timedelta()) -> str:
    ends = datetime.now(UTC).replace(microsecond=0) - ago
    return REQUEST.format(
        id=name,
        area=area,
        begins=(ends - timedelta(hours=1)).isoformat(),
        ends=ends.isoformat(),
        until=(ends + ago + timedelta(days=20)).isoformat(),
    )


async def _open(page: Page, machine: HomeAssistantProcess) -> Locator:
    """Open the requests from the line on Today; return the card of the matching one."""
    await log_in(page, machine, PANEL)
    await open_notices(page)
    await page.get_by_role("link", name="1 request matches your clips").click()
    await expect(page).to_have_url(re.compile("/doorwatch/requests$"))
    return page.get_by_role("listitem").filter(has_text="of your clips match")


async def test_what_an_agency_asks_is_found_at_home_and_answered_by_a_tap(
    machine: HomeAssistantProcess, pages: Pages, tmp_path: Path
) -> None:
    """The test includes the agency's command and its script, which knows the request."""
    agency = DemoAgency(tmp_path / "agency")
    with agency.intake:
        machine.start()
        async with Home(machine.url) as home:
            await home.enter("Robin", USER, PASSWORD)
            await home.add_demo_doorbell()
            await recorded(home)
            agency.ask("request", _request("2026-1", HERE))
            agency.ask("request", _request("2026-2", HERE, ago=timedelta(days=3)))
            agency.ask("request", _request("2026-3", ELSEWHERE))
            end = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)
            agency.ask("bulletin", BULLETIN.format(until=end.isoformat(), area=HERE))
            await home.add_agency(
                agency.origin,
                last_group=agency.last_group,
                upload_code=agency.upload_code,
            )
        phone = await pages.open(PHONE, still=True)
        card = await _open(phone, machine)
        await expect(card).to_contain_text("A bicycle was stolen <b>here</b>")
        await expect(card).to_contain_text("Who saw a white van?")
        await expect(phone.get_by_text("Fingerprint compared").first).to_be_visible()
        await expect(
            phone.get_by_text("You have no clips from that time.")
        ).to_be_visible()
        await expect(
            phone.get_by_text("1 other open request is for another area.")
        ).to_be_visible()
        await expect(phone.get_by_role("heading", name="Dog found")).to_be_visible()
        await picture(phone, "requests-phone")

        # Hide the request and undo it
        await card.get_by_role("button", name="Hide").click()
        await expect(card).to_have_count(0)
        await phone.get_by_role("button", name="Show hidden (1)").click()
        await card.get_by_role("button", name="Unhide").click()

        page = await pages.open(DESKTOP, still=True)
        await (await _open(page, machine)).get_by_role("link").click()
        await expect(page).to_have_url(re.compile("/requests/[^/]+/2026-1$"))
        await page.reload()
        await page.get_by_text("Show area").click()
        sketch = page.get_by_role("img", name=re.compile("^Sketch of the area"))
        await expect(sketch).to_be_visible()
        assert await page.locator("doorwatch-requests-page dl a").count() == 0
        await picture(page, "request-desktop")

        await page.get_by_role("button", name="Answer with the clip").first.click()
        # The demo's next ring opens a dialog too, so the role isn't sufficient.
        dialog = page.locator("dialog[aria-labelledby]")
        await expect(dialog).to_contain_text("Answers the request:")
        await to_recipient(dialog)
        await expect(dialog.get_by_label("Case reference")).to_have_value(
            "PL1300-2026-1"
        )
        await dialog.get_by_label("Include a draft declaration").check()
        await show_what_will_be_sent(dialog)
        share = dialog.get_by_role("button", name="Share this clip with 127.0.0.1")
        await expect(share).to_be_enabled()
        words = await dialog.inner_text()
        for must in (
            "A bicycle was stolen <b>here</b>",
            "Who saw a white van? https://example.invalid/",
            "Theft, article 310",
            "2026-1, version 1",
            "Used for this case only.",
            "DRAFT OF A DECLARATION",
        ):
            assert must in words, must
        await picture(page, "request-review")
        await share.click()
        await expect(dialog).to_contain_text("Delivered to Demo Agency", timeout=90_000)
        await until(lambda: len(agency.intake.packages()) == 1, "the package")
        (received,) = agency.intake.packages()
        verified = agency.verify(received)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert 'it answers the request "2026-1", version 1' in verified.stdout
        assert "signed that feed, so this request is yours" in verified.stdout

        # The answered request shows its delivery and no button
        await dialog.get_by_role("button", name="Close").last.click()
        answered = page.get_by_role("article").get_by_text("Delivered to Demo Agency")
        await expect(answered).to_be_visible()
        await expect(page.get_by_text("Answered", exact=True)).to_be_visible()
        await expect(phone.get_by_text("Answered with 1 clip.")).to_be_visible()
        await picture(page, "request-answered")
