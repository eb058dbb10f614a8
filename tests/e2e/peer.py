"""A Home Assistant with the WebRTC provider of `webrtc_peer`, and its log."""

import json
from pathlib import Path
from typing import Any

from tests.repository import ROOT

from .ha import HomeAssistantProcess
from .webrtc_peer import CAMERA, DOMAIN, HEARD

# The level of a beep of Chromium's fake microphone, which is silent between beeps.
_LOUD = 0.02


# Use the fake microphone, and connect to WebRTC peers on this machine.
MICROPHONE_ARGUMENTS = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
]


def home_with_peer(config: Path, *, camera: str | None = None) -> HomeAssistantProcess:
    """Return a Home Assistant with the peer, not started yet.

    `camera`: the RTSP address of the peer's own camera, `camera.peer`.
    """
    environment = {
        HEARD: str(config / "heard.jsonl"),
        # Core removes this folder from the module path again, which drops its components
        # if another folder has custom_components too.
        "PYTHONPATH": str(config),
    }
    if camera is not None:
        environment[CAMERA] = camera
    machine = HomeAssistantProcess(config, environment=environment, forked=True)
    components = config / "custom_components"
    components.mkdir(exist_ok=True)
    (components / DOMAIN).symlink_to(ROOT / "tests/e2e" / DOMAIN)
    configuration = config / "configuration.yaml"
    configuration.write_text(f"{configuration.read_text()}{DOMAIN}:\n")
    return machine


def heard(config: Path) -> list[dict[str, Any]]:
    """Return everything that the peer has noted so far."""
    file = config / "heard.jsonl"
    if not file.exists():
        return []
    lines = file.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def beeps(lines: list[dict[str, Any]]) -> list[float]:
    """Return the start of each beep in seconds of the sender's clock."""
    begun = []
    loud = False
    for line in lines:
        if line["what"] != "sound":
            continue
        if line["loud"] > _LOUD and not loud:
            begun.append(line["media"])
        loud = line["loud"] > _LOUD
    return begun
