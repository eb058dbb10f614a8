"""Tests of the labels of a device's lenses."""

import dataclasses

from aiohttp import web
from homeassistant.core import HomeAssistant
import pytest

from custom_components.doorwatch.engine.doorbells.onvif.answers import DeviceIdentity
from custom_components.doorwatch.engine.doorbells.onvif.video_sources import (
    MOST_VIDEO_SOURCES,
)
from custom_components.doorwatch.flows.onvif_fields import name_in
from tests.conftest import Until
from tests.flows.forms import go_on
from tests.flows.lenses import device
from tests.flows.onvif_forms import answers, begin, choices
from tests.onvif_device.device import OnvifDevice
from tests.onvif_device.soap import envelope

__all__ = ["device"]

pytestmark = pytest.mark.usefixtures("installed")


async def test_names_that_tell_nothing_are_left_out(
    hass: HomeAssistant, device: OnvifDevice
) -> None:
    """Unprintable characters in useful names are removed."""
    device.profiles = tuple(
        dataclasses.replace(each, name="Profile") for each in device.profiles
    )
    result = await go_on(hass, await begin(hass), **answers(device))
    assert list(choices(result).values()) == [
        "Lens 1 (2560×1920)",
        "Lens 2 (1920×1080)",
    ]

    main, sub, parcel = device.profiles
    device.profiles = (
        dataclasses.replace(main, name=""),
        sub,
        dataclasses.replace(parcel, name=f"Par\u200bcel {'x' * 100}", width=0),
    )
    result = await go_on(hass, await begin(hass), **answers(device))
    assert list(choices(result).values()) == [
        "Lens 1 (2560×1920)",
        f"Lens 2: Parcel {'x' * 32}…",
    ]


async def test_lenses_without_a_whole_size_can_be_chosen(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """If the device reports only width or height, the size is unknown."""

    async def answer(_: web.Request) -> web.StreamResponse:
        profiles = "".join(
            f'<trt:Profiles token="{profile.token}"><tt:VideoSourceConfiguration>'
            f"<tt:SourceToken>{profile.source}</tt:SourceToken>"
            "</tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration>"
            "<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Height>1080</tt:Height>"
            "</tt:Resolution></tt:VideoEncoderConfiguration></trt:Profiles>"
            for profile in device.profiles
        )
        return web.Response(
            text=envelope(
                f"<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>"
            ),
            content_type="application/soap+xml",
        )

    device.misbehaves["GetProfiles"] = answer
    result = await go_on(hass, await begin(hass), **answers(device))
    assert result["step_id"] == "onvif_lens", result
    assert choices(result) == {"000": "Lens 1", "001": "Lens 2"}
    result = await go_on(hass, result, lens="001")
    assert result["step_id"] == "onvif_events", result


async def test_a_device_that_claims_a_thousand_lenses_shows_those_of_a_large_recorder(
    hass: HomeAssistant, device: OnvifDevice
) -> None:
    """The list is limited to the number of channels of a large recorder."""
    device.profiles = tuple(
        dataclasses.replace(
            device.profiles[0],
            token=str(number),
            name="",
            source=str(number),
            configuration="",
        )
        for number in range(700)
    )
    result = await go_on(hass, await begin(hass), **answers(device))
    assert result["step_id"] == "onvif_lens", result
    assert list(choices(result)) == [
        str(number) for number in range(MOST_VIDEO_SOURCES)
    ]


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [("Acme", "ACME Door 2", "ACME Door 2"), ("Acme", "Door 2", "Acme Door 2")],
)
def test_a_make_is_named_once(make: str, model: str, name: str) -> None:
    """Some devices include the make in the model."""
    assert (
        name_in(DeviceIdentity(mac=None, serial=None, make=make, model=model)) == name
    )
