"""A Home Assistant with the WebRTC peer of `webrtc_peer`, and what that heard."""

import json
from pathlib import Path
from typing import Any

from tests.repository import ROOT

from .webrtc_peer import CAMERA, DOMAIN, HEARD

# A beep of Chromium's fake microphone; between them it is silent.
_LOUD = 0.02


def add_peer(config: Path, *, camera: str | None = None) -> dict[str, str]:
    """Add the component to a folder of Home Assistant before its start.

    Call it once the configuration is written. `camera`: the RTSP address of `camera.peer`.
    Returns the environment that Home Assistant needs.
    """
    components = config / "custom_components"
    components.mkdir(exist_ok=True)
    (components / DOMAIN).symlink_to(ROOT / "tests/e2e" / DOMAIN)
    configuration = config / "configuration.yaml"
    configuration.write_text(f"{configuration.read_text()}{DOMAIN}:\n")
    environment = {HEARD: str(config / "heard.jsonl")}
    return environment | ({} if camera is None else {CAMERA: camera})


def heard(config: Path) -> list[dict[str, Any]]:
    """Return all that the peer noted so far."""
    file = config / "heard.jsonl"
    if not file.exists():
        return []
    lines = file.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def beeps(lines: list[dict[str, Any]]) -> list[float]:
    """Return when each beep began, in seconds of the sender's clock."""
    begun = []
    loud = False
    for line in lines:
        if line["what"] != "sound":
            continue
        if line["loud"] > _LOUD and not loud:
            begun.append(line["media"])
        loud = line["loud"] > _LOUD
    return begun
