"""Test the optional sub-stream of a doorbell: its form, its test and its use."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_PASSWORD,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_USERNAME,
    CONF_WEBHOOK_ID,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_RTSP,
)
from custom_components.doorwatch.engine.doorbells.base import (
    DoorbellError,
    StreamSource,
)
from tests.conftest import Until
from tests.rtsp.fixtures import RtspServer, StartRtspServer

pytestmark = pytest.mark.usefixtures("installed")

MAIN = "rtsp://127.0.0.1:9/main"
SUB = "rtsp://127.0.0.1:9/sub"


@pytest.fixture
def probed() -> Iterator[list[str]]:
    """Treat every stream except `/broken` as valid, and return the tested streams."""
    tried: list[str] = []

    async def probe(source: StreamSource) -> None:
        tried.append(source.address)
        if source.address.endswith("/broken"):
            raise DoorbellError("not_found")

    flows = "custom_components.doorwatch.flows"
    with (
        patch(f"{flows}.rtsp.probe_stream", probe),
        patch(f"{flows}.doorbell.measure_motion_cost", return_value=1.4),
    ):
        yield tried


def doorbell_entry(stream: str = MAIN, sub_stream: str = SUB) -> MockConfigEntry:
    """Create the entry of a doorbell with two streams."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Side door",
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_RTSP,
            CONF_STREAM: stream,
            CONF_SUB_STREAM: sub_stream,
            CONF_USERNAME: "viewer",
            CONF_PASSWORD: "secret",
            CONF_WEBHOOK_ID: "hook",
        },
    )


async def answer(
    hass: HomeAssistant, result: ConfigFlowResult, **answers: Any
) -> ConfigFlowResult:
    """Submit the form."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], answers)


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return the suggested values of a form."""
    assert result["data_schema"] is not None
    return {
        str(field): (field.description or {}).get("suggested_value")
        for field in result["data_schema"].schema
    }


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the form for a new doorbell."""
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    return await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "rtsp"}
    )


async def test_both_streams_are_tried_with_the_same_login(
    hass: HomeAssistant, probed: list[str]
) -> None:
    """A pasted login moves to its own fields; the addresses are stored without it."""
    result = await answer(
        hass,
        await begin(hass),
        **{
            CONF_STREAM: "rtsp://viewer:secret@127.0.0.1:9/main",
            CONF_SUB_STREAM: "rtsp://viewer:secret@127.0.0.1:9/sub",
        },
    )
    assert result["step_id"] == "detection"
    assert probed == [
        "rtsp://viewer:secret@127.0.0.1:9/main",
        "rtsp://viewer:secret@127.0.0.1:9/sub",
    ]
    with patch("custom_components.doorwatch.async_setup_entry", return_value=True):
        result = await answer(hass, result, name="Front")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    data = result["result"].data
    assert (data[CONF_STREAM], data[CONF_SUB_STREAM]) == (MAIN, SUB)
    assert (data[CONF_USERNAME], data[CONF_PASSWORD]) == ("viewer", "secret")


@pytest.mark.parametrize(
    ("sub_stream", "problem"),
    [
        ("rtsp://127.0.0.1:9/broken", "not_found"),
        ("http://127.0.0.1/", "invalid_address"),
        (MAIN, "same_stream"),
    ],
)
@pytest.mark.usefixtures("probed")
async def test_wrong_sub_stream_names_itself(
    hass: HomeAssistant, sub_stream: str, problem: str
) -> None:
    """The error is at its field, the other input is kept, and no password is shown."""
    result = await answer(
        hass,
        await begin(hass),
        **{
            CONF_STREAM: "rtsp://viewer:secret@127.0.0.1:9/main",
            CONF_SUB_STREAM: sub_stream,
        },
    )
    assert result["errors"] == {CONF_SUB_STREAM: problem}
    shown = suggested(result)
    assert shown[CONF_STREAM] == MAIN
    assert shown[CONF_SUB_STREAM] == sub_stream


@pytest.mark.usefixtures("probed")
async def test_reconfigure_shows_it_and_takes_it_away(hass: HomeAssistant) -> None:
    """An empty field removes the sub-stream."""
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)
    assert suggested(result)[CONF_SUB_STREAM] == SUB
    result = await answer(
        hass,
        result,
        **{CONF_STREAM: MAIN, CONF_USERNAME: "viewer", CONF_SUB_STREAM: f"{SUB}2"},
    )
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_SUB_STREAM] == f"{SUB}2"
    assert entry.data[CONF_PASSWORD] == "secret"

    result = await entry.start_reconfigure_flow(hass)
    await answer(hass, result, **{CONF_STREAM: MAIN, CONF_USERNAME: "viewer"})
    assert CONF_SUB_STREAM not in entry.data


async def test_new_login_keeps_it_although_it_is_away(
    hass: HomeAssistant, start_rtsp_server: StartRtspServer, until: Until
) -> None:
    """The sub-stream isn't required for recording."""
    server = start_rtsp_server(login="viewer:new secret", cams=1)
    gone = server.address("nothing_here")
    entry = doorbell_entry(server.address(), gone)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: list(entry.async_get_active_flows(hass, {"reauth"})))
    (flow,) = entry.async_get_active_flows(hass, {"reauth"})
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_USERNAME: "viewer", CONF_PASSWORD: "new secret"}
    )
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_SUB_STREAM] == gone
    await until(
        lambda: (
            entry.state is ConfigEntryState.LOADED and entry.runtime_data.data.connected
        )
    )


async def test_pictures_of_the_sub_stream_are_there_to_be_looked_at(
    hass: HomeAssistant, rtsp_server: RtspServer, until: Until
) -> None:
    """The sub-stream is read with the doorbell's login and without sound."""
    entry = doorbell_entry(rtsp_server.address("cam0"), rtsp_server.address("cam1"))
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    coordinator = entry.runtime_data
    source = coordinator.doorbell.sub_stream_source()
    assert source.options["allowed_media_types"] == "video"
    seen: list[object] = []
    stop = coordinator.recorder.watch_keyframes(seen.append)
    await until(lambda: len(seen) >= 2)
    assert coordinator.recorder.diagnostics()["sub_stream"]["watched"] == "sub_stream"
    stop()
