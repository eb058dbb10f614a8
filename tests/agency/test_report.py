"""Reports of real packages: the checks, the officer, and the facts that they prove."""

import base64
from collections.abc import Callable
from functools import cache
import hashlib
from html.parser import HTMLParser
import json
from pathlib import Path
import shutil
import signal
import subprocess

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.record import Desk, Entry
from agency.doorwatch_agency.desk.report_page import write_page
from agency.doorwatch_agency.package.notice import SENTENCES
from agency.doorwatch_agency.signing import jws
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.documents.consent import (
    SENTENCES as SHOWN,
)
from custom_components.doorwatch.engine.sharing.signing.canonical import canonical_json
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    fingerprint,
    sign,
)
from tests.engine.sharing.evidence import ORIGIN, Made, new_key
from tests.schemas import problems
from tests.series import series, steps

from .answers import answering, document
from .killing import killed_at
from .officer import Officer, officer
from .reports import KINDS, SHARES, TAPPED, Report, Reports
from .tarballs import resign

__all__ = ["answering", "document", "officer"]

RLO = "\u202e"


class _Page(HTMLParser):
    """Parse a page into its elements and its visible words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self._seen: list[str] = []
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._hidden = tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._seen.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self._seen).split())


def read(page: Path) -> _Page:
    return _Page(page.read_text())


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports(tmp_path)


@pytest.fixture(scope="module")
def report_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Report]:
    """Return a function that makes each kind of report once; tests must not change the reports."""
    return cache(lambda kind: Reports(tmp_path_factory.mktemp(kind)).make(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_package_has_its_report(
    report_of: Callable[[str], Report], kind: str
) -> None:
    """The page and the JSON agree, and the JSON matches its schema."""
    made = report_of(kind)
    assert made.code == (1 if kind == "tampered" else 0)
    report = made.json
    assert problems("report", report) == []
    assert report["share"] == SHARES[kind]
    page = made.page.read_bytes()
    assert report["page"] == {
        "name": f"{kind}.html",
        "bytes": len(page),
        "sha256": hashlib.sha256(page).hexdigest(),
    }
    words = read(made.page).words
    result = "REFUSED" if kind == "tampered" else "ACCEPTED"
    assert report["conclusion"]["result"].upper() == result
    for said in (result, *report["conclusion"]["says"], *report["does_not_prove"]):
        assert said in words
    for file in report["files"]:
        assert file["sha256"] in words
    assert report["made"]["by"]["officer"] == "J. Jansen"
    assert "J. Jansen" in words
    assert report["made"]["case"] == "PL1300-2025-0417"
    assert not made.page.with_suffix(".jws").exists()


def test_a_good_report_names_times_with_their_clocks(
    report_of: Callable[[str], Report],
) -> None:
    """The times are from the clocks of the home, the doorbell, the intake and the desk."""
    made = report_of("good")
    report = made.json
    times = {row["what"]: row for row in report["times"]}
    assert times["A person tapped Share"]["at"].startswith(TAPPED.isoformat()[:19])
    assert "was being synchronized" in times["A person tapped Share"]["by"]
    assert "1.4 s behind the home's" in times["The doorbell's own clock"]["by"]
    assert times["All of it had arrived"]["by"] == "The clock of the agency's intake"
    assert report["received"]["intake_sha256"] == report["received"]["sha256"]
    assert report["received"]["name"] == f"{SHARES['good']}.tar.age"
    assert report["home"]["identity"] == "proved"
    assert report["retention"]["days"] == 30
    assert report["retention"]["counted_from"] == "arrived"
    assert report["withdrawal"]["state"] == "not requested"
    assert report["record"]["lines"] > 1
    # The format is the same in all countries.
    tapped = f"A person tapped Share {TAPPED:%Y-%m-%d %H:%M:%S} UTC"
    assert tapped in read(made.page).words


def test_a_refused_report_says_which_check_failed_and_which_were_not_made(
    report_of: Callable[[str], Report],
) -> None:
    """Statements of a refused package are not repeated."""
    made = report_of("tampered")
    report = made.json
    results = [check["result"] for check in report["checks"]]
    assert results[:2] == ["passed", "failed"]
    assert set(results[2:]) == {"not made"}
    assert len(results) > 9
    assert report["proves"] == []
    assert report["home"] is report["recording"] is report["consent"] is None
    (changed,) = (
        one
        for one in report["files"]
        if one["sha256"] != one["listed_sha256"] and one["listed_sha256"] is not None
    )
    assert changed["path"] == "data/clip.mp4"
    assert "NOT as listed" in read(made.page).words
    assert "Ann Example" not in made.page.read_text()


def test_an_unproved_home_is_said_to_be_unproved(
    report_of: Callable[[str], Report],
) -> None:
    """The conclusion and the list of unproved facts mention the identity."""
    report = report_of("unproved").json
    assert "is not proved" in report["conclusion"]["says"][1]
    assert "Which home the key belongs to." in report["does_not_prove"]
    assert report["withdrawal"]["state"] == "not known"


def test_a_withdrawn_package_says_so_at_the_top(
    report_of: Callable[[str], Report],
) -> None:
    """The answer to the home is shown too."""
    made = report_of("withdrawn")
    assert made.json["withdrawal"]["state"] == "pending"
    assert made.json["withdrawal"]["requested_at"] is not None
    words = read(made.page).words
    assert words.index("asked to have it deleted") < words.index("What this proves")


def test_an_answered_withdrawal_is_reported_with_the_answer(reports: Reports) -> None:
    """The report has the agency's text, as in the home's answer."""
    made = reports.make("withdrawn")
    inbox = ["--inbox", str(reports.office.intake.inbox)]
    share = SHARES["withdrawn"]
    answer = ["answer", share, "refused", "--text", "A court needs it.", "--desk"]
    assert main([*answer, str(reports.desk), *inbox, *reports.signing]) == 0
    bag = next(reports.folder.rglob(f"doorwatch-{share}"))
    again = reports.verify(bag, "again", "--again", *inbox)
    assert again.json["withdrawal"]["state"] == "refused"
    assert again.json["withdrawal"]["text"] == "A court needs it."
    assert "The agency's words A court needs it." in read(again.page).words
    assert made.json["withdrawal"]["text"] is None


def test_a_package_that_is_no_longer_new_is_refused_with_a_report(
    reports: Reports,
) -> None:
    """The report names the home, because the signature is valid."""
    made = reports.make("unproved")
    bag = next(reports.folder.rglob(f"doorwatch-{SHARES['unproved']}"))
    again = reports.verify(bag, "again")
    assert (made.code, again.code) == (0, 1)
    report = again.json
    assert problems("report", report) == []
    assert "“Duplicate check” failed" in report["conclusion"]["says"][0]
    assert "Another check failed." in report["does_not_prove"][0]
    assert report["home"]["thumbprint"] == made.json["home"]["thumbprint"]


def test_a_request_is_reported_as_it_was_read(
    answering: Made, officer: Officer, document: Path, tmp_path: Path
) -> None:
    """The report says whether the agency published it, and lists the declaration's draft."""
    pages = {}
    for name, more in {"signed": ["--document", str(document)], "not": []}.items():
        pages[name] = tmp_path / f"{name}.html"
        command = ["--report", str(pages[name]), *more]
        again = ["--again"] if len(pages) > 1 else []
        code, out = officer.verify(answering.package.path, *command, *again)
        assert code == 0, out
    reports = [
        json.loads(page.with_suffix(".json").read_text()) for page in pages.values()
    ]
    for report in reports:
        assert problems("report", report) == []
        assert report["request"]["request_id"] == "2025-0001"
        assert report["consent"]["declaration_sha256"] is not None
    assert [one["request"]["published_by_agency"] for one in reports] == [True, False]
    assert "The agency published the request" in read(pages["signed"]).words
    words = read(pages["not"]).words
    assert "Published by the agency not proved" in words
    assert "included. No one has signed it." in words


