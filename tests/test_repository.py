"""Test the repository's own rules for manifest, layout, module sizes and leftovers.

This includes many checks of hassfest and HACS, so that they can be run before a push.
"""

import ast
from collections.abc import Iterator
from datetime import date
import json
from pathlib import Path
import re
import subprocess
from textwrap import wrap
import tomllib

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
import homeassistant
from homeassistant.const import Platform
from packaging.version import Version
import pytest
import yaml

from agency.doorwatch_agency import __version__ as agency_version
from custom_components.doorwatch.people.stored import BEFORE_NEWS
from tests.repository import ROOT, texts, tracked_files

PACKAGE = ROOT / "custom_components/doorwatch"
CORE = Path(homeassistant.__file__).parent / "components"


def rooms(contract: str) -> set[str]:
    """Return the packages in the layers of an import-linter contract."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (found,) = (
        each
        for each in settings["tool"]["importlinter"]["contracts"]
        if each["id"] == contract
    )
    return {room for layer in found["layers"] for room in layer.split(" | ")}


HOUSE = rooms("house-rooms")
ENGINE = rooms("engine-rooms")
# Modules of the top folder that all packages of the integration may import.
GROUND = {
    *(
        "const",
        "data",
        "signals",
        "paths",
        "admin_notices",
        "issues",
        "names",
        "registry",
        "following",
        "timer",
    ),
    *("targets", "core_interfaces"),
}

# Each lock file has the name of a tested version of Home Assistant.
OLDEST = min(Version(lock.stem) for lock in ROOT.glob("requirements/*.txt"))

# Core sets up the first before any integration, and loads our platform for the second.
ALWAYS_THERE = {"persistent_notification", "device_automation"}

# Reasons why a module may be longer than 400 lines.
LONGEST = 400
LONG_FOR_A_REASON: dict[str, str] = {
    # All statements of one table, which are easier to understand in one module.
    "custom_components/doorwatch/engine/clips/index/index.py": "all that SQLite is told",
    # A short method for each operation of the library.
    "custom_components/doorwatch/engine/clips/library.py": "the one door to it",
    "frontend/src/api/generated.ts": "written by scripts/generate_types.py",
    "scripts/bench_parts/agency.py": "one agency, measured and counted in one run",
}

# A module with more lines needs a test file of the same name, or an entry in
# TESTED_ELSEWHERE.
MIRRORED = 40
# Where the modules without a test file of their name are tested.
TESTED_ELSEWHERE: dict[str, str] = {
    "access/home_addresses.py": "test_home_pages.py",
    "access/unknown_pages.py": "test_home_pages.py",
    "agencies/removal.py": "test_coordinator.py",
    "consent/deliveries.py": "../test_event.py",
    "consent/ending.py": "../websocket/test_share.py",
    "consent/staging.py": "test_prepare.py, test_sending.py, ../actions/test_encoding.py",
    "household/folder_problems.py": "test_maintenance.py, ../test_binary_sensor.py",
    "household/kept.py": "../flows/test_keeping.py",
    "flows/pin.py": "test_keeping.py",
    "household/slots.py": "../notices/test_notices.py",
    "notices/clashes.py": "test_phones.py",
    "notices/house.py": "test_notices.py",
    "notices/waiting.py": "test_notices.py",
    "repairs/pages.py": "../access/test_home_pages.py",
    "actions/clip_times.py": "../household/test_future_clips.py",
    "repairs/future_clips.py": "../household/test_future_clips.py",
    "runtime/switches.py": "../test_switch.py",
    "engine/sharing/requests/compact.py": "test_hostile_feeds.py",
    # Only names, numbers and types, which the tests of their users cover.
    "const.py": "names and numbers",
    "data.py": "what a home keeps, as types",
    "signals.py": "names",
    "engine/doorbells/base.py": "what a doorbell is, as types",
    "engine/recording/model.py": "what recording takes and gives, as types",
    "engine/sharing/agency.py": "what agencies say of themselves, as types",
    "engine/sharing/model.py": "what sharing takes and gives, as types",
    "engine/sharing/outbox/lookups.py": "what the outbox asks of a home, as types",
    "fetched/providers/base.py": "what a recording provider is, as types",
    # Modules that connect others, and are covered by the tests of those.
    "agencies/agencies.py": "agencies/test_base.py, consent/test_attachments.py",
    "access/users.py": "access/test_permissions.py, notices/test_notices.py",
    "fetched/providers/__init__.py": "fetched/providers/, runtime/test_stream_watch.py",
    "repairs/__init__.py": "each file in repairs/, through its one door",
    "repairs/base.py": "each file in repairs/",
    "runtime/recorders.py": "fetched/test_clips.py, runtime/test_modes.py",
    "websocket/request_json.py": "websocket/test_requests.py",
    "websocket/share_json.py": "websocket/test_share.py",
    "websocket/sending.py": "../consent/test_sending.py",
    "websocket/preparing.py": "../consent/test_prepare.py, ../consent/test_sending.py",
    "domain/closed.py": "flows/test_household.py, household/test_clip_folder.py",
    "domain/data.py": "all parts, as types",
    "domain/sharing_home.py": "access/test_guard_after_tap.py, household/test_household.py",
    "websocket/decorators.py": "each file in websocket/",
    "websocket/__init__.py": "access/test_permissions.py, test_surface.py",
    "requests/fitting.py": "consent/test_attachments.py, websocket/test_requests.py",
    # Parts of the modules whose tests are named.
    "targets.py": "test_trigger.py, test_condition.py, actions/test_finding.py",
    "runtime/talk_timer.py": "runtime/test_talk.py",
    "timer.py": "runtime/test_talk.py, runtime/test_event_sources.py",
    "runtime/talk_session.py": "runtime/test_talk.py",
    "runtime/event_entities.py": "runtime/test_event_sources.py, runtime/test_label_sources.py",
    "people/stored.py": "people/test_people.py",
    "agencies/changes.py": "agencies/test_coordinator.py, flows/test_new_key.py",
    "services/__init__.py": "test_services.py",
    "services/shares.py": "access/test_guard.py, consent/test_proposals.py",
    "engine/clips/video/pictures.py": "video/test_trim.py, video/test_stills.py",
    "engine/motion/filters.py": "engine/motion/test_detector.py",
    "engine/motion/regions.py": "engine/motion/test_detector.py",
    "engine/outside/reach.py": "engine/outside/test_door.py, test_door_properties.py",
    "engine/recording/connection.py": "engine/recording/test_reader.py, test_watch.py",
    "engine/sharing/documents/answers.py": "documents/test_receipts.py, test_withdrawals.py",
    "engine/sharing/requests/area.py": "engine/sharing/requests/test_feed.py",
    "engine/sharing/outbox/record.py": "outbox/test_store.py, outbox/test_jobs.py",
    "flows/fields.py": "each file in flows/",
    "flows/reauth.py": "flows/test_agency.py, test_onvif.py, test_rtsp.py",
    "websocket/people.py": "people/test_people.py, through its commands",
}

# Rules of the integration quality scale, from bronze to platinum.
RULES = """
action-setup appropriate-polling brands common-modules config-flow
config-flow-test-coverage dependency-transparency docs-actions docs-triggers
docs-conditions docs-high-level-description docs-installation-instructions
docs-removal-instructions entity-event-setup entity-unique-id has-entity-name
runtime-data test-before-configure test-before-setup unique-config-entry
action-exceptions config-entry-unloading docs-configuration-parameters
docs-installation-parameters entity-unavailable integration-owner
log-when-unavailable parallel-updates reauthentication-flow test-coverage
devices diagnostics discovery discovery-update-info docs-data-update docs-examples
docs-known-limitations docs-supported-devices docs-supported-functions
docs-troubleshooting docs-use-cases dynamic-devices stale-devices entity-category
entity-device-class entity-disabled-by-default entity-translations
exception-translations icon-translations reconfiguration-flow repair-issues
async-dependency inject-websession strict-typing
"""


def is_python(path: Path) -> bool:
    """Return whether a file is a Python module."""
    return path.suffix == ".py"


def folders_of(folder: Path) -> set[str]:
    """Return the tracked folders in a folder."""
    return {
        path.relative_to(folder).parts[0]
        for path in tracked_files()
        if path.is_relative_to(folder) and path.parent != folder
    }


def manifest() -> dict[str, object]:
    """Return the manifest."""
    content: dict[str, object] = json.loads((PACKAGE / "manifest.json").read_text())
    return content


def names_in(key: str) -> set[str]:
    """Return the items of a list in the manifest."""
    found = manifest().get(key, [])
    assert isinstance(found, list)
    return set(found)


# Manifest


def test_manifest_has_its_keys_in_order() -> None:
    """Domain and name are first; the other keys are sorted."""
    keys = list(manifest())

    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]


def test_manifest_says_what_a_custom_integration_must_say() -> None:
    """HACS and hassfest require these keys."""
    found = manifest()

    assert found["domain"] == PACKAGE.name
    assert found["config_flow"] is True
    assert found["integration_type"] in {"hub", "device", "service"}
    assert found["iot_class"] in {"local_push", "local_polling"}
    assert names_in("codeowners")
    for key in ("documentation", "issue_tracker"):
        assert str(found[key]).startswith("https://")
    AwesomeVersion(str(found["version"]), ensure_strategy=AwesomeVersionStrategy.SEMVER)


def test_one_version_everywhere() -> None:
    version = manifest()["version"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    card = json.loads((ROOT / "frontend/package.json").read_text())
    intake = json.loads((ROOT / "agency/intake/package.json").read_text())

    assert project["version"] == version
    assert card["version"] == version
    assert intake["version"] == version
    assert agency_version == version
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_each_release_says_what_is_new_to_people() -> None:
    """The panel shows at most five short lines once; a small release may have none."""
    panel = json.loads((ROOT / "frontend/src/i18n/panel/en.json").read_text())
    news = {
        AwesomeVersion(key.replace("_", ".")): lines
        for key, lines in panel["news"]["versions"].items()
    }
    version = AwesomeVersion(str(manifest()["version"]))

    for lines in news.values():
        assert 1 <= len(lines) <= 5
        assert all(len(line) <= 90 for line in lines.values())
    if str(version) != BEFORE_NEWS and str(version).endswith(".0"):
        assert version in news
    if max(news) > version:
        assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text()


def test_every_dependency_exists_in_core() -> None:
    """An unknown dependency prevents loading the integration."""
    for domain in names_in("dependencies") | names_in("after_dependencies"):
        assert (CORE / domain / "manifest.json").is_file(), domain


def used_components() -> Iterator[tuple[str, str]]:
    """Yield (module, imported core component)."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                if node.module == "homeassistant.components":
                    names = [alias.name for alias in node.names]
                else:
                    names = [node.module or ""]
                    names = [
                        name.removeprefix("homeassistant.components.").split(".")[0]
                        for name in names
                        if name.startswith("homeassistant.components.")
                    ]
            elif isinstance(node, ast.Import):
                names = [
                    alias.name.split(".")[2]
                    for alias in node.names
                    if alias.name.startswith("homeassistant.components.")
                ]
            else:
                continue
            for name in names:
                yield path.relative_to(PACKAGE).as_posix(), name


