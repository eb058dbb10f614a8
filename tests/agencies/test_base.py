"""Test what all kinds of agencies have in common."""

from homeassistant.config_entries import SOURCE_RECONFIGURE
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_ADDRESS, CONF_NAME, DOMAIN
from custom_components.doorwatch.engine.sharing.model import ShareState
from tests.agencies.pages import PAGE, address_of, fetched, new_share, page, share_until
from tests.sharing_fixtures import Home, command, prepare

__all__ = ["page"]


async def test_a_new_label_of_the_entry_changes_nobody(
    home: Home, page: MockConfigEntry
) -> None:
    """The title is for the list of entries; the recipient keeps its name."""
    home.hass.config_entries.async_update_entry(page, title="Hill Police")
    assert await home.hass.config_entries.async_reload(page.entry_id)
    client = await home.connect()
    answer = await command(client, type="doorwatch/agencies")
    names = {one["agency_id"]: one["name"] for one in answer["result"]["agencies"]}
    assert names[page.entry_id] == "Harbour Police"
    ready = await prepare(client, home, link_origin=PAGE)
    assert ready["notice"]["agency"]["name"] == "Harbour Police"
    form = await home.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": page.entry_id}
    )
    assert form["description_placeholders"] == {"name": "Harbour Police"}


async def test_asking_its_entities_to_update_asks_nobody(
    home: Home, page: MockConfigEntry
) -> None:
    """There is nothing to fetch, and the entities stay available."""
    await page.runtime_data.async_refresh()
    assert page.runtime_data.last_update_success


async def test_a_new_name_is_another_agency(home: Home, page: MockConfigEntry) -> None:
    """Waiting shares need a new tap; delivered shares keep their fingerprint."""
    client = await home.connect()
    gone = await new_share(home, client)
    await (await fetched(home, await address_of(client, gone))).read()
    await share_until(home, gone.share_id, ShareState.HANDED_OVER)
    waits = await new_share(home, client)
    about = {"type": "doorwatch/share/proof", "share_id": gone.share_id}
    before = (await command(client, **about))["result"]["fingerprint"]
    form = await home.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": page.entry_id}
    )
    await home.hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_NAME: "Hill Police", CONF_ADDRESS: PAGE}
    )
    await share_until(home, waits.share_id, ShareState.NEEDS_NEW_TAP)
    await new_share(home, client)  # creates another key
    assert before is not None
    assert (await command(client, **about))["result"]["fingerprint"] == before