def test_what_a_person_handed_over_is_reported_as_such(
    handed_over: Made, officer: Officer, tmp_path: Path
) -> None:
    """The bearer is unknown, and without the note of `open` the received file is too."""
    page = tmp_path / "zip.html"
    code, _ = officer.verify(handed_over.package.path, "--report", str(page))
    assert code == 0
    report = json.loads(page.with_suffix(".json").read_text())
    assert problems("report", report) == []
    assert any(one.startswith("Who handed it over") for one in report["does_not_prove"])
    assert report["received"]["sha256"] is None
    assert "the note that open writes beside the package is missing" in read(page).words


def test_a_name_without_a_report_signs_nothing(
    reports: Reports, capsys: pytest.CaptureFixture[str]
) -> None:
    """Signing needs a report, and both the key and the site."""
    bag = reports.open(reports.send("good"))
    command = ["verify", str(bag), "--agency", ORIGIN, "--desk", str(reports.desk)]
    assert main([*command, *reports.signing]) == 1
    assert "--report" in capsys.readouterr().err
    page = ["--report", str(reports.folder / "x.html")]
    assert main([*command, *page, *reports.signing[:2]]) == 1
    assert "both --online and --site" in capsys.readouterr().err
    assert main([*command, "--report", str(reports.folder / "x.pdf")]) == 1
    assert "ends with .html" in capsys.readouterr().err