def test_imported_core_components_are_declared() -> None:
    """Components must be dependencies, unless core loads them anyway or they load our platform."""
    declared = names_in("dependencies") | names_in("after_dependencies")
    platforms = {platform.value for platform in Platform}

    undeclared = {
        (module, component)
        for module, component in used_components()
        if component not in declared | platforms | ALWAYS_THERE
        and module != f"{component}.py"
    }

    assert not undeclared


@pytest.mark.parametrize("page", ["README.md", "docs/install.md"])
def test_pages_name_the_oldest_home_assistant_that_is_tested(page: str) -> None:
    named = re.search(
        r"Home Assistant (\d{4}\.\d+(?:\.\d+)?) or newer", (ROOT / page).read_text()
    )

    assert named
    assert Version(named[1]) == OLDEST


def test_hacs_file_holds_only_known_keys() -> None:
    """HACS refuses unknown keys."""
    found = json.loads((ROOT / "hacs.json").read_text())

    assert found["name"] == manifest()["name"]
    assert found["zip_release"] is True
    assert found["filename"] == "doorwatch.zip"
    assert found["hide_default_branch"] is True
    assert Version(found["homeassistant"]) == OLDEST
    assert set(found) <= {
        "content_in_root",
        "country",
        "filename",
        "hacs",
        "hide_default_branch",
        "homeassistant",
        "name",
        "persistent_directory",
        "render_readme",
        "zip_release",
    }


