"""Tests of the flows of doorbells with a stream address."""

from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_PASSWORD,
    CONF_PICTURE_MOTION,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_USERNAME,
    CONF_WEBHOOK,
    DOMAIN,
    KIND_DOORBELL,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.engine.doorbells.base import PROBLEMS, DoorbellError
from custom_components.doorwatch.flows.rtsp import unique_id_of
from tests.conftest import Until
from tests.flows.forms import (
    DETECTION,
    begin,
    doorbell_entry,
    go_on,
    offered_name,
    probe,
)
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.rtsp.scripted import ScriptedCamera

__all__ = ["probe"]

pytestmark = pytest.mark.usefixtures("installed")


# The field of each problem; other problems are shown above the fields.
BESIDE = {
    **dict.fromkeys(("invalid_auth", "unsupported_login"), CONF_PASSWORD),
    **dict.fromkeys(
        (
            "cannot_connect",
            "invalid_address",
            "no_video",
            "not_a_stream",
            "not_found",
            "refused",
            "timeout",
            "udp_only",
            "undecodable",
            "unknown_problem",
            "unsupported_codec",
        ),
        CONF_STREAM,
    ),
}


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return the values that a form shows."""
    schema = result["data_schema"]
    assert schema is not None
    return {
        str(field): value
        for field in schema.schema
        if (value := (field.description or {}).get("suggested_value")) is not None
    }


async def test_two_screens_from_the_menu_to_a_working_doorbell(
    hass: HomeAssistant, rtsp_server: RtspServer, until: Until
) -> None:
    """A real stream is tested, stored and recorded."""
    result = await begin(hass, "rtsp")
    assert result["step_id"] == "rtsp"
    result = await go_on(hass, result, **{CONF_STREAM: rtsp_server.address()})
    assert result["step_id"] == "detection", result
    assert result["description_placeholders"] is not None
    assert "% of one processor core" in result["description_placeholders"]["cost"]
    assert offered_name(result) == "Front door"
    # A browser submits the suggestions.
    schema = result["data_schema"]
    assert schema is not None
    result = await go_on(hass, result, **schema({CONF_NAME: "Front"}))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.title == "Front"
    assert entry.options[CONF_PICTURE_MOTION] is True
    assert entry.options[CONF_WEBHOOK] is False
    assert entry.data[CONF_STREAM] == rtsp_server.address()
    assert CONF_PASSWORD not in entry.data
    await until(lambda: entry.runtime_data.data.connected)
    kinds = [one.data[CONF_KIND] for one in hass.config_entries.async_entries(DOMAIN)]
    assert sorted(kinds) == [KIND_DOORBELL, KIND_HOUSEHOLD]


async def test_a_wrong_password_is_named_and_can_be_put_right(
    hass: HomeAssistant, start_rtsp_server: StartRtspServer
) -> None:
    """A login in a pasted address moves to its fields; the form keeps typed values."""
    server = start_rtsp_server(login="viewer:right")
    result = await begin(hass, "rtsp")
    result = await go_on(
        hass,
        result,
        **{CONF_STREAM: server.address(login="viewer:wrong")},
    )
    assert result["errors"] == {CONF_PASSWORD: "invalid_auth"}
    # A missing login isn't reported as a wrong one.
    result = await go_on(hass, result, **{CONF_STREAM: server.address()})
    assert result["errors"] == {CONF_USERNAME: "login_missing"}
    result = await go_on(
        hass,
        result,
        **{CONF_STREAM: server.address(login="viewer:wrong")},
    )
    shown = suggested(result)
    assert shown == {
        CONF_STREAM: server.address(),
        CONF_USERNAME: "viewer",
        CONF_PASSWORD: "wrong",
    }

    # A browser also submits the other fields.
    result = await go_on(
        hass,
        result,
        **shown | {CONF_STREAM: server.address(login="viewer:right")},
    )
    result = await go_on(hass, result, **DETECTION)

    data = result["result"].data
    assert data[CONF_STREAM] == server.address()
    assert (data[CONF_USERNAME], data[CONF_PASSWORD]) == ("viewer", "right")


async def test_the_stream_of_a_bare_address_is_found(
    hass: HomeAssistant, start_rtsp_server: StartRtspServer
) -> None:
    """The found streams are shown and take one more click."""
    server = start_rtsp_server(login="viewer:right")
    result = await begin(hass, "rtsp")
    result = await go_on(
        hass, result, **{CONF_STREAM: f"viewer:right@127.0.0.1:{server.port}"}
    )
    assert result["step_id"] == "rtsp_found", result
    shown = suggested(result)
    assert shown == {
        CONF_STREAM: server.address("stream1"),
        CONF_SUB_STREAM: server.address("stream2"),
        CONF_USERNAME: "viewer",
        CONF_PASSWORD: "right",
    }
    result = await go_on(hass, result, **shown)
    assert result["step_id"] == "detection", result
    result = await go_on(hass, result, **DETECTION)

    data = result["result"].data
    assert {key: data[key] for key in shown} == shown


async def test_the_found_stream_can_be_changed(hass: HomeAssistant, probe: Any) -> None:
    """The person may know a better one, and a wrong one shows its error."""
    async with ScriptedCamera(streams=["/stream1", "/stream2"]) as camera:
        result = await begin(hass, "rtsp")
        result = await go_on(hass, result, **{CONF_STREAM: camera.address()})
        assert suggested(result)[CONF_SUB_STREAM] == camera.address("/stream2")
        probe.side_effect = DoorbellError("no_video")
        result = await go_on(hass, result, **{CONF_STREAM: camera.address("/stream2")})
        assert result["step_id"] == "rtsp"
        assert result["errors"] == {CONF_STREAM: "no_video"}
        probe.side_effect = None
        result = await go_on(hass, result, **suggested(result))
        result = await go_on(hass, result, **DETECTION)

        assert result["result"].data[CONF_STREAM] == camera.address("/stream2")
        assert CONF_SUB_STREAM not in result["result"].data


async def test_a_smaller_stream_that_was_typed_is_kept(
    hass: HomeAssistant, probe: Any
) -> None:
    async with ScriptedCamera(streams=["/stream1", "/stream2"]) as camera:
        result = await begin(hass, "rtsp")
        typed = {CONF_STREAM: camera.address(), CONF_SUB_STREAM: camera.address("/sub")}
        result = await go_on(hass, result, **typed)
        assert suggested(result) == {
            CONF_STREAM: camera.address("/stream1"),
            CONF_SUB_STREAM: camera.address("/sub"),
        }


async def test_a_stream_without_a_path_needs_no_confirmation(
    hass: HomeAssistant, probe: Any
) -> None:
    async with ScriptedCamera(streams=["/"]) as camera:
        result = await begin(hass, "rtsp")
        result = await go_on(hass, result, **{CONF_STREAM: f"127.0.0.1:{camera.port}"})
        assert result["step_id"] == "detection", result
        result = await go_on(hass, result, **DETECTION)
        assert result["result"].data[CONF_STREAM] == camera.address("/")


async def test_why_no_stream_is_found_is_named(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused login is not sent again, and is not logged."""
    caplog.set_level("DEBUG")
    login = {CONF_USERNAME: "viewer", CONF_PASSWORD: "pl4nted"}
    async with ScriptedCamera() as camera:
        result = await begin(hass, "rtsp")
        result = await go_on(hass, result, **{CONF_STREAM: camera.address(), **login})
        assert result["errors"] == {CONF_STREAM: "no_known_path"}
        assert suggested(result) == {CONF_STREAM: camera.address(), **login}

        camera.login = "viewer:right"
        result = await go_on(hass, result, **{CONF_STREAM: camera.address()})
        assert result["errors"] == {CONF_USERNAME: "login_missing"}
        assert camera.logins == []
        result = await go_on(hass, result, **{CONF_STREAM: camera.address(), **login})
        assert result["errors"] == {CONF_PASSWORD: "invalid_auth_once"}
        assert len(camera.logins) == 1
        address = camera.address()
    result = await go_on(hass, result, **{CONF_STREAM: address, **login})
    assert result["errors"] == {CONF_STREAM: "cannot_connect"}
    assert "pl4nted" not in caplog.text


