"""Test that all requirements can be installed on Home Assistant OS.

Home Assistant OS uses musl on aarch64 and x86_64, and has no compiler. The test queries the
package index, or uv's cache if the index is unreachable.
"""

from importlib.metadata import files
import json
from pathlib import Path
import re
import subprocess
import sys

import homeassistant
from homeassistant.const import __version__ as VERSION
import pytest

from tests.repository import ROOT

CORE = Path(homeassistant.__file__).parent
MANIFEST = ROOT / "custom_components/doorwatch/manifest.json"
UV = Path(sys.executable).parent / "uv"

# Core itself requires and ships these packages. They have no wheels but are pure
# Python, which a test below checks, so they need no compiler.
PURE_SOURCE = ("PyTurboJPEG", "WSDiscovery")


def requirements() -> list[str]:
    """Return the requirements of the manifest and of the core integrations that it depends on."""
    found: list[str] = []
    seen: set[str] = set()

    def collect(manifest: Path) -> None:
        content = json.loads(manifest.read_text())
        found.extend(content.get("requirements", ()))
        for key in ("dependencies", "after_dependencies"):
            for domain in content.get(key, ()):
                if domain not in seen:
                    seen.add(domain)
                    collect(CORE / "components" / domain / "manifest.json")

    collect(MANIFEST)
    return found


def resolve(
    folder: Path, machine: str, wanted: list[str], *options: str
) -> subprocess.CompletedProcess[str]:
    """Have uv resolve the requirements to wheels for musl and CPython 3.14."""
    source = folder / "requirements.in"
    source.write_text("".join(f"{line}\n" for line in wanted))
    command = [
        str(UV),
        "pip",
        "compile",
        f"--python-platform={machine}-unknown-linux-musl",
        "--python-version=3.14",
        "--only-binary=:all:",
        *(f"--no-binary={name}" for name in PURE_SOURCE),
        f"--constraint={CORE / 'package_constraints.txt'}",
        "--no-header",
        "--no-annotate",
        *options,
        str(source),
    ]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=240
    )


def resolved_versions(folder: Path, machine: str, wanted: list[str]) -> dict[str, str]:
    """Return the version of each package, or fail with the reason."""
    done = resolve(folder, machine, wanted)
    if done.returncode != 0 and "No solution found" not in done.stderr:
        online = done.stderr
        done = resolve(folder, machine, wanted, "--offline")
        if done.returncode != 0:
            pytest.fail(
                "The package index cannot be reached and uv's cache does not hold "
                f"what is needed.\n\n{online}\n\nfrom the cache:\n{done.stderr}"
            )
    assert done.returncode == 0, f"not installable on {machine}:\n{done.stderr}"
    pairs = (line.split("==") for line in done.stdout.split() if "==" in line)
    return {name.lower(): version for name, version in pairs}


@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
def test_requirements_install_on_home_assistant_os(
    tmp_path: Path, machine: str
) -> None:
    """Each requirement has a wheel that matches core's constraints."""
    wanted = requirements()
    assert any(line.startswith("av==") for line in wanted)
    assert any(line.startswith("numpy==") for line in wanted)
    assert "async-timeout" in wanted

    versions = resolved_versions(tmp_path, machine, wanted)

    for line in wanted:
        written, _, pinned = line.partition("==")
        name = written.lower().replace("_", "-")
        assert name in versions
        if pinned:
            assert versions[name] == pinned


def test_a_requirement_without_a_wheel_for_musl_is_noticed(tmp_path: Path) -> None:
    """The wheels of c2pa-python don't support musl."""
    done = resolve(tmp_path, "aarch64", ["c2pa-python"])

    assert done.returncode != 0
    assert "c2pa-python" in done.stderr


@pytest.mark.parametrize("name", PURE_SOURCE)
def test_source_only_requirements_need_no_compiler(name: str) -> None:
    """Packages without wheels contain no compiled files."""
    content = files(name)

    assert content
    assert not [path for path in content if path.suffix in {".so", ".c", ".pyx"}]


def test_nothing_that_core_pins_is_pinned_again() -> None:
    """Our own pin would conflict when core updates the package."""
    own = json.loads(MANIFEST.read_text())["requirements"]

    assert own == ["async-timeout"]


@pytest.mark.parametrize(
    "integration",
    ["doorbird", "nest", "onvif", "reolink", "ring", "unifi_discovery", "unifiprotect"],
)
def test_tests_run_against_the_versions_that_core_pins(integration: str) -> None:
    """Tests with other integrations use the same versions as users."""
    manifest = CORE / "components" / integration / "manifest.json"
    pinned = json.loads(manifest.read_text())["requirements"]
    lock = (ROOT / f"requirements/{VERSION}.txt").read_text()
    ours = re.findall(r"^[\w.\[\]-]+==[^\s;]+", lock, re.MULTILINE)

    assert pinned
    assert not {line.lower().replace("_", "-") for line in pinned} - set(ours)