def test_the_brand_is_there() -> None:
    """HACS and the frontend show the icon."""
    icon = (PACKAGE / "brand/icon.png").read_bytes()

    assert icon.startswith(b"\x89PNG")
    width = int.from_bytes(icon[16:20])
    height = int.from_bytes(icon[20:24])
    assert (width, height) in {(256, 256), (512, 512)}


def test_quality_scale_answers_every_rule() -> None:
    """Each rule is done, to do or exempt; other answers than "done" have a reason."""
    rules = yaml.safe_load((PACKAGE / "quality_scale.yaml").read_text())["rules"]

    assert set(rules) == set(RULES.split())
    for rule, answer in rules.items():
        if isinstance(answer, str):
            assert answer == "done", rule
        else:
            assert answer["status"] in {"done", "todo", "exempt"}, rule
            assert answer["comment"].strip(), rule


# Layout


def test_every_folder_is_a_room_of_the_house() -> None:
    """A new folder needs an entry in the import contracts first."""
    top = {path.relative_to(ROOT).parts[0] for path in tracked_files()}

    assert top <= {
        *(".ci", ".github", ".gitignore", "agency", "blueprints", "custom_components"),
        *("docs", "frontend", "scripts", "tests", "hacs.json", "pyproject.toml"),
        *(
            "conftest.py",
            "typings",
            "requirements",
            "requirements_dev.txt",
            "requirements_home.txt",
            "README.md",
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
        ),
        "LICENSE",
    }
    assert folders_of(PACKAGE) == {*HOUSE, "brand", "translations"}
    assert folders_of(PACKAGE / "engine") == ENGINE
    for room in ("clips", "sharing"):
        assert folders_of(PACKAGE / "engine" / room) == rooms(f"{room}-rooms")