def test_covered_areas_are_listed(
    report_of: Callable[[str], Report], clip: Clip
) -> None:
    """The list has position and time of each area, and the digest of the original."""
    made = report_of("redacted")
    recording = made.json["recording"]
    assert [area["left"] for area in recording["covered"]] == [0.1, 0.5]
    assert recording["original_sha256"] == clip.sha256
    assert recording["measured"]["audio"] is False
    words = read(made.page).words
    assert "10 % from the left, 20 % from the top, 30 % wide, 40 % high" in words
    assert "From second 1 to second 2.5" in words


def _hostile(parts: dict[str, bytes], reports: Reports) -> None:
    """Put markup, direction characters and very long texts into all text fields."""
    markup = f"<script>alert(1)</script><img src=x onerror=y>{RLO}\x1b[2J\"'&"
    share = json.loads(parts["data/share.json"])

    def spoil(value: object) -> object:
        if isinstance(value, dict):
            return {name: spoil(one) for name, one in value.items()}
        if isinstance(value, list):
            return [spoil(one) for one in value]
        return f"{markup}{value}" if isinstance(value, str) else value

    consent, file = share["consent"], share["file"]
    notice = spoil(consent["pii_processing"]["privacy_notice"]["notice"])
    assert isinstance(notice, dict)
    notice["declaration_sha256"] = notice["request"] = None
    notice["agency"]["retention_days"] = 10**17
    share["agency"]["name"] = markup
    share["personal"] = spoil(share["personal"])
    share["note"] = markup + "x" * 100_000 + "\n" * 50_000
    share["case_reference"] = "a" + "\u0301" * 40
    share["clip"] |= {
        "event": markup,
        "timezone": 12,
        "gaps": [{"from": markup, "to": 3}, 7] * 500,
        "labels": {f"<i>{RLO}{number}": markup for number in range(500)},
        "part": 10**17,
        "other_parts": "none",
        "fetched_from": markup,
        "time_before": markup,
    }
    file |= {"derived": True, "edits": {"redact": [[1e300, None], ["x"], 4] * 500}}
    share["system"] |= {"camera_make": markup, "camera_clock_offset": True}
    processing = consent["pii_processing"]
    processing["privacy_notice"] = {
        "notice": notice,
        "digest": hashlib.sha256(canonical_json(notice)).hexdigest(),
    }
    processing["purposes"] = [{"purpose": markup}] * 500
    consent["event"] = {"event_time": markup, "method": markup}
    parts["data/share.json"] = canonical_json(share) + b"\n"
    claims = {
        "iss": reports.office.home,
        "aud": ORIGIN,
        "jti": share["share_id"],
        "iat": int(TAPPED.timestamp()),
        "share": share,
    }
    key = reports.office.home_key
    parts["share.jws"] = sign(DocumentKind.SHARE, claims, key).encode()


