"""Every form of a real home, to be shown in any language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
import json
from pathlib import Path
import re
from typing import Any, Literal

from scripts.soak_doors import LENGTHS, add_linked
from tests.onvif_device.device import onvif_device

from .agency import DemoAgency
from .configuration import REPOSITORY
from .ha import OPTIONS, Home

TRANSLATIONS = REPOSITORY / "custom_components/doorwatch/translations"
NAME = "Front door"  # of a doorbell in every language

type Kind = Literal["config", "options", "issues"]


@dataclass(frozen=True, kw_only=True)
class Form:
    """A step as Home Assistant's frontend receives it; `issue` for repairs."""

    kind: Kind
    name: str
    step: Mapping[str, Any]
    issue: Mapping[str, Any] | None = None


async def forms_of(
    home: Home, agency: DemoAgency, group: DemoAgency, stream: str
) -> list[Form]:
    """Return the forms of the flows in an empty home, and keep the entries they create."""
    found: list[Form] = []

    async def walk(
        *answers: Mapping[str, object], kind: Kind = "config", **start: object
    ) -> None:
        path = {"path": OPTIONS} if kind == "options" else {}
        steps = await home.steps({"handler": "doorwatch", **start}, *answers, **path)
        for step in steps:
            wrong = "-".join((step.get("errors") or {}).values())
            name = f"{step.get('step_id')}{'-' if wrong else ''}{wrong}"
            known = (kind, name) in [(one.kind, one.name) for one in found]
            if step["type"] in ("form", "menu") and not known:
                found.append(Form(kind=kind, name=name, step=step))

    def chosen(page: str) -> Mapping[str, object]:
        return {"next_step_id": page}

    await walk(chosen("demo"))
    await walk(chosen("rtsp"), {"stream": "rtsp://127.0.0.1:1/none"})
    await walk(chosen("rtsp"), {"stream": "front door"})
    await walk(chosen("rtsp"), {"stream": stream.rpartition("/")[0]})
    for detection in ("entity", "webhook"):
        told = {"name": "Gate", "detection": detection}
        await walk(chosen("rtsp"), {"stream": stream}, told)
    await walk(chosen("agency"), {"address": "http://agency.example"})
    await walk(chosen("agency"), {"address": "127.0.0.1:1", "on_my_network": True})
    address = {"address": agency.origin, "on_my_network": True}
    await walk(chosen("agency"), address, {"last_group": "0000", "not_compared": False})
    await walk(chosen("agency_link"), {"name": "Police", "address": "nothing"})
    async with onvif_device(stream) as device:
        user, password = device.login
        where = {"host": "127.0.0.1", "port": device.port, "username": user}
        await walk(chosen("onvif"), {**where, "password": "wrong"})
        login = {**where, "password": password}
        await walk(chosen("onvif"), login)
        other = replace(device.profiles[0], token="parcel", source="001")
        device.profiles = (*device.profiles, other)
        await walk(chosen("onvif"), login)
        lens = {"lens": other.source}
        added = await home.add(chosen("onvif"), login, lens, {"lengths": LENGTHS})
        await walk(login, entry_id=added["result"]["entry_id"])
    neighbors = {"address": group.origin, "on_my_network": True}
    await walk(chosen("agency"), neighbors)
    await home.add(chosen("agency"), neighbors, {"last_group": group.last_group})
    await add_linked(home, stream)
    await home.add_demo_doorbell()
    await home.add_agency(
        agency.origin, last_group=agency.last_group, upload_code=agency.upload_code
    )
    await home.add(
        chosen("rtsp"), {"stream": stream}, {"webhook": True, "lengths": LENGTHS}
    )
    await walk(chosen("linked"))
    for entry in await home.command(type="config_entries/get", domain="doorwatch"):
        if entry["supports_reconfigure"]:
            await walk(entry_id=entry["entry_id"])
        if entry["supports_options"]:
            handler = entry["entry_id"]
            [first] = await home.steps({"handler": handler}, path=OPTIONS)
            await walk(kind="options", handler=handler)
            for page in first.get("menu_options", ()):
                await walk(chosen(page), kind="options", handler=handler)
    return found


def others(met: list[Form]) -> Iterator[Form]:
    """Return the other steps of the flows, generated from their texts."""
    texts = json.loads((TRANSLATIONS / "en.json").read_text())
    known = {(one.kind, one.step["step_id"]) for one in met}
    for kind in ("config", "options"):
        for step_id, said in texts[kind]["step"].items():
            if (kind, step_id) not in known:
                yield Form(kind=kind, name=step_id, step=_step(step_id, said))


def repairs() -> Iterator[Form]:
    """Return each step of each repair, generated from its texts."""
    issues = json.loads((TRANSLATIONS / "en.json").read_text())["issues"]
    for issue_id, texts in issues.items():
        issue = {
            "domain": "doorwatch",
            "issue_id": issue_id,
            "issue_domain": None,
            "translation_key": issue_id,
            "translation_placeholders": _placeholders(texts),
            "created": "2026-11-27T12:00:00+00:00",
            "is_fixable": "fix_flow" in texts,
            "severity": "warning",
            "ignored": False,
            "dismissed_version": None,
            "breaks_in_ha_version": None,
            "learn_more_url": None,
        }
        for step_id, said in texts.get("fix_flow", {}).get("step", {}).items():
            step = {**_step(step_id, said), "description_placeholders": None}
            yield Form(
                kind="issues", name=f"{issue_id}-{step_id}", step=step, issue=issue
            )


def _step(step_id: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a step with a text field or selector for each field in its texts."""
    menu = said.get("menu_options")
    fields = [
        {"name": name, "required": True, "selector": {"text": {}}}
        for name in said.get("data", {})
    ]
    return {
        "flow_id": "0",
        "handler": "doorwatch",
        "step_id": step_id,
        "description_placeholders": _placeholders(said),
        "errors": None,
        "last_step": None,
        "preview": None,
        **(
            {"type": "menu", "menu_options": list(menu)}
            if menu
            else {"type": "form", "data_schema": fields}
        ),
    }


def _placeholders(texts: Mapping[str, Any]) -> dict[str, str]:
    names = re.findall(r"\{(\w+)\}", json.dumps(texts))
    return dict.fromkeys(names, "Front door")


def english_left(
    shown: list[str], language: str, folder: Path = TRANSLATIONS
) -> list[str]:
    """Return the texts shown in English although a translation exists."""
    if language == "en":
        return []
    own = dict(leaves(json.loads((folder / f"{language}.json").read_text())))
    english = dict(leaves(json.loads((folder / "en.json").read_text())))
    texts = set(own.values())
    untranslated = {
        text
        for key, text in english.items()
        if key in own and own[key] != text and text not in texts and text != NAME
    }
    return [one for one in shown if one in untranslated]


def leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Return all texts with their keys."""
    for key, node in tree.items():
        if isinstance(node, str):
            yield path + key, node
        else:
            yield from leaves(node, f"{path}{key}.")
