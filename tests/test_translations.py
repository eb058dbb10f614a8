"""Test that every used text is translated, and every translation is used.

These tests read the files; `translation_guard` checks the texts that each test uses at run
time.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
import json
import logging
import re
import string
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
import pytest
import yaml

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.engine.doorbells.base import PROBLEMS
from custom_components.doorwatch.engine.sharing.requests.feed import _PROBLEMS
from custom_components.doorwatch.services.clips import CLIP_ACTIONS
from custom_components.doorwatch.services.shares import SHARE_ACTIONS
from tests.repository import ROOT

PACKAGE = ROOT / "custom_components/doorwatch"
FRONTEND = PACKAGE.parent.parent / "frontend/src"
CARD = FRONTEND / "i18n/en.json"
PANEL = FRONTEND / "i18n/panel/en.json"
DOCS = PACKAGE.parent.parent / "docs"


@cache
def texts() -> dict[str, dict[str, object]]:
    content: dict[str, dict[str, object]] = json.loads(
        (PACKAGE / "translations/en.json").read_text()
    )
    return content


@cache
def icons() -> dict[str, dict[str, object]]:
    content: dict[str, dict[str, object]] = json.loads(
        (PACKAGE / "icons.json").read_text()
    )
    return content


def part(name: str, tree: Mapping[str, object] | None = None) -> Mapping[str, object]:
    """Return a part of the texts, or an empty mapping."""
    found = (texts() if tree is None else tree).get(name, {})
    assert isinstance(found, dict)
    return found


def leaves(tree: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with its path."""
    if isinstance(tree, str):
        yield path, tree
    elif isinstance(tree, dict):
        for key, branch in tree.items():
            yield from leaves(branch, f"{path}.{key}".strip("."))


@cache
def trees() -> Mapping[str, ast.Module]:
    """Return the parsed modules of the package."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text())
        for path in PACKAGE.rglob("*.py")
    }


@cache
def strings_in_code() -> frozenset[str]:
    """Return the strings in the code that contain no space."""
    return frozenset(
        node.value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and " " not in node.value
    )


@cache
def shapes_in_code() -> tuple[re.Pattern[str], ...]:
    """Return patterns of the keys that the code makes with f-strings."""
    found = []
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                shape = "".join(
                    re.escape(str(piece.value))
                    if isinstance(piece, ast.Constant)
                    else "[a-z0-9_]+"
                    for piece in node.values
                )
                if re.search(r"[a-z]{4}", shape.replace("[a-z0-9_]+", "")):
                    found.append(re.compile(shape))
    return tuple(found)


def is_used(key: str) -> bool:
    """Return whether the code contains a key or makes it with an f-string."""
    return key in strings_in_code() or any(
        shape.fullmatch(key) for shape in shapes_in_code()
    )


def yaml_file(name: str) -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    """Return the content of a YAML file of actions, triggers or conditions."""
    content: Mapping[str, Mapping[str, Mapping[str, object]]] = yaml.safe_load(
        (PACKAGE / name).read_text()
    )
    return content


LANGUAGES = sorted(path.stem for path in (PACKAGE / "translations").glob("*.json"))


def texts_in(language: str) -> dict[str, Any]:
    """Return the texts of a language."""
    content: dict[str, Any] = json.loads(
        (PACKAGE / f"translations/{language}.json").read_text()
    )
    return content


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_what_home_assistant_accepts(language: str) -> None:
    """Texts have no markup, URLs or surrounding spaces, and placeholders are identifiers."""
    for path, text in leaves(texts_in(language)):
        assert text.strip() == text, path
        assert text, path
        assert not re.search(r"<[a-z/]", text), path
        assert not re.search(r"https?://|www\.", text), path
        assert not re.search(r"'\{\w+\}'", text), path
        assert "[%key:" not in text, f"{path}: custom integrations have no references"
        for _, name, _, _ in string.Formatter().parse(text):
            assert name is None or name.isidentifier(), path


def test_keys_are_what_home_assistant_accepts() -> None:
    """Keys have lowercase letters, digits, and single underscores or hyphens."""
    for path, _ in leaves(texts()):
        for key in path.split("."):
            assert re.fullmatch(r"(?!.+[_-]{2})(?![_-])[a-z0-9_-]+(?<![_-])", key), path


def flow_steps() -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield every step of every flow with its path."""
    flows = [("config", part("config")), ("options", part("options"))]
    for key, issue in part("issues").items():
        assert isinstance(issue, dict)
        if "fix_flow" in issue:
            flows.append((f"issues.{key}.fix_flow", issue["fix_flow"]))
    for path, flow in flows:
        for name, step in part("step", flow).items():
            assert isinstance(step, dict)
            yield f"{path}.step.{name}", step