async def test_a_found_stream_that_is_already_added_is_refused(
    hass: HomeAssistant, probe: Any
) -> None:
    async with ScriptedCamera(streams=["/stream1"]) as camera:
        address = camera.address("/stream1")
        doorbell_entry(address, unique_id=unique_id_of(address)).add_to_hass(hass)
        result = await begin(hass, "rtsp")
        result = await go_on(hass, result, **{CONF_STREAM: camera.address()})
    assert result["reason"] == "already_configured"


@pytest.mark.parametrize("problem", sorted(PROBLEMS))
async def test_each_problem_of_a_stream_has_words(
    hass: HomeAssistant, probe: Any, problem: str
) -> None:
    """The flow continues when the problem is solved."""
    probe.side_effect = DoorbellError(problem)
    result = await begin(hass, "rtsp")
    login = {CONF_USERNAME: "viewer", CONF_PASSWORD: "s3cret"}
    answers = {CONF_STREAM: "rtsp://127.0.0.1/live", **login}
    result = await go_on(hass, result, **answers)
    assert result["errors"] == {BESIDE.get(problem, "base"): problem}

    probe.side_effect = None
    result = await go_on(hass, result, **answers)
    assert result["step_id"] == "detection"


async def test_what_is_no_address_is_refused_before_anything_is_opened(
    hass: HomeAssistant, probe: Any
) -> None:
    """FFmpeg would also open files."""
    result = await begin(hass, "rtsp")
    result = await go_on(hass, result, **{CONF_STREAM: "file:///etc/passwd"})

    assert result["errors"] == {CONF_STREAM: "invalid_address"}
    probe.assert_not_called()