def test_the_top_folder_holds_faces_and_the_ground() -> None:
    """The top folder has only modules that core loads by name, and shared modules."""
    faces = {platform.value for platform in Platform} | {
        *("__init__", "backup", "config_flow", "diagnostics", "logbook"),
        *("media_source", "services", "system_health"),
        *("condition", "device_trigger", "trigger"),
        *("coordinator", "entity"),
    }

    found = {
        path.stem
        for path in tracked_files()
        if path.parent == PACKAGE and is_python(path)
    }

    assert found <= faces | GROUND


@pytest.fixture(scope="module")
def own_imports() -> dict[Path, list[ast.ImportFrom]]:
    """Return the imports from the integration itself by module."""
    return {
        path: [
            node
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
            and (node.level or (node.module or "").startswith(PACKAGE.parent.name))
        ]
        for path in tracked_files()
        if path.is_relative_to(PACKAGE) and is_python(path)
    }


def needs(path: Path, imports: list[ast.ImportFrom]) -> set[str]:
    """Return the names that a module imports from the top folder."""
    found = set()
    for node in imports:
        if node.level == len(path.relative_to(PACKAGE).parts):
            names = [node.module] if node.module else [each.name for each in node.names]
            found |= {name.partition(".")[0] for name in names}
    return found


def test_rooms_need_no_face_and_the_ground_needs_no_room(
    own_imports: dict[Path, list[ast.ImportFrom]],
) -> None:
    """The contracts of `lint-imports` cover only the packages, not these modules."""
    faces = {path.stem for path in own_imports if path.parent == PACKAGE} - GROUND

    for path, imports in own_imports.items():
        if path.parent != PACKAGE:
            assert not needs(path, imports) & faces, path
        elif path.stem in GROUND:
            assert needs(path, imports) <= {*GROUND, "engine"}, path


def test_no_module_imports_a_private_name(
    own_imports: dict[Path, list[ast.ImportFrom]],
) -> None:
    """Ruff finds only `module._name`; the token that confirms a share is such a name."""
    for path, imports in own_imports.items():
        for node in imports:
            assert not [one.name for one in node.names if one.name[0] == "_"], path


