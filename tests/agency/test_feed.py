"""The agency's feed of requests and bulletins, from a TOML file to a home."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import stat
import subprocess
import sys
import time
from typing import Any
from unittest.mock import patch

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.publishing import feed, feed_commands
from agency.doorwatch_agency.publishing.items import HISTORY
from agency.doorwatch_agency.signing import jws
from agency.doorwatch_agency.signing.keys import load_key
from agency.doorwatch_agency.times import time_text
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    WELL_KNOWN,
    read_document,
)
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.requests.feed import Feed, read_feed
from custom_components.doorwatch.engine.sharing.signing.jws import key_from_jwk
from tests.agency.test_publish import ORIGIN, desk, publish, settings
from tests.engine.sharing.requests.feeds import covers
from tests.repository import ROOT
from tests.series import series, times

__all__ = ["desk"]

NOW = datetime.now(UTC).replace(microsecond=0)
BEGINS, ENDS = NOW - timedelta(hours=5), NOW - timedelta(hours=2)
CIRCLE = "{ latitude = 52.3731, longitude = 4.8922, radius = 300 }"


def request(desk: Path, *, area: str = f"circle = {CIRCLE}", **changes: object) -> Path:
    """Write a request.toml; None leaves a setting out."""
    told: dict[str, object] = {
        "id": "2026-0417",
        "title": "A bicycle was stolen",
        "text": "Somebody took a red bicycle.\nWho saw a van?",
        "case_reference": "PL1300-2026-0417",
        "offence": "Theft, article 310",
        "contact": "desk@police.example",
        "window": [BEGINS, ENDS],
        "until": NOW + timedelta(days=20),
    } | changes
    lines = [f"{key} = {written(value)}" for key, value in told.items() if value != ""]
    path = desk / "request.toml"
    path.write_text("\n".join([*lines, "[area]", area]) + "\n")
    return path


def written(value: object) -> str:
    """Write a value as TOML."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value)


@pytest.fixture
def ready(desk: Path) -> Path:
    """Publish a document that names the address of the feed."""
    (desk / "agency.toml").write_text(
        f'{settings(desk)}\nrequests_uri = "{ORIGIN}/feeds/requests.jws"\n'
    )
    assert publish(desk) == 0
    return desk


def call(desk: Path, *words: str) -> int:
    """Run a command on the folder."""
    return main([*words, "--feed", str(desk / "feed")])


def publish_feed(desk: Path, *more: str) -> int:
    """Sign the feed into the site."""
    keys = ["--online", str(desk / "online.pem"), "--site", str(desk / "site")]
    return call(desk, "feed", "publish", *keys, *more)


def read(desk: Path) -> Feed:
    """Read the published feed as a home does."""
    token = (desk / "site" / WELL_KNOWN.lstrip("/")).read_text()
    document, _ = read_document(
        token, url=ORIGIN + WELL_KNOWN, pin=None, now=time.time()
    )
    return read_feed(
        (desk / "site/feeds/requests.jws").read_text(),
        issuer=ORIGIN,
        keys=map(key_from_jwk, document.keys),
        pin=None,
        now=time.time(),
    )