def test_every_field_says_what_it_is_for() -> None:
    """Fields and descriptions have the same keys in each step and section."""
    for path, step in flow_steps():
        for place in (step, *part("sections", step).values()):
            assert isinstance(place, dict)
            assert set(part("data", place)) == set(part("data_description", place)), (
                path
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_choices_of_the_first_menu_are_shown_whole_on_a_phone(language: str) -> None:
    """A phone 360 pixels wide cuts off longer labels."""
    step = part("user", part("step", part("config", texts_in(language))))
    for key, label in part("menu_options", step).items():
        assert isinstance(label, str)
        assert len(label) <= 34, (
            f"{language}.json, config.step.user.menu_options.{key}: {label!r} is longer"
            " than the 34 characters that fit. Choose shorter words"
        )


def test_every_step_is_one_that_a_flow_has() -> None:
    """Each step in the texts has a method, and each step with a form has texts."""
    names = {
        node.name if isinstance(node, ast.AsyncFunctionDef) else node.id
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Name)
    }
    methods = {
        name.removeprefix("async_step_")
        for name in names
        if name.startswith("async_step_")
    }
    shown = {
        keyword.value.value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "step_id"
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    }
    written = {path.rsplit(".", 1)[-1] for path, _ in flow_steps()}

    assert shown
    assert shown <= written
    # The step "confirm" of a repair is in core's ConfirmRepairFlow.
    assert written - {"confirm"} <= methods


@pytest.mark.parametrize("flow", ["config", "options"])
@pytest.mark.parametrize("kind", ["error", "abort"])
def test_flows_hold_no_unused_texts(flow: str, kind: str) -> None:
    by_core = {"already_in_progress", "reauth_successful", "reconfigure_successful"}

    unused = {
        key
        for key in part(kind, part(flow))
        if not is_used(key) and not (kind == "abort" and key in by_core)
    }

    assert not unused


@pytest.mark.parametrize("kind", ["exceptions", "issues"])
def test_problems_hold_no_unused_texts(kind: str) -> None:
    assert not {key for key in part(kind) if not is_used(key)}


RAISED = {"SharingError", "DeliveryError", "LibraryError", "OutsideError", "translated"}


def problems_raised() -> Iterator[tuple[str, str]]:
    """Yield (module, problem) of each error that is raised with a literal name."""
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if (
                name in RAISED
                and isinstance(first, ast.Constant)
                and isinstance(first.value, str)
            ):
                yield module, first.value


def test_every_problem_that_a_room_names_has_words() -> None:
    """The text is that of an exception, an issue, or an error of a form."""
    written = {
        *part("exceptions"),
        *part("issues"),
        *part("error", part("config")),
        *part("abort", part("config")),
        *part("error", part("options")),
    }
    found = set(problems_raised())

    assert found
    # Problems of an agency are shown with the prefix "agency_".
    assert not {
        (module, key)
        for module, key in found
        if key not in written and f"agency_{key}" not in written
    }


# Exceptions that no command of the panel answers with.
NOT_IN_PANEL = {
    "address_unknown",
    "areas_not_corners",
    "areas_outside",
    "areas_too_few",
    "camera_hidden",
    "clip_protected",
    "export_needs_admin",
    "file_exists",
    "folder_missing",
    "no_other_way",
    "path_in_library",
    "path_not_allowed",
    "path_public",
    "recording_off",
    "release_needs_person",
    "talk_elsewhere",
    "talk_shows_nothing",
    "target_without_doorbell",
    # What keeps a doorbell from connecting. The panel reads that of the live data.
    *PROBLEMS,
    "clock_off",
    "events_refused",
    "lens_missing",
    "login_missing",
    "no_room",
    "not_onvif",
    "other_device",
    "recording_late",
    "recording_unusable",
    "recordings_unavailable",
    "request_refused",
}


def test_every_problem_has_a_text_in_the_panel() -> None:
    """Home Assistant sends the messages of errors in English only."""
    card = json.loads(CARD.read_text())
    texts_of_panel = {
        *card["problem"],
        *(f"talk_{key}" for key in card["talk"]["problem"]),
    }
    assert set(part("exceptions")) - texts_of_panel == NOT_IN_PANEL


