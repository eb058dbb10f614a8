"""Write the configuration folder of a real Home Assistant before its first start."""

from collections.abc import Mapping
import json
from pathlib import Path
import shutil

from tests.repository import ROOT

REPOSITORY = ROOT

# The minimum for the pages that a user opens, without integrations that need the
# internet.
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
# Home Assistant has stored the server's settings here since 2026.10. Settings in YAML
# would be on trial for five minutes, followed by a restart, and open to the network.
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
# Skip these onboarding steps, which add integrations that use the internet.
_ONBOARDING = {"done": ["core_config", "analytics", "integration"]}


def write_configuration(config: Path, port: int, *, name: str, time_zone: str) -> None:
    """Write the missing files; stored data stays."""
    config.mkdir(parents=True, exist_ok=True)
    (config / "configuration.yaml").write_text(
        CONFIGURATION.format(name=name, time_zone=time_zone)
    )
    for file, empty in (("automations.yaml", "[]\n"), ("scripts.yaml", "{}\n")):
        if not (config / file).exists():
            (config / file).write_text(empty)
    mend_configuration(config, port)


def mend_configuration(config: Path, port: int) -> None:
    """Write required files, also into a folder restored from a backup.

    Home Assistant finds Doorwatch in the repository by `PYTHONPATH`, and the folder
    contains no copy of it. A link in the folder would abort core's restore of a backup,
    or become a copy without later changes.
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


# The group of people who may not see any camera.
NO_CAMERAS = "no-cameras"


def write_groups(config: Path) -> None:
    """Write groups that Home Assistant has no form for; call before its start."""
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
    """Write a file in Home Assistant's storage format."""
    major, minor = version
    path.write_text(
        json.dumps(
            {"version": major, "minor_version": minor, "key": path.name, "data": data}
        )
    )