def _opened(reports: Reports, tar: Path) -> Path:
    package = reports.folder / f"{SHARES['good']}.tar"
    tar.rename(package)
    return reports.open(package)


def test_hostile_texts_are_escaped_and_bounded(
    reports: Reports, tmp_path: Path
) -> None:
    """The page stays short, whatever a home states."""
    plain = tmp_path / "plain.tar"
    command = ["age", "-d", "-i", str(reports.office.identity), "-o", str(plain)]
    subprocess.run([*command, str(reports.send("good"))], check=True, timeout=60)
    tar = resign(
        plain,
        tmp_path / "hostile.tar",
        reports.office.home_key,
        lambda parts: _hostile(parts, reports),
    )
    made = reports.verify(
        _opened(reports, tar),
        "hostile",
        *("--label", "<b>12 Elm</b>"),
        *("--fingerprint", fingerprint(reports.office.home)),
    )
    assert made.code == 0
    assert problems("report", made.json) == []
    text = made.page.read_text()
    page = read(made.page)
    assert not page.elements & {"script", "b", "link", "iframe"}
    assert text.count("<img") == 1  # the still of the video
    assert not {name for name in page.attributes if name.startswith("on")}
    assert "<script>alert(1)</script>" in page.words  # visible, but not executed
    assert "\\u202e\\u001b[2J" in page.words
    for raw in (RLO, "\x1b", "\u0301" * 9):
        assert raw not in text
        assert raw not in made.page.with_suffix(".json").read_text()
    assert len(text) < 200_000
    assert "characters in all]" in page.words
    assert made.json["recording"]["not_listed"]["covered"] > 1000
    assert "more covered areas, which data/share.json states." in page.words


def test_a_page_needs_nothing_from_outside(reports: Reports) -> None:
    """The page has no scripts and fetches nothing; its content security policy forbids both."""
    made = reports.make("good")
    text, page = made.page.read_text(), read(made.page)
    assert not page.attributes & {"href", "srcset", "action", "style"}
    assert text.count("src=") == text.count('src="data:image/jpeg;base64,') == 1
    assert "url(" not in text
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text


def test_a_signed_report_can_be_checked_with_jose_alone(
    reports: Reports, tmp_path: Path
) -> None:
    """The agency's document has the key, and the report has the digest of the page."""
    made = reports.make("good", *reports.signing)
    token = made.page.with_suffix(".jws")
    document = reports.office.intake.public / ".well-known/doorwatch-agency"
    keys, said = tmp_path / "keys.jwks", tmp_path / "said.json"
    shell = (
        f"cut -d . -f 2 {document} | tr -d '\\n' | jose b64 dec -i -"
        f" | jose fmt -j - -g keys -o {keys} &&"
        f" jose jws ver -i {token} -k {keys} -O {said}"
    )
    subprocess.run(["bash", "-ec", shell], check=True, timeout=60)
    claims = json.loads(said.read_text())
    assert claims.keys() == {"iss", "iat", "report"}
    assert claims["iss"] == reports.office.origin
    assert claims["report"] == made.json
    digest = hashlib.sha256(made.page.read_bytes()).hexdigest()
    assert claims["report"]["page"]["sha256"] == digest
    header = subprocess.run(
        ["bash", "-ec", f"cut -d . -f 1 {token} | jose b64 dec -i -"],
        check=True,
        capture_output=True,
        timeout=60,
    ).stdout
    assert json.loads(header)["typ"] == "doorwatch-report+jwt"