def test_every_room_says_what_it_is_for() -> None:
    """The docstring of each package's `__init__.py` begins with a sentence."""
    for folder in {path.parent for path in tracked_files() if is_python(path)}:
        if folder.is_relative_to(PACKAGE):
            said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
            assert said, folder
            assert said.splitlines()[0].endswith("."), folder


def test_every_room_has_its_tests() -> None:
    """The folders of the tests have the names of the packages."""
    for room in (*(HOUSE - {"engine"}), *(f"engine/{one}" for one in ENGINE)):
        assert list((ROOT / "tests" / room).rglob("test_*.py")), room


def test_a_module_and_its_test_file_carry_the_same_name() -> None:
    """Most modules have a test file of the same name; the others are listed with their tests."""
    without = set()
    for path in tracked_files():
        if not path.is_relative_to(PACKAGE) or not is_python(path):
            continue
        module = path.relative_to(PACKAGE)
        name = module.stem.strip("_")
        own = ROOT / "tests" / module.with_name(f"test_{name}.py")
        if path.read_text().count("\n") > MIRRORED and own not in tracked_files():
            without.add(module.as_posix())

    assert without == set(TESTED_ELSEWHERE)


def test_no_module_is_long_without_a_reason() -> None:
    long = {
        name
        for name, text in texts(".py", ".ts")
        if not name.startswith("tests/") and text.count("\n") > LONGEST
    }

    assert long == set(LONG_FOR_A_REASON)


def test_scripts_can_be_started() -> None:
    """The scripts are executable, and the README or CONTRIBUTING.md names them."""
    prose = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    for name in (
        "setup",
        "develop",
        "test",
        "lint",
        "detect",
        "bench",
        "package",
        "readability",
    ):
        assert (ROOT / "scripts" / name).stat().st_mode & 0o111, name
        assert f"scripts/{name}" in prose
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["bench", "test"])
def test_scripts_without_a_parser_say_what_they_do_when_asked(name: str) -> None:
    """`--help` prints the usage and runs nothing else."""
    said = subprocess.run(
        [ROOT / "scripts" / name, "--help"], capture_output=True, text=True, check=True
    )

    assert f"scripts/{name}" in said.stdout


# Leftovers


