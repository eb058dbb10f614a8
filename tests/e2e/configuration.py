"""The folder of a real Home Assistant, as it is before the first start."""

from collections.abc import Mapping
import json
from pathlib import Path
import shutil

from tests.repository import ROOT

REPOSITORY = ROOT

# What is enough for the pages a person opens; each works without anything from outside.
CONFIGURATION = """\
homeassistant:
  name: {name}
  latitude: 52.52
  longitude: 13.40
  elevation: 34
  unit_system: metric
  time_zone: {time_zone}
  country: DE
automation: !include automations.yaml
script: !include scripts.yaml
config:
frontend:
history:
image_upload:
logbook:
media_source:
my:
person:
recorder:
  commit_interval: 5
stream:
sun:
system_health:
input_boolean:
  somebody_at_the_door:
    name: Somebody at the door
logger:
  default: warning
  logs:
    custom_components.doorwatch: info
    # Core's ffmpeg integration looks for the program, which is not used here.
    haffmpeg: critical
"""
# Since 2026.10 the server's settings live here: those in YAML would be a trial that ends
# after five minutes with a restart, open to the network.
_HTTP: Mapping[str, object] = {
    "cors_allowed_origins": ["https://cast.home-assistant.io"],
    "login_attempts_threshold": -1,
    "ip_ban_enabled": True,
    "ssl_profile": "modern",
    "use_x_frame_options": True,
    "created_at": "2026-11-01T00:00:00+00:00",
    "error": None,
    "error_message": None,
}
# Left out of onboarding: these steps add integrations that talk to the internet.
_ONBOARDING = {"done": ["core_config", "analytics", "integration"]}


def write_configuration(config: Path, port: int, *, name: str, time_zone: str) -> None:
    """Write what is missing; what a home has stored stays."""
    config.mkdir(parents=True, exist_ok=True)
    (config / "configuration.yaml").write_text(
        CONFIGURATION.format(name=name, time_zone=time_zone)
    )
    for file, empty in (("automations.yaml", "[]\n"), ("scripts.yaml", "{}\n")):
        if not (config / file).exists():
            (config / file).write_text(empty)
    mend_configuration(config, port)


def mend_configuration(config: Path, port: int) -> None:
    """Write what a home cannot do without, also one that came from a backup.

    Its Doorwatch is the repository's, by way of `PYTHONPATH`: in the folder lies none. A
    link there would end core's restore of a backup half-way, and what that makes of a
    link is a copy that knows nothing of what is edited since.
    """
    storage = config / ".storage"
    storage.mkdir(exist_ok=True)
    server = {**_HTTP, "server_host": ["127.0.0.1"], "server_port": port}
    _store(
        storage / "http",
        (2, 2),
        {"stable": server, "pending": None, "yaml_migration_done": True},
    )
    if not (storage / "onboarding").exists():
        _store(storage / "onboarding", (4, 1), _ONBOARDING)
    components = config / "custom_components"
    for path in (components, components / "doorwatch"):
        if path.is_symlink():
            path.unlink()
    if (components / "doorwatch").is_dir():
        shutil.rmtree(components / "doorwatch")


# People who may see nothing of any camera.
NO_CAMERAS = "no-cameras"


def write_groups(config: Path) -> None:
    """Write the groups of people that no form of Home Assistant makes; before its start."""
    no_cameras = {
        "id": NO_CAMERAS,
        "name": "No cameras",
        "policy": {"entities": {"domains": {"sensor": True}}},
    }
    _store(
        config / ".storage" / "auth",
        (1, 1),
        {"users": [], "groups": [no_cameras], "credentials": [], "refresh_tokens": []},
    )


def _store(path: Path, version: tuple[int, int], data: object) -> None:
    """Write a file as Home Assistant stores it."""
    major, minor = version
    path.write_text(
        json.dumps(
            {"version": major, "minor_version": minor, "key": path.name, "data": data}
        )
    )