def test_a_home_reads_what_the_command_published(
    ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command converts a circle to a polygon of the same place and size."""
    path = request(
        ready, investigation_code="INV-77", labels=["vehicle"], terms="Once."
    )
    assert call(ready, "request", "new", str(path)) == 0
    told = capsys.readouterr().out
    assert "0.28" in told
    assert "You are not told who reads it" in told
    assert not (ready / "site/feeds").exists()
    assert publish_feed(ready) == 0
    [found] = read(ready).requests
    assert not found.lacks
    assert found.request_id == "2026-0417"
    assert found.window == (BEGINS, ENDS)
    assert found.until == NOW + timedelta(days=20)
    assert (found.investigation_code, found.terms) == ("INV-77", "Once.")
    assert found.labels == {"vehicle"}
    assert not found.closed
    assert covers(found, 52.3731, 4.8922)
    # 290 meters to the north, and 310 meters.
    assert covers(found, 52.3731 + 290 / 111_195, 4.8922)
    assert not covers(found, 52.3731 + 310 / 111_195, 4.8922)


def test_a_web_server_can_read_what_is_published(ready: Path) -> None:
    """New parent folders are readable too."""
    assert publish_feed(ready) == 0
    for name in (WELL_KNOWN.lstrip("/"), "feeds/requests.jws"):
        path = ready / "site" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        for folder in (path.parent, ready / "site"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_an_update_a_close_and_their_history(
    ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The history keeps all entries, a closed request stays closed, and homes get both."""
    assert call(ready, "request", "new", str(request(ready))) == 0
    assert publish_feed(ready) == 0
    first = read(ready)
    changed = request(ready, title="A bicycle and a van")
    assert call(ready, "request", "update", str(changed)) == 0
    assert call(ready, "request", "close", "2026-0417") == 0
    assert publish_feed(ready) == 0
    then = read(ready)
    assert then.pin.seq == first.pin.seq + 1
    [found] = then.requests
    assert (found.title, found.version, found.closed) == (
        "A bicycle and a van",
        3,
        True,
    )
    lines = (ready / "feed" / HISTORY).read_text().splitlines()
    changes = [json.loads(line)["change"] for line in lines]
    assert changes == ["new", "publish", "update", "close", "publish"]
    assert "A bicycle was stolen" in lines[0]
    capsys.readouterr()
    assert call(ready, "request", "list") == 0
    assert "no open request" in capsys.readouterr().out
    assert call(ready, "request", "list", "--all") == 0
    assert "closed, version 3" in capsys.readouterr().out
    for words in (
        ["request", "update", str(changed)],
        ["request", "close", "2026-0417"],
        ["request", "new", str(changed)],
        ["request", "close", "none"],
        ["bulletin", "close", "2026-0417"],
    ):
        assert call(ready, *words) == 1


def test_a_bulletin_is_no_request(ready: Path) -> None:
    """The command publishes it only as a bulletin, and homes cannot answer it."""
    path = ready / "bulletin.toml"
    path.write_text(
        'id = "b-1"\ntitle = "Car windows broken"\ntext = "In Elm Street."\n'
        f"until = {(NOW + timedelta(days=7)).isoformat()}\n"
        "[area]\npolygon = [[52.370, 4.890], [52.370, 4.895], [52.374, 4.895]]\n"
    )
    assert call(ready, "bulletin", "new", str(path)) == 0
    assert publish_feed(ready) == 0
    feed = read(ready)
    assert not feed.requests
    [found] = feed.bulletins
    assert (found.title, found.text) == ("Car windows broken", "In Elm Street.")
    assert covers(found, 52.371, 4.894)
    assert not covers(found, 52.373, 4.891)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"case_reference": ""}, "names its case"),
        ({"offence": ""}, "states the offense"),
        ({"contact": ""}, "names a contact"),
        ({"window": ""}, "limited time"),
        ({"window": [BEGINS]}, "limited time"),
        ({"window": [ENDS, BEGINS]}, "ends before it begins"),
        ({"window": [ENDS - timedelta(hours=12, seconds=1), ENDS]}, "at most 12 hours"),
        (
            {"window": [NOW + timedelta(hours=1), NOW + timedelta(hours=2)]},
            "in the future",
        ),
        ({"window": [BEGINS, NOW + timedelta(hours=5)]}, "in the future"),
        ({"window": ["yesterday", "today"]}, "a time with a time zone"),
        ({"until": ""}, "a time with a time zone"),
        ({"until": NOW - timedelta(days=1)}, "forever"),
        ({"until": NOW + timedelta(days=91)}, "forever"),
        ({"title": ""}, "title is missing"),
        ({"title": "two\nlines"}, "title must be one line"),
        ({"text": "x" * 5001}, "text must be text"),
        ({"offence": "\u200b"}, "offence must be one line"),
        ({"labels": ["face"]}, "labels can be"),
        ({"id": "two words"}, "id must be"),
        ({"color": "red"}, "unknown setting"),
        ({"area": "circle = { latitude = 52, longitude = 4, radius = 700 }"}, "rule"),
        ({"area": "circle = { latitude = 52, longitude = 4, radius = 56 }"}, "rule"),
        ({"area": "polygon = [[52, 4], [52.001, 4], [52, 4.001]]"}, "no single house"),
        ({"area": "polygon = [[52, 4], [52.05, 4], [52, 4.004]]"}, "about one place"),
        ({"area": "circle = { latitude = 152, longitude = 4, radius = 70 }"}, "Earth"),
        ({"area": "circle = { latitude = 52, longitude = 4 }"}, "circle needs"),
        ({"area": "circle = { latitude = 89, longitude = 4, radius = 70 }"}, "pole"),
        ({"area": "circle = { latitude = 0, longitude = 180, radius = 70 }"}, "Earth"),
        ({"area": "polygon = [[52, 4], [52, 4.1], [52.1, 4.1]]"}, "square kilometers"),
        (
            {"area": "polygon = [[52, 4], [52.001, 4.001], [52, 4.001], [52.001, 4]]"},
            "crosses",
        ),
        ({"area": "polygon = [[52, 4], [52.001, 4], [52.002, 4]]"}, "crosses"),
        ({"area": "polygon = [[52, 4], [52.001, 4]]"}, "three corners"),
        ({"area": "polygon = [[0, 179.999], [0, -179.999], [0.001, 0]]"}, "180th"),
        ({"area": "polygon = [[52, 4], [52, 4.3], [52.00001, 4]]"}, "not a line"),
        ({"window": [BEGINS.replace(year=1999, month=1), ENDS]}, "2001 to 2999"),
        ({"until": datetime.max.replace(tzinfo=UTC)}, "2001 to 2999"),
        (
            {"window": [BEGINS, BEGINS + timedelta(microseconds=900)]},
            "ends before it begins",
        ),
        ({"title": f"A{chr(0x301) * 9}"}, "title must be one line"),
        ({"area": "polygon = 7"}, "corners"),
        ({"area": 'polygon = [["a", 4], [52, 4]]'}, "two numbers"),
        ({"area": 'geojson = "none.geojson"'}, "cannot read"),
        ({"area": 'square = "x"'}, "not support square"),
        ({"area": ""}, "limited area"),
    ],
)
def test_what_a_home_would_not_show_as_valid_is_refused_with_its_rule(
    ready: Path,
    changes: dict[str, object],
    why: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command refuses it before publication, and adds nothing to the history."""
    path = request(ready, **changes)  # type: ignore[arg-type] # area is a string
    assert call(ready, "request", "new", str(path)) == 1
    assert why in capsys.readouterr().err
    assert not (ready / "feed").exists()


@pytest.mark.parametrize("wrapped", ["bare", "feature", "collection"])
def test_an_area_from_a_geojson_file(ready: Path, wrapped: str) -> None:
    """Map programs put longitude first, and may save a collection with one feature."""
    square = [[4.9, 52.37], [4.91, 52.37], [4.91, 52.376], [4.9, 52.376], [4.9, 52.37]]
    found: dict[str, object] = {"type": "Polygon", "coordinates": [square]}
    if wrapped != "bare":
        found = {"type": "Feature", "properties": {}, "geometry": found}
    if wrapped == "collection":
        found = {"type": "FeatureCollection", "features": [found]}
    (ready / "area.geojson").write_text(json.dumps(found))
    path = request(ready, area='geojson = "area.geojson"')
    assert call(ready, "request", "new", str(path)) == 0
    assert publish_feed(ready) == 0
    [request_read] = read(ready).requests
    assert not request_read.lacks
    assert covers(request_read, 52.373, 4.905)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"type": "Point", "coordinates": [4, 52]}',
        '{"type": "Polygon"}',
        '{"type": "Polygon", "coordinates": 7}',
        '{"type": "Polygon", "coordinates": [[7]]}',
        '{"type": "Polygon", "coordinates": [[{"latitude": 52}]]}',
        '{"type": "Polygon", "coordinates": [[[NaN, 52], [5, 52], [5, 53], [NaN, 52]]]}',
        '{"type": "Polygon", "coordinates": [[[1e400, 52]]]}',
        '{"type": "MultiPolygon", "coordinates": [[[[4.9, 52.37], [4.901, 52.37],'
        " [4.9, 52.371], [4.9, 52.37]]], []]}",
        "[" * 100_000,
        '{"type": "Polygon", "coordinates": []}',
        '{"type": "FeatureCollection", "features": []}',
    ],
)
def test_a_geojson_file_that_holds_no_area(ready: Path, content: str) -> None:
    """Each file is refused with a one-sentence reason."""
    (ready / "area.geojson").write_text(content)
    path = request(ready, area='geojson = "area.geojson"')
    assert call(ready, "request", "new", str(path)) == 1


def test_check_says_what_is_published(
    ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check` refuses a changed feed, and a feed of someone else."""
    keys = ["--online", str(ready / "online.pem"), "--site", str(ready / "site")]
    assert main(["feed", "check", *keys]) == 1
    assert call(ready, "request", "new", str(request(ready))) == 0
    assert publish_feed(ready) == 0
    capsys.readouterr()
    assert main(["feed", "check", *keys]) == 0
    assert "2026-0417  open, version 1" in capsys.readouterr().out
    target = ready / "site/feeds/requests.jws"
    whole = target.read_text()
    target.write_text(whole[:-4] + "AAAA")
    assert main(["feed", "check", *keys]) == 1
    assert publish_feed(ready) == 1
    target.write_text(whole)
    assert publish_feed(ready, "--days", "31") == 1


def test_a_document_without_an_address_for_the_feed(desk: Path) -> None:
    """Without an address, homes could not find the feed."""
    assert publish(desk) == 0
    assert call(desk, "request", "new", str(request(desk))) == 0
    assert publish_feed(desk) == 1


def test_what_was_closed_long_ago_is_in_the_history_only(ready: Path) -> None:
    """Homes have seen the end by then, so the feed stays small."""
    assert call(ready, "request", "new", str(request(ready))) == 0
    assert call(ready, "request", "close", "2026-0417") == 0
    history = ready / "feed" / HISTORY
    lines = [json.loads(line) for line in history.read_text().splitlines()]
    long_ago = (NOW - timedelta(days=31)).isoformat().replace("+00:00", ".000Z")
    for line in lines:
        line["item"]["changed"] = long_ago
    history.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert publish_feed(ready) == 0
    assert not read(ready).requests


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda item: item.update(time=_interval(ENDS, NOW + timedelta(1))), "future"),
        (
            lambda item: item["properties"].update(until="2999-01-01T00:00:00.000Z"),
            "forever",
        ),
        (lambda item: item.update(geometry=_small()), "no single house"),
    ],
)
def test_what_an_earlier_version_let_in_is_not_published(
    ready: Path,
    change: Callable[[dict[str, Any]], None],
    why: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Homes would show it as invalid; the rest can be published once it is closed."""
    assert call(ready, "request", "new", str(request(ready))) == 0
    history = ready / "feed" / HISTORY
    line = json.loads(history.read_text())
    change(line["item"]["feature"])
    history.write_text(f"{json.dumps(line)}\n")
    assert publish_feed(ready) == 1
    told = capsys.readouterr().err
    assert why in told
    assert "2026-0417 can't be published" in told
    assert call(ready, "request", "close", "2026-0417") == 0
    assert publish_feed(ready) == 0


def _interval(begins: datetime, ends: datetime) -> dict[str, object]:
    return {"interval": [time_text(begins), time_text(ends)]}


def _small() -> dict[str, object]:
    ring = [[4.9, 52.37], [4.901, 52.37], [4.901, 52.371], [4.9, 52.37]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_history_that_was_edited_wrongly_is_refused(ready: Path) -> None:
    """The error names the line."""
    assert call(ready, "request", "new", str(request(ready))) == 0
    with (ready / "feed" / HISTORY).open("a") as file:
        file.write("{}\n")
    assert call(ready, "request", "list") == 1


def test_another_agencys_feed_is_no_feed_of_ours(ready: Path) -> None:
    """The signature is valid, but the name is another agency's."""
    assert call(ready, "request", "new", str(request(ready))) == 0
    assert publish_feed(ready) == 0
    token = (ready / "site/feeds/requests.jws").read_text()
    document, _ = read_document(
        (ready / "site" / WELL_KNOWN.lstrip("/")).read_text(),
        url=ORIGIN + WELL_KNOWN,
        pin=None,
        now=time.time(),
    )
    with pytest.raises(SharingError, match="issuer_mismatch"):
        read_feed(
            token,
            issuer="https://other.example",
            keys=map(key_from_jwk, document.keys),
            pin=None,
            now=time.time(),
        )


def test_a_group_tells_and_asks_for_nothing(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A group's feed holds only bulletins; the command refuses a request in it."""
    (desk / "agency.toml").write_text(
        f'kind = "group"\norigin = "{ORIGIN}"\nname = "Elm Street"\n'
        'jurisdiction = "Elm Street"\ncontact = "block@elm.example"\n'
        f'requests_uri = "{ORIGIN}/feeds/requests.jws"\n'
    )
    assert publish(desk) == 0
    path = desk / "bulletin.toml"
    path.write_text(
        'id = "b-1"\ntitle = "A dog was found"\ntext = "In Elm Street."\n'
        f"until = {(NOW + timedelta(days=7)).isoformat()}\n[area]\ncircle = {CIRCLE}\n"
    )
    assert call(desk, "bulletin", "new", str(path)) == 0
    assert publish_feed(desk) == 0
    assert [each.title for each in read(desk).bulletins] == ["A dog was found"]
    assert call(desk, "request", "new", str(request(desk))) == 0
    capsys.readouterr()
    assert publish_feed(desk) == 1
    assert "can only publish bulletins" in capsys.readouterr().err
    assert not read(desk).requests
    assert call(desk, "request", "close", "2026-0417") == 0
    assert "open until" not in capsys.readouterr().out
    assert publish_feed(desk) == 0
    assert "1 item," in capsys.readouterr().out
    assert not read(desk).requests


def test_a_feed_of_a_key_that_was_replaced_is_said_to_be_one(
    ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The feed is otherwise valid, but homes refuse it until it is published again."""
    assert publish_feed(ready) == 0
    (ready / "online.pem").unlink()
    assert main(["keys", "--online", str(ready / "online.pem")]) == 0
    assert publish(ready) == 0
    check = ["--online", str(ready / "online.pem"), "--site", str(ready / "site")]
    assert main(["feed", "check", *check]) == 1
    assert "Publish the feed again" in capsys.readouterr().err
    assert publish_feed(ready) == 0
    assert main(["feed", "check", *check]) == 0


def test_a_toml_that_is_nested_without_end(
    ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command refuses it with a one-sentence reason."""
    path = request(ready)
    path.write_text(f"labels = {'[' * 5000}{']' * 5000}\n{path.read_text()}")
    assert call(ready, "request", "new", str(path)) == 1
    assert "is not TOML" in capsys.readouterr().err


@series
def test_two_who_change_something_at_once_lose_nothing(ready: Path) -> None:
    """Each command sees the changes of the other."""
    count = times(4)
    commands = []
    for number in range(count):
        path = request(ready, id=f"n-{number}")
        commands.append(path.rename(ready / f"{number}.toml"))
    running = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "agency.doorwatch_agency"),
                *("request", "new", path, "--feed", ready / "feed"),
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        for path in commands
    ]
    assert [one.wait(timeout=60) for one in running] == [0] * count
    assert publish_feed(ready) == 0
    assert {one.request_id for one in read(ready).requests} == {
        f"n-{number}" for number in range(count)
    }


def test_a_number_is_never_taken_again(ready: Path) -> None:
    """Numbers are not reused for a new site, or after a kill before the number was written."""
    assert publish_feed(ready) == 0
    assert publish_feed(ready) == 0
    (ready / "site/feeds/requests.jws").unlink()
    with (
        patch.object(feed, "write_public", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        publish_feed(ready)
    assert publish_feed(ready) == 0
    assert read(ready).pin.seq == 4


@pytest.mark.parametrize("lost", ["all", "the end"])
def test_a_history_that_knows_less_than_the_site_is_refused(
    ready: Path, capsys: pytest.CaptureFixture[str], lost: str
) -> None:
    """Missing requests would disappear at homes; `--seq` publishes without them."""
    assert call(ready, "request", "new", str(request(ready))) == 0
    assert publish_feed(ready) == 0
    history = ready / "feed" / HISTORY
    before = history.read_text()
    assert publish_feed(ready) == 0
    if lost == "all":
        history.unlink()
    else:
        history.write_text(before)
    old = read(ready)
    capsys.readouterr()
    assert publish_feed(ready) == 1
    said = capsys.readouterr().err
    assert "has number 2 with 1 item" in said
    assert ("knows of no feed" if lost == "all" else "ends at number 1") in said
    assert "--seq 3" in said
    assert publish_feed(ready, "--seq", "2") == 1
    assert "is taken already" in capsys.readouterr().err
    assert read(ready) == old
    assert publish_feed(ready, "--seq", "3") == 0
    assert read(ready).pin.seq == 3
    assert publish_feed(ready) == 0
    assert read(ready).pin.seq == 4


def test_a_lost_site_is_said_and_so_is_a_first_number(
    ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The warnings explain how homes will treat the feed."""
    assert publish_feed(ready) == 0
    assert "refuse number 1. Publish again, with --seq" in capsys.readouterr().out
    assert publish_feed(ready) == 0
    assert "Note:" not in capsys.readouterr().out
    (ready / "site/feeds/requests.jws").unlink()
    assert publish_feed(ready) == 0
    assert "was missing. Number 2 was the last" in capsys.readouterr().out
    assert read(ready).pin.seq == 3


def test_a_clock_that_was_set_back_publishes_nothing(
    ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Homes would refuse it as replayed."""
    assert publish_feed(ready) == 0
    before = read(ready).pin
    with patch.object(feed_commands, "datetime", now=lambda _zone: NOW - timedelta(1)):
        assert publish_feed(ready) == 1
    assert "Set the clock" in capsys.readouterr().err
    assert read(ready).pin == before


def test_a_feed_is_published_anew_with_a_new_key(ready: Path) -> None:
    """The document no longer names the old key, so homes reset their counter."""
    assert call(ready, "request", "new", str(request(ready))) == 0
    assert publish_feed(ready) == 0
    old = read(ready).pin
    (ready / "online.pem").unlink()
    assert main(["keys", "--online", str(ready / "online.pem")]) == 0
    assert publish(ready) == 0
    assert publish_feed(ready) == 0
    now = read(ready).pin
    assert now.signed_by != old.signed_by
    assert now.seq == old.seq + 1


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "7",
        '{"change": "publish", "seq": "1"}',
        '{"change": "new", "item": {}}',
        '{"change": "new", "item": {"kind": "request", "item_id": "1", "version": 1,'
        ' "state": "open", "changed": "", "feature": {}}}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_a_line_that_is_none_of_ours_is_refused(
    ready: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command refuses it with a one-sentence reason."""
    assert call(ready, "request", "new", str(request(ready))) == 0
    with (ready / "feed" / HISTORY).open("a", errors="surrogateescape") as file:
        file.write(f"{line}\n")
    for words in (["request", "list"], ["request", "close", "2026-0417"]):
        capsys.readouterr()
        assert call(ready, *words) == 1
        assert "cannot" in capsys.readouterr().err


def test_a_feed_that_was_made_by_hand_is_shown(
    ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Optional members may be missing."""
    key = load_key(ready / "online.pem")
    now = int(time.time())
    bare = {"type": "Feature", "id": "by-hand", "properties": {"title": "Seen?"}}
    claims = {"iss": ORIGIN, "iat": now, "exp": now + 900, "seq": 3}
    target = ready / "site/feeds/requests.jws"
    target.parent.mkdir()
    for features, code in (([bare], 0), ([7], 1)):
        told = {"type": "FeatureCollection", "features": features}
        target.write_text(jws.sign(jws.REQUESTS, claims | {"feed": told}, key))
        assert (
            main(
                [
                    *("feed", "check", "--online", str(ready / "online.pem")),
                    *("--site", str(ready / "site")),
                ]
            )
            == code
        )
    assert "by-hand  open, version 1: Seen?" in capsys.readouterr().out
