"""Test the actions; access/test_guard.py tests the confirmation of a share."""

from http import HTTPStatus

from homeassistant.components.http.auth import SIGN_QUERY_PARAM
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import jwt
import pytest
from yarl import URL

from custom_components.doorwatch.engine.clips.errors import LibraryError
from tests.actions.acting import act, refused
from tests.sharing_fixtures import Home, allow, command


async def test_control_permission_is_wanted(home: Home) -> None:
    """Read permission isn't enough; without it, the error is that of an unknown clip."""
    viewer = await home.user("Kim", read=[home.front])
    stranger = await home.user("Lee", control=[home.back])

    for action in ("protect_clip", "delete_clip"):
        assert await refused(home, action, viewer) == "not_allowed"
        assert await refused(home, action, stranger) == "clip_unknown"
    assert await home.data.library.get(home.clip.clip_id) == home.clip
    await act(home, "protect_clip", await home.user("Jo", control=[home.front]))


@pytest.mark.parametrize(
    "action", ["protect_clip", "delete_clip", "get_clip_link", "propose_share"]
)
async def test_an_unknown_clip_and_an_unknown_user_are_refused(
    home: Home, action: str
) -> None:
    assert await refused(home, action, clip_id="../../secrets") == "clip_unknown"
    gone = await home.user()
    gone.is_active = False
    assert await refused(home, action, gone) == "not_allowed"


async def test_a_clip_that_vanishes_meanwhile_is_unknown(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retention may delete the clip between the check and the change."""

    async def gone(*_args: object) -> None:
        raise KeyError

    for action, method in (
        ("protect_clip", "set_protected"),
        ("delete_clip", "delete"),
    ):
        monkeypatch.setattr(home.data.library, method, gone)
        assert await refused(home, action) == "clip_unknown"


async def test_an_unreadable_library_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error isn't a ServiceValidationError, because the input is valid."""

    async def fail(*_args: object) -> None:
        raise LibraryError("folder_not_writable")

    monkeypatch.setattr(home.data.library, "get", fail)

    with pytest.raises(HomeAssistantError) as caught:
        await act(home, "get_clip_link")

    assert not isinstance(caught.value, ServiceValidationError)
    assert caught.value.translation_key == "folder_not_writable"


def life_of(link: str) -> int:
    """Return the lifetime of a link in seconds."""
    claims = jwt.decode(
        URL(link).query[SIGN_QUERY_PARAM], options={"verify_signature": False}
    )
    return int(claims["exp"] - claims["iat"])


@pytest.mark.lesson(12)
async def test_an_automation_gets_links_that_live_five_minutes(home: Home) -> None:
    """The links work without a login, because the automation decides who receives them."""
    links = await act(home, "get_clip_link")

    http = await home.client()
    for key, kind in (("url", "video/mp4"), ("thumbnail", "image/jpeg")):
        assert life_of(links[key]) == 300
        answer = await http.get(links[key])
        assert answer.status == HTTPStatus.OK
        assert answer.content_type == kind
    assert links["page"] == f"/doorwatch/clip/{home.clip.clip_id}"


async def test_a_link_opens_nothing_else(home: Home) -> None:
    """The signature is only valid for this clip."""
    links = await act(home, "get_clip_link")
    http = await home.client()

    other = links["url"].replace(home.clip.clip_id, home.back_clip.clip_id)

    assert (await http.get(other)).status == HTTPStatus.UNAUTHORIZED


async def test_an_automation_set_off_by_a_tap_gets_no_link_of_that_login(
    home: Home,
) -> None:
    """Core's current connection is that of a user who may not see the clip."""
    hass = home.hass
    user = await home.user()
    allow(user, {"input_boolean.gate": {"read": True, "control": True}})
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"gate": None}}
    )
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": {"trigger": "state", "entity_id": "input_boolean.gate"},
                "actions": [
                    {
                        "action": "doorwatch.get_clip_link",
                        "data": {"clip_id": home.clip.clip_id},
                        "response_variable": "link",
                    },
                    {"event": "got", "event_data": {"url": "{{ link.url }}"}},
                ],
            }
        },
    )
    links: list[str] = []
    hass.bus.async_listen("got", lambda event: links.append(event.data["url"]))
    client = await home.connect_as(user)

    await command(
        client,
        type="call_service",
        domain="input_boolean",
        service="turn_on",
        target={"entity_id": "input_boolean.gate"},
    )
    await hass.async_block_till_done()

    [link] = links
    assert (await (await home.client()).get(link)).status == HTTPStatus.OK


@pytest.mark.lesson(12)
async def test_a_users_link_is_bound_to_that_login(home: Home) -> None:
    """The link ends with the user's permission, whether requested over the websocket or REST."""
    user = await home.user(read=[home.front])
    token = await home.login(user)
    client = await home.connect(token)
    answer = await command(
        client,
        type="call_service",
        domain="doorwatch",
        service="get_clip_link",
        service_data={"clip_id": home.clip.clip_id},
        return_response=True,
    )
    links = [answer["result"]["response"]["url"]]
    rest = await (await home.client(token)).post(
        "/api/services/doorwatch/get_clip_link?return_response",
        json={"clip_id": home.clip.clip_id},
    )
    links.append((await rest.json())["service_response"]["url"])
    http = await home.client()
    for link in links:
        assert (await http.get(link)).status == HTTPStatus.OK

    user.groups = []

    for link in links:
        assert (await http.get(link)).status == HTTPStatus.NOT_FOUND


async def test_a_link_for_a_user_without_a_login_at_hand_works(home: Home) -> None:
    """A script may continue after the connection that started it has closed."""
    links = await act(home, "get_clip_link", home.admin)

    assert (await (await home.client()).get(links["url"])).status == HTTPStatus.OK