# Modules that open what a flow needs: library, ledger, outbox and keys.
OPENED_BY_FLOWS = re.compile(
    r"household/household\.py"
    r"|engine/clips/.*|engine/sharing/(files\.py|signing/keys\.py|ledger/.*|outbox/(?!delivery|tus|withdrawals).*)"
)
# Modules that fetch and read an agency's document; a flow adds the prefix "agency_".
ASKED_BY_FLOWS = re.compile(
    r"engine/(outside/door|sharing/addresses|sharing/documents/discovery)\.py"
)
# Modules that the household's form uses.
WRITTEN_BY_OPTIONS = re.compile(
    r"access/(household_changes|pin_gate)\.py|engine/sharing/(tap/pin\.py|ledger/.*)"
)
# Problems that need a share or a copy of a clip, so no flow can have them.
NEED_A_SHARE = {
    "address_unknown",
    "agency_lost_bytes",
    "agency_unavailable",
    "cannot_hand_over",
    "cannot_retry",
    "cannot_withdraw",
    "no_withdrawals",
    "not_ready",
    "package_lost",
    "restored",
    "share_unknown",
    "sharing_closed",
    "sound_impossible",
    "staged_changed",
    "stop_not_stored",
    "tap_missing",
    "too_late",
}


# Functions that turn an error into a problem.
PROBLEM_FUNCTIONS = {
    "camera_problem",
    "connection_problem",
    "disk_problem",
    "storage_problem",
    "write_problem",
}


def problems_in(modules: re.Pattern[str]) -> set[str]:
    """Return the problems that modules raise, including those of disk errors."""
    by_errors = {
        (module, constant.value)
        for module, tree in trees().items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name in PROBLEM_FUNCTIONS
        for result in ast.walk(function)
        if isinstance(result, ast.Return)
        for constant in ast.walk(result)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    assert by_errors
    return {
        problem
        for module, problem in {*problems_raised(), *by_errors}
        if modules.fullmatch(module)
    } - NEED_A_SHARE


# Modules whose problems pause or end a share; the card receives only their names.
HOLD_SHARES = re.compile(
    r"engine/sharing/(files|signing/keys|ledger/\w+|outbox/(delivery|jobs|packing|sender|share_upload|store|tus)"
    r"|package/package)\.py"
)


def test_every_problem_that_holds_a_share_has_words_in_the_card() -> None:
    """Otherwise the card would show a general error without the reason."""
    words = json.loads(CARD.read_text())["problem"]

    found = problems_in(HOLD_SHARES)
    assert found >= {"agency_moved", "key_unreadable", "storage_failed"}
    assert found <= set(words)


# Modules that fetch, verify and store a feed.
READ_A_FEED = re.compile(
    r"engine/outside/(door|proxy)\.py|engine/sharing/(files|requests/feed)\.py"
)
# Problems of the connection have no text of their own; the panel shows `other` instead.
NOTHING_CAME = {
    *("bad_status", "cannot_connect", "invalid_address", "redirected", "timeout")
}


def test_every_problem_of_a_feed_has_words_on_the_page_of_requests() -> None:
    """The page has no other texts."""
    words = set(json.loads(PANEL.read_text())["requests"]["feed"])
    by_the_agency = {
        node.value
        for node in ast.walk(trees()["agencies/feed.py"])
        if isinstance(node, ast.Constant)
        and re.fullmatch(r"[a-z]+(_[a-z]+)+", str(node.value))
    }
    assert by_the_agency >= {"document_expired", "feed_lost", "group_asks"}
    found = {*problems_in(READ_A_FEED), *by_the_agency, *_PROBLEMS.values()}
    assert found - words == NOTHING_CAME
    assert words - found == {"other"}


def test_the_card_says_nothing_that_only_the_panel_has_words_for() -> None:
    """The card would show bare keys in a browser that hasn't loaded the panel."""
    loaded, found = {}, [FRONTEND / "card/card.ts"]
    while found:
        if (path := found.pop().resolve()) not in loaded:
            loaded[path] = text = path.read_text()
            # Imports of types are removed by the build.
            found += [
                path.parent / other
                for other in re.findall(
                    r'^(?:import (?!type)[^"]*|} from )"(\..*\.ts)"', text, re.MULTILINE
                )
            ]
    assert len(loaded) > 20
    said = {
        word
        for text in loaded.values()
        for word in re.findall(r'["`]([a-z]+)\.[a-z_$]', text)
    }
    assert said >= {"card", "clip", "live"}
    assert not said & set(json.loads(PANEL.read_text()))


def test_every_problem_that_a_flow_can_meet_is_among_its_errors() -> None:
    """A failed form would otherwise show the bare key."""
    config, options = part("error", part("config")), part("error", part("options"))

    opened = problems_in(OPENED_BY_FLOWS)
    assert opened >= {"library_missing", "storage_failed", "ledger_damaged"}
    assert opened <= set(config)
    asked = {f"agency_{problem}" for problem in problems_in(ASKED_BY_FLOWS)}
    assert asked
    assert asked <= set(config)
    written = problems_in(WRITTEN_BY_OPTIONS)
    assert written
    assert written <= set(options)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("services.yaml", "services"),
        ("triggers.yaml", "triggers"),
        ("conditions.yaml", "conditions"),
    ],
)
def test_actions_triggers_and_conditions_have_words_and_icons(
    file: str, kind: str
) -> None:
    """Each of them and each of their fields has a name and a description; each has an icon."""
    described = yaml_file(file)

    assert set(described) == set(part(kind)) == set(icons()[kind])
    for name, content in described.items():
        words = part(kind)[name]
        assert isinstance(words, dict)
        assert words["name"]
        assert words["description"]
        assert set((content or {}).get("fields", {})) == set(part("fields", words))
        for field in part("fields", words).values():
            assert isinstance(field, dict)
            assert field["name"]
            assert field["description"]


