"""Test the command about agencies."""

from homeassistant.auth.const import GROUP_ID_ADMIN

from tests.sharing_fixtures import Home, command


async def test_agencies_are_named_to_those_who_may_share(home: Home) -> None:
    """The answer has the host and whether the fingerprint was compared."""
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


async def test_who_sees_a_doorbell_is_told_whom_to_ask(home: Home) -> None:
    """The answer has the names of people who may change it, without programs."""
    auth = home.hass.auth
    for name, active in (("Zoe", True), ("adam", True), ("Old", False)):
        user = await auth.async_create_user(name, group_ids=[GROUP_ID_ADMIN])
        await auth.async_update_user(user, is_active=active)
    await auth.async_create_system_user("Supervisor", group_ids=[GROUP_ID_ADMIN])
    viewer = await home.user("Kim", read=[home.front])
    stranger = await home.user("Lee")

    told = []
    for user in (viewer, stranger):
        client = await home.connect_as(user)
        answer = await command(client, type="doorwatch/agencies")
        told.append(answer["result"]["administrators"])

    assert told == [["adam", home.admin.name, "Zoe"], []]
