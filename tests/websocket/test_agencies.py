"""The command about agencies."""

from tests.sharing_fixtures import Home, command


async def test_agencies_are_named_to_those_who_may_share(home: Home) -> None:
    """With host, and whether the fingerprint was compared."""
    client = await home.connect()

    answer = await command(client, type="doorwatch/agencies")

    assert answer["result"]["agencies"] == [
        {
            "agency_id": home.agency.entry_id,
            "name": "Harbour Police",
            "host": "desk.agency.example",
            "compared": True,
            "available": True,
            "problem": None,
            "upload_page": None,
        }
    ]
    home.agency.runtime_data.data = type(home.agency.runtime_data.data)(
        problem="document_expired"
    )
    answer = await command(client, type="doorwatch/agencies")
    [agency] = answer["result"]["agencies"]
    assert (agency["available"], agency["problem"]) == (False, "document_expired")
    await home.hass.config_entries.async_unload(home.agency.entry_id)
    answer = await command(client, type="doorwatch/agencies")
    assert answer["result"]["agencies"] == []