async def test_the_same_doorbell_is_refused(hass: HomeAssistant, probe: Any) -> None:
    """The login and the case of the address don't matter."""
    address = "rtsp://127.0.0.1:9/live"
    doorbell_entry(address, unique_id=unique_id_of(address)).add_to_hass(hass)
    result = await begin(hass, "rtsp")
    result = await go_on(
        hass,
        result,
        **{CONF_STREAM: "RTSP://other:login@127.0.0.1:9/live"},
    )

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    probe.assert_not_called()


async def test_reconfigure_keeps_a_password_that_is_left_empty(
    hass: HomeAssistant, probe: Any
) -> None:
    """The new address is used with the stored login."""
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure_rtsp"
    probe.side_effect = DoorbellError("timeout")
    answers = {CONF_STREAM: "rtsp://127.0.0.1:9/other", CONF_USERNAME: "viewer"}
    result = await go_on(hass, result, **answers)
    assert result["errors"] == {CONF_STREAM: "timeout"}

    probe.side_effect = None
    result = await go_on(hass, result, **answers)

    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {
        **doorbell_entry().data,
        CONF_STREAM: "rtsp://127.0.0.1:9/other",
    }


@pytest.mark.parametrize("path", ["", "/stream1"])
async def test_the_stored_password_is_not_sent_to_another_host(
    hass: HomeAssistant, probe: Any, path: str
) -> None:
    """A typed one is, whether the stream is known or searched for."""
    entry = doorbell_entry("rtsp://192.168.1.20/live")
    entry.add_to_hass(hass)
    async with ScriptedCamera(
        streams=["/stream1"], login="viewer:old secret"
    ) as camera:
        result = await entry.start_reconfigure_flow(hass)
        answers = {CONF_STREAM: camera.address(path), CONF_USERNAME: "viewer"}
        result = await go_on(hass, result, **answers)
        assert result["errors"] == {CONF_PASSWORD: "password_other_host"}
        assert suggested(result) == answers
        assert camera.requests == []
        probe.assert_not_called()

        answers[CONF_PASSWORD] = "old secret"
        result = await go_on(hass, result, **answers)
        if not path:
            assert camera.logins
            result = await go_on(hass, result, **suggested(result))
        assert result["reason"] == "reconfigure_successful"
        assert entry.data[CONF_STREAM] == camera.address("/stream1")


async def test_the_stored_password_is_not_sent_to_another_host_for_a_smaller_stream(
    hass: HomeAssistant, probe: Any
) -> None:
    """The main stream is where it was."""
    entry = doorbell_entry("rtsp://192.168.1.20/live")
    entry.add_to_hass(hass)
    async with ScriptedCamera(streams=["/sub"]) as camera:
        result = await entry.start_reconfigure_flow(hass)
        answers = {
            CONF_STREAM: entry.data[CONF_STREAM],
            CONF_SUB_STREAM: camera.address("/sub"),
            CONF_USERNAME: "viewer",
        }
        result = await go_on(hass, result, **answers)
        assert result["errors"] == {CONF_PASSWORD: "password_other_host"}
        assert camera.requests == []
    probe.assert_not_called()


async def test_the_stored_password_stays_encrypted(
    hass: HomeAssistant, probe: Any
) -> None:
    """It is kept if the new address is encrypted and the old one was not."""
    entry = doorbell_entry("rtsps://127.0.0.1/live")
    entry.add_to_hass(hass)
    async with ScriptedCamera(streams=["/live"]) as camera:
        for path in ("", "/live"):
            result = await entry.start_reconfigure_flow(hass)
            answers = {CONF_STREAM: camera.address(path), CONF_USERNAME: "viewer"}
            result = await go_on(hass, result, **answers)
            assert result["errors"] == {CONF_PASSWORD: "password_unencrypted"}
        assert camera.requests == []
    probe.assert_not_called()

    entry = doorbell_entry("rtsp://cam/live", entry_id="01ANOTHERDOORBELL00000000")
    entry.add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)
    answers = {CONF_STREAM: "rtsps://CAM/live", CONF_USERNAME: "viewer"}
    result = await go_on(hass, result, **answers)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_PASSWORD] == "old secret"