def test_a_report_is_never_overwritten_nor_written_in_part(
    reports: Reports, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command refuses the target before it does anything."""
    bag = reports.open(reports.send("good"))
    taken = reports.folder / "taken.html"
    taken.write_text("of before")
    for suffix in (".json", ".jws"):  # left by a page that was moved
        (reports.folder / f"moved{suffix}").write_text("of before")
    before = (reports.desk / "record.jsonl").read_bytes()
    for name, says in (
        ("taken", "never overwritten"),
        ("moved", "never overwritten"),
        (f"PL1300-2025-0417/{bag.name}/report", "is inside the package"),
        ("none/report", "does not exist"),
    ):
        capsys.readouterr()
        assert reports.verify(bag, name).code == 1
        assert says in capsys.readouterr().err
    assert taken.read_text() == "of before"
    assert (reports.desk / "record.jsonl").read_bytes() == before
    assert not taken.with_suffix(".json").exists()
    assert (reports.folder / "moved.json").read_text() == "of before"


@series
def test_a_kill_leaves_a_whole_report_or_none(reports: Reports) -> None:
    """An existing page matches its JSON, its signature and the record."""
    reports.make("unproved")
    bag = next(reports.folder.rglob(f"doorwatch-{SHARES['unproved']}"))
    command = ["verify", str(bag), "--agency", ORIGIN, "--desk", str(reports.desk)]
    command += ["--again", *reports.signing, "--report"]

    def page(at: int) -> Path:
        return reports.folder / f"killed-{at}.html"

    first = killed_at(0, "killed-", [*command, str(page(0))])
    assert first.returncode == 0, first.stderr
    points = int(first.stdout.split()[-1])
    assert points > 5
    for at in sorted({1, *range(points, 0, -steps(3))}):
        run = killed_at(at, "killed-", [*command, str(page(at))])
        assert run.returncode == -signal.SIGKILL
        whole = page(at)
        if not whole.exists():
            if whole.with_suffix(".json").exists():  # reports are never overwritten
                whole = page(points + at)
            assert main([*command, str(whole)]) == 0
        digest = hashlib.sha256(whole.read_bytes()).hexdigest()
        told = json.loads(whole.with_suffix(".json").read_text())
        assert told["page"]["sha256"] == digest
        token = whole.with_suffix(".jws").read_text()
        assert jws.read_claims(token)["report"] == told
        assert digest in (reports.desk / "record.jsonl").read_text()


def test_what_was_found_is_told_though_no_report_can_be_written(
    reports: Reports, capsys: pytest.CaptureFixture[str]
) -> None:
    """The intake's record may be unreadable, for example."""
    bag = reports.open(reports.send("good"))
    notes = reports.folder / "inbox/.withdrawals"
    records = reports.folder / "inbox/.incoming"
    for folder in (notes, records):
        folder.mkdir(parents=True)
    share = SHARES["good"]
    metadata = {"home": reports.office.home}
    record = {"metadata": metadata, "size": 1}
    (records / f"{share}.json").write_text(json.dumps(record))
    (notes / f"{share}.json").write_text("no JSON")
    made = reports.verify(bag, "none", "--inbox", str(notes.parent))
    assert made.code == 1
    told = capsys.readouterr()
    assert "ACCEPTED" in told.out
    assert "no report was written: cannot read" in told.err
    assert not made.page.exists()


def test_the_record_says_that_a_report_was_made(reports: Reports) -> None:
    """The record has the digest of each page, for accepted and refused packages."""
    pages = [reports.make(kind) for kind in ("unproved", "tampered")]
    lines = (reports.desk / "record.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines]
    reported = [line["data"] for line in told if line["kind"] == "reported"]
    for made, data in zip(pages, reported, strict=True):
        assert data["sha256"] == made.json["page"]["sha256"]
        assert data["accepted"] is (made.code == 0)
        assert data["officer"] == "J. Jansen"
    # The head in a report is the line before the report's own line.
    last = lines[-2].encode()
    assert pages[-1].json["record"] == {
        "lines": len(lines) - 1,
        "head": hashlib.sha256(last).hexdigest(),
    }


def test_a_refusal_has_the_time_and_the_case_of_its_own_opening(
    reports: Reports,
) -> None:
    """Another package with the same share id was opened before, for another case."""
    reports.make("good")
    (reports.folder / f"{SHARES['good']}.tar.age").unlink()
    key, reports.office.home_key = reports.office.home_key, new_key()
    other = reports.send("good")
    reports.office.home_key = key
    case = reports.folder / "another case"
    command = ["open", str(other), str(case), "--desk", str(reports.desk)]
    identity = ["--identity", str(reports.office.identity), "--no-inbox"]
    assert main([*command, *identity]) == 0
    page = reports.folder / "refused.html"
    bag = str(case / f"doorwatch-{SHARES['good']}")
    command = ["verify", bag, "--agency", ORIGIN, "--desk", str(reports.desk)]
    assert main([*command, "--report", str(page)]) == 1
    report = json.loads(page.with_suffix(".json").read_text())
    assert report["made"]["case"] == "another case"
    opened = [one for one in reading(reports) if one.kind == "opened"]
    times = {row["what"]: row["at"] for row in report["times"]}
    assert times["Opened"] == opened[-1].at != opened[0].at
    assert times["All of it had arrived"] is None
    assert [one["what"] for one in report["history"]] == [
        "Opened",
        "Verified and refused",
    ]
    assert reading(reports)[-1].data["case"] == "another case"
    assert Desk(reports.desk).reading().case(SHARES["good"]) == "PL1300-2025-0417"


def test_a_report_has_an_image_and_says_where_the_video_is(
    reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without ffmpeg, the report says that it has no image."""
    made = reports.make("unproved")
    still = made.json["still"]
    jpeg = base64.b64decode(still["jpeg"])
    assert jpeg[:2] == b"\xff\xd8"
    assert hashlib.sha256(jpeg).hexdigest() == still["sha256"]
    assert f'src="data:image/jpeg;base64,{still["jpeg"]}"' in made.page.read_text()
    bag = next(reports.folder.rglob(f"doorwatch-{SHARES['unproved']}"))
    package = reports.folder / f"{SHARES['unproved']}.tar.age"
    assert made.json["stored"] == {
        "where": "at the desk",
        "video": str(bag / "data/clip.mp4"),
        "package": str(package),
    }
    words = read(made.page).words
    assert f"Video {bag}/data/clip.mp4" in words
    assert f"sha256sum {package}" in words
    which = shutil.which
    monkeypatch.setattr(
        shutil, "which", lambda name: None if name == "ffmpeg" else which(name)
    )
    again = reports.verify(bag, "again", "--again")
    assert again.json["still"] is None
    assert "No image of the video: ffmpeg is missing" in read(again.page).words


def test_a_share_that_is_kept_longer_says_until_when_and_why(reports: Reports) -> None:
    """The record also has the time of arrival after a check of the intake."""
    reports.make("good")
    share = SHARES["good"]
    command = ["hold", share, "--until", "2199-01-31", "--reason", "Trial <3>"]
    assert main([*command, "--desk", str(reports.desk)]) == 0
    bag = next(reports.folder.rglob(f"doorwatch-{share}"))
    again = reports.verify(bag, "again", "--again")
    report = again.json
    assert problems("report", report) == []
    assert report["retention"]["held_until"] == "2199-01-31"
    words = read(again.page).words
    assert "until 2199-01-31 : Trial <3>." in words
    assert [one["what"] for one in report["history"]] == [
        "Opened",
        "Verified and accepted",
        "Kept longer: 2199-01-31: Trial <3>",
        "Verified and accepted",
    ]
    assert report["history"][1]["officer"] == "J. Jansen"
    assert f"J. Jansen (user {report['made']['by']['user']})" in words
    times = {row["what"]: row["by"] for row in report["times"]}
    assert times["All of it had arrived"] == "The record of the agency's desk"


def test_the_record_is_as_its_schema_says(reports: Reports) -> None:
    """The line of a refused folder with another name has no share id."""
    for kind in ("unproved", "tampered"):
        reports.make(kind)
    bag = next(reports.folder.rglob(f"doorwatch-{SHARES['unproved']}"))
    odd = bag.rename(bag.with_name("Ann's <parcel>"))
    assert reports.verify(odd, "odd").code == 1
    lines = (reports.desk / "record.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines]
    assert "share" not in told[-1]["data"]
    assert [problems("record", line) for line in told] == [[]] * len(told)


def test_sentences_are_those_that_the_dialog_shows() -> None:
    """The report quotes the dialog that the person read."""
    assert SENTENCES == SHOWN


def test_what_is_missing_in_a_report_is_said_to_be_not_known() -> None:
    """Missing data must not break the page."""
    page = _Page(write_page({"conclusion": {"result": "refused"}}))
    assert "not known" in page.words
    assert not page.elements & {"script"}


def test_a_note_beside_the_package_counts_only_as_the_record_has_it(
    reports: Reports,
) -> None:
    """Anyone with access to the case's folder can write the note."""
    bag = reports.open(reports.send("good"))
    (opened,) = (one for one in reading(reports) if one.kind == "opened")
    told = reports.verify(bag, "first").json
    assert told["received"]["sha256"] == opened.data["sha256"]
    row = next(row for row in told["times"] if row["what"] == "Opened")
    assert row == {
        "what": "Opened",
        "at": opened.at,
        "by": "The record of the agency's desk",
    }
    assert "It arrived encrypted" in " ".join(told["proves"])
    note = bag.with_name(f"{bag.name}.opened.json")
    right = json.loads(note.read_text())
    wrong = ({"sha256": "ab" * 32}, {"size": 1}, {"name": "other.tar.age"}, {"at": 7})
    for number, change in enumerate(wrong):
        note.write_text(json.dumps(right | change))
        made = reports.verify(bag, f"wrong-{number}", "--again")
        assert made.json["received"] == dict.fromkeys(made.json["received"])
        assert "encrypted" not in " ".join(made.json["proves"])
        assert "is not what the desk's record says" in made.page.read_text()
        command = ["export", str(bag), str(reports.folder / "out"), "--desk"]
        assert main([*command, str(reports.desk)]) == 1


def reading(reports: Reports) -> list[Entry]:
    """Return the entries of the record."""
    return Desk(reports.desk).reading().entries


def test_another_file_than_the_intake_received_is_refused(
    reports: Reports, capsys: pytest.CaptureFixture[str]
) -> None:
    """The intake's time of arrival would belong to another file."""
    bag = reports.open(reports.send("good"))
    inbox = reports.folder / "inbox"
    (inbox / ".incoming").mkdir(parents=True)
    note = inbox / ".incoming" / f"{SHARES['good']}.json"
    metadata = {"home": reports.office.home}
    record = {"metadata": metadata, "size": 1, "sha256": "ab" * 32}
    note.write_text(json.dumps(record))
    made = reports.verify(bag, "refused", "--inbox", str(inbox))
    assert made.code == 1
    assert "the intake received a different file" in capsys.readouterr().out
    assert made.json["conclusion"]["result"] == "refused"


def test_what_was_not_checked_is_named_where_it_says_accepted(reports: Reports) -> None:
    """The reader need not search the table."""
    says = reports.make("unproved").json["conclusion"]["says"]
    assert says[-1] == (
        "Not checked or not proved: whether the home asked to have it deleted."
    )
    assert len(reports.make("good").json["conclusion"]["says"]) == 2


def test_a_fingerprint_is_the_officers_word(reports: Reports) -> None:
    """The command can't know who read the fingerprint out."""
    told = reports.make("good").json
    assert any("an officer entered" in one for one in told["conclusion"]["says"])
    assert any("the officer's word" in one for one in told["does_not_prove"])