def test_actions_in_the_file_are_the_ones_that_exist() -> None:
    """The registered actions and those in services.yaml are the same."""
    assert set(yaml_file("services.yaml")) == {*CLIP_ACTIONS, *SHARE_ACTIONS}


def test_entities_hold_no_unused_texts() -> None:
    """The platform's module contains the key of each translated entity and each icon."""
    for tree in (texts(), icons()):
        for platform, entities in part("entity", tree).items():
            keys = {
                node.value
                for node in ast.walk(trees()[f"{platform}.py"])
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
            assert isinstance(entities, dict)
            assert set(entities) <= keys, platform


def test_the_reference_names_every_action_trigger_condition_field_and_entity() -> None:
    page = (DOCS / "entities-and-actions.md").read_text()

    for file in ("services.yaml", "triggers.yaml", "conditions.yaml"):
        for name, content in yaml_file(file).items():
            assert f"`doorwatch.{name}`" in page
            for field in (content or {}).get("fields", {}):
                assert f"`{field}`" in page, f"{name}: {field}"
    for platform, entities in part("entity").items():
        assert isinstance(entities, dict)
        for key, words in entities.items():
            name = words.get("name")
            assert name is None or f"**{name}**" in page, f"{platform}: {key}"


def test_the_pages_name_every_field_of_every_form() -> None:
    """The pages use the labels of the form."""
    pages = "".join(page.read_text() for page in DOCS.glob("*.md"))

    for path, step in flow_steps():
        for place in (step, *part("sections", step).values()):
            assert isinstance(place, dict)
            for key, label in part("data", place).items():
                assert f"**{label}**" in pages, f"{path}: {key}"


@pytest.mark.usefixtures("enable_custom_integrations")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_home_assistant_takes_every_text_of_a_language(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, language: str
) -> None:
    """Home Assistant replaces a text whose placeholders differ from the English text."""
    left_out = []
    for category in texts():
        found = await async_get_translations(hass, language, category, [DOMAIN])
        for path, text in leaves(texts_in(language).get(category, {}), category):
            if (english := found[f"component.{DOMAIN}.{path}"]) != text:
                left_out.append(f"{path}\n  English: {english}\n  Here:    {text}")
    assert left_out == [], (
        f"In {language}.json, keep what stands in braces as it is in English:\n"
        + "\n".join(left_out)
    )
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


def test_what_an_agency_calls_itself_stands_in_no_issue_as_markdown() -> None:
    """An image in the name would tell the agency about readers. Titles are plain text."""
    issues = list(leaves(part("issues")))
    assert [path for path, text in issues if "{agency}" in text]
    assert not [
        path
        for path, text in issues
        if "{agency}" in text and not path.endswith(".title")
    ]