async def test_reconfigure_finds_the_stream_with_the_stored_password(
    hass: HomeAssistant, probe: Any
) -> None:
    """The stored password is used, but not shown."""
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    async with ScriptedCamera(
        streams=["/stream1", "/stream2"], login="viewer:old secret"
    ) as camera:
        result = await entry.start_reconfigure_flow(hass)
        answers = {CONF_STREAM: camera.address(), CONF_USERNAME: "viewer"}
        result = await go_on(hass, result, **answers)
        assert result["step_id"] == "rtsp_found"
        shown = suggested(result)
        assert CONF_PASSWORD not in shown
        result = await go_on(hass, result, **shown)

        assert result["reason"] == "reconfigure_successful"
        assert entry.data == {
            **doorbell_entry().data,
            CONF_STREAM: camera.address("/stream1"),
            CONF_SUB_STREAM: camera.address("/stream2"),
        }


@pytest.mark.parametrize(
    ("host", "smaller"), [("192.168.1.20", "/stream2"), ("127.0.0.1", None)]
)
async def test_a_smaller_stream_at_the_earlier_address_is_replaced(
    hass: HomeAssistant, probe: Any, host: str, smaller: str | None
) -> None:
    """The form still has it when only the doorbell's IP address has changed."""
    kept = f"rtsp://{host}/other"
    entry = doorbell_entry(f"rtsp://{host}/live")
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_SUB_STREAM: kept}
    )
    async with ScriptedCamera(streams=["/stream1", "/stream2"]) as camera:
        result = await entry.start_reconfigure_flow(hass)
        answers = {CONF_STREAM: camera.address(), CONF_SUB_STREAM: kept}
        result = await go_on(hass, result, **answers)
        assert result["step_id"] == "rtsp_found"
        expected = kept if smaller is None else camera.address(smaller)
        assert suggested(result)[CONF_SUB_STREAM] == expected


async def test_reconfigure_forgets_the_password_of_another_user(
    hass: HomeAssistant, probe: Any
) -> None:
    """A password belongs to a user name and is removed with it."""
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)
    result = await go_on(hass, result, **{CONF_STREAM: "rtsp://127.0.0.1:9/live"})

    assert result["reason"] == "reconfigure_successful"
    assert CONF_PASSWORD not in entry.data
    assert CONF_USERNAME not in entry.data


async def test_reconfigure_to_another_doorbell_is_refused(
    hass: HomeAssistant, probe: Any
) -> None:
    """Two entries would record the same door."""
    with patch("custom_components.doorwatch.async_setup_entry", return_value=True):
        result = await begin(hass, "rtsp")
        result = await go_on(hass, result, **{CONF_STREAM: "rtsp://127.0.0.1:9/one"})
        await go_on(hass, result, **DETECTION)
        entry = doorbell_entry()
        entry.add_to_hass(hass)
        result = await entry.start_reconfigure_flow(hass)
        result = await go_on(hass, result, **{CONF_STREAM: "rtsp://127.0.0.1:9/one"})

    assert result["reason"] == "already_configured"


async def test_reconfigure_is_possible_while_an_earlier_form_is_open(
    hass: HomeAssistant, probe: Any
) -> None:
    """A form that was left must not block the same change."""
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    address = {CONF_STREAM: "rtsp://127.0.0.1:9/one"}
    probe.side_effect = DoorbellError("timeout")
    left = await go_on(hass, await entry.start_reconfigure_flow(hass), **address)
    assert left["errors"] == {CONF_STREAM: "timeout"}
    probe.side_effect = None

    with patch("custom_components.doorwatch.async_setup_entry", return_value=True):
        result = await go_on(hass, await entry.start_reconfigure_flow(hass), **address)

    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_STREAM] == address[CONF_STREAM]


async def test_a_refused_login_asks_for_a_new_one(
    hass: HomeAssistant, start_rtsp_server: StartRtspServer, until: Until
) -> None:
    """The login is requested once, and the doorbell works with the new one."""
    server = start_rtsp_server(login="viewer:new secret")
    entry = doorbell_entry(server.address())
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: list(entry.async_get_active_flows(hass, {"reauth"})))
    (flow,) = entry.async_get_active_flows(hass, {"reauth"})
    assert flow["step_id"] == "reauth_doorbell"

    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_USERNAME: "viewer", CONF_PASSWORD: "wrong"}
    )
    assert result["errors"] == {CONF_PASSWORD: "invalid_auth"}
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_USERNAME: "viewer", CONF_PASSWORD: "new secret"}
    )

    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_PASSWORD] == "new secret"
    await until(
        lambda: (
            entry.state is ConfigEntryState.LOADED and entry.runtime_data.data.connected
        )
    )