def test_no_download_addresses_in_lock_files() -> None:
    """The addresses differ by machine, and npm doesn't need them."""
    others = {"npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "uv.lock"}
    locks = dict(texts("package-lock.json"))

    assert not [path for path in tracked_files() if path.name in others]
    assert len(locks) == 3
    for name, text in locks.items():
        assert '"resolved"' not in text, name
        assert "://" not in text, name
        settings = (ROOT / name).with_name(".npmrc").read_text()
        assert settings == "omit-lockfile-registry-resolved=true\n", name


def test_no_download_addresses_in_requirements() -> None:
    """Each machine may use a different package index."""
    for name, text in texts(".txt", "package.json", "manifest.json"):
        if name.startswith("requirements"):
            assert "://" not in text, name
            assert set(re.findall(r"--\w[\w-]*", text)) <= {"--hash"}, name
        elif name.endswith("package.json"):
            content = json.loads(text)
            for key in ("dependencies", "devDependencies"):
                for package, version in content.get(key, {}).items():
                    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", version), package


def test_no_paths_of_a_machine() -> None:
    """Such paths only exist on the machine of an author."""
    homes = re.compile(r"/(?:home|Users)/[A-Za-z]|/ro" + r"ot/")
    here = str(ROOT)

    found = [
        name
        for name, text in texts()
        if homes.search(text) or (here.count("/") > 1 and here in text)
    ]

    assert not found


def test_nothing_is_left_to_do_in_the_code() -> None:
    """Skipped tests and methods that only raise an error are unfinished code."""
    # Split the strings, so that the pattern doesn't match this file.
    leftover = re.compile(
        "|".join(
            (
                rf"\b{'TO'}DO\b",
                rf"\b{'FIX'}ME\b",
                rf"raise {'NotImplemented'}Error",
                rf"\bmark\.{'sk'}ip",
                rf"\b(?:mark|pytest)\.{'xf'}ail",
                rf"\bpytest\.{'sk'}ip\(",
            )
        )
    )

    found = [
        f"{name}: {match[0]}"
        for name, text in texts(".py", ".ts", ".js", ".mjs")
        for match in leftover.finditer(text)
    ]

    assert not found


@pytest.mark.parametrize(
    "bare",
    [
        rf"#\s*{'no'}qa(?::\s*[A-Z0-9]+(?:\s*,\s*[A-Z0-9]+)*)?\s*$",
        rf"#\s*type:\s*{'ig'}nore(?:\[[\w,\s-]+\])?\s*$",
        rf"eslint-{'dis'}able[\w-]*\s*$|@ts-{'ig'}nore",
    ],
)
def test_what_is_suppressed_says_why(bare: str) -> None:
    pattern = re.compile(bare, re.MULTILINE)

    found = [
        f"{name}: {match[0]}"
        for name, text in texts(".py", ".ts")
        for match in pattern.finditer(text)
    ]

    assert not found


# Documents


def test_modules_that_are_named_are_there() -> None:
    """Comments and documents don't name modules that were moved or removed."""
    # Modules of other projects, and modules that tests create.
    others = {
        "bagit.py",
        "pathlib/__init__.py",
        "custom_components/doorwatch/engine/clips/broken.py",
        "tests/engine/test_planted.py",
        "a.py",
        "sums.py",
        "test_sums.py",
        "custom_components/doorwatch/engine/clips/sums.py",
        "tests/engine/clips/test_sums.py",
    }
    paths = {f"/{path.relative_to(ROOT).as_posix()}" for path in tracked_files()}

    missing = {
        f"{name}: {named}"
        for name, text in texts(".py", ".md", ".toml", ".sh")
        for named in re.findall(r"(?<![\w./${}-])(?:[\w-]+/)*[\w-]+\.py\b", text)
        if named not in others and not any(path.endswith(f"/{named}") for path in paths)
    }

    assert not missing


def test_readme_begins_with_what_a_newcomer_needs() -> None:
    """The first 40 lines describe how to install and how to develop."""
    first = "\n".join((ROOT / "README.md").read_text().splitlines()[:40])

    assert "HACS" in first
    assert "scripts/develop" in first
    assert re.search(r"^scripts/test$|`scripts/test`", first, re.MULTILINE)


def test_each_decision_has_date_status_and_what_was_rejected() -> None:
    """Decisions have the same sections and a limited length, and are in the index."""
    folder = ROOT / "docs/decisions"
    rows = []
    for page in sorted(folder.glob("[0-9]*.md")):
        text = page.read_text()
        head, *sections = text.split("\n## ")
        shape = re.fullmatch(
            r"# (\d+)\. (.+)\n\n- Date: (\d{4}-\d\d-\d\d)\n- Status: (.+)\n", head
        )
        assert shape, page.name
        number, title, day, status = shape.groups()
        bodies = dict(section.split("\n", 1) for section in sections)
        lines = text.splitlines()
        words = " ".join(line for line in lines if not line.startswith("|")).split()
        replaced = re.fullmatch(
            r"accepted|(?:accepted, extended|superseded) by \[\d+\]\((.+)\)", status
        )

        assert page.name.startswith(f"{int(number):04}-"), page.name
        assert date.fromisoformat(day), page.name
        assert [*bodies] == ["Context", "Decision", "Rejected", "Consequences"], page
        assert all(body.strip() for body in bodies.values()), page.name
        assert replaced, page.name
        if replaced[1]:
            assert f"({page.name})" in (folder / replaced[1]).read_text(), page.name
        assert len(words) <= 450, page.name
        assert sum(len(wrap(line, 120)) or 1 for line in lines) <= 60, page.name
        rows.append(f"| [{number}]({page.name}) | {title} | {day} | {status} |")

    index = (folder / "README.md").read_text()
    assert rows == [line for line in index.splitlines() if line.startswith("| [")]


def test_workflows_are_whole() -> None:
    """Each workflow is valid YAML and calls only scripts that exist."""
    found = list((ROOT / ".github/workflows").glob("*.yaml"))

    assert {path.stem for path in found} == {
        *("audit", "beta", "hacs", "hassfest", "nightly", "release", "test"),
    }
    for path in found:
        text = path.read_text()
        assert yaml.safe_load(text)["jobs"]
        for script in re.findall(r"(?:run:|-) ((?:scripts/|\.ci/)\w+)", text):
            assert (ROOT / script).is_file(), script
