"""`export` writes a verified package for evidence systems, completely or not at all."""

from copy import copy
import csv
import hashlib
import io
import json
from pathlib import Path
import re
import shutil
import signal
import stat
import subprocess
import zipfile

import pytest
import pytest_socket

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.signing import jws
from agency.doorwatch_agency.signing.keys import load_key
from tests.engine.sharing.evidence import ORIGIN
from tests.schemas import problems
from tests.series import series, times

from .kept import Kept
from .killing import killed_at
from .reports import SHARES, Reports
from .scripts import run_blocks

SHARE = SHARES["unproved"]
BAG = f"doorwatch-{SHARE}"
# Windows reserves these names, with any extension.
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Exports:
    """A desk with one verified package."""

    def __init__(self, folder: Path) -> None:
        self.reports = Reports(folder)
        assert self.reports.make("unproved").code == 0
        self.package = folder / f"{SHARE}.tar.age"
        self.bag = next(path for path in folder.rglob(BAG) if path.is_dir())
        self.folder = folder / "out"
        self.folder.mkdir()

    def command(self, name: str, *more: str) -> list[str]:
        target = str(self.folder / name)
        desk = ["--desk", str(self.reports.desk), "--officer", "J. Jansen"]
        return ["export", str(self.bag), target, *desk, *more]

    def export(self, name: str, *more: str) -> int:
        return main(self.command(name, *more))

    @property
    def published(self) -> list[Path]:
        """Return the document that the agency published."""
        return sorted((self.reports.office.folder / "published").glob("*.jws"))

    def told(self) -> list[dict[str, object]]:
        """Return the record's entries of exports."""
        record = self.reports.desk / "record.jsonl"
        lines = [json.loads(line) for line in record.read_text().splitlines()]
        return [line["data"] for line in lines if line["kind"] == "exported"]


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Exports, Kept]:
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("verified")
    return Exports(folder), Kept(folder)


@pytest.fixture
def exports(verified: tuple[Exports, Kept]) -> Exports:
    made, kept = verified
    kept.restore()
    return copy(made)


def files_of(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_holds_original_video_package_report_and_digests(
    exports: Exports,
) -> None:
    """`sha256sum` confirms all files of the list, and the record has the digest of the list."""
    signing = exports.reports.signing
    assert exports.export("case", "--package", str(exports.package), *signing) == 0
    assert len(exports.published) == 1
    target = exports.folder / "case"
    files = files_of(target)
    assert files.keys() == {
        *("manifest-sha256.txt", "manifest.csv"),
        *("report.html", "report.json", "report.jws"),
        f"original/{BAG}.tar.age",
        *(f"clip/{BAG}.mp4", f"clip/{BAG}-cover-sheet.txt"),
        *(f"agency/{path.name}" for path in exports.published),
        *(f"package/{BAG}/{name}" for name in files_of(exports.bag)),
    }
    command = ["sha256sum", "--check", "--strict", "--quiet", "manifest-sha256.txt"]
    subprocess.run(command, cwd=target, check=True, timeout=60)
    listed = files["manifest-sha256.txt"].read_bytes()
    assert listed.count(b"\n") == len(files) - 1
    table = files["manifest.csv"].read_bytes().decode("ascii")
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert {row["path"] for row in rows} == files.keys() - {
        "manifest-sha256.txt",
        "manifest.csv",
    }
    for row in rows:
        content = files[row["path"]].read_bytes()
        assert int(row["bytes"]) == len(content)
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
        assert row["what"]
    assert files[f"original/{BAG}.tar.age"].read_bytes() == exports.package.read_bytes()
    (told,) = exports.told()
    assert told["manifest_sha256"] == hashlib.sha256(listed).hexdigest()
    assert (told["share"], told["officer"]) == (SHARE, "J. Jansen")
    assert told["files"] == len(files)
    assert not list(exports.folder.glob(".*"))
    lines = (exports.reports.desk / "record.jsonl").read_text().splitlines()
    assert problems("record", json.loads(lines[-1])) == []


def test_an_export_can_be_checked_by_others_after_a_new_desk_key(
    exports: Exports, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands in the report start with the agency's root key."""
    office = exports.reports.office
    more = ["--package", str(exports.package), *exports.reports.signing]
    assert exports.export("case", *more) == 0
    other = office.folder / "other.pem"
    assert main(["keys", "--online", str(other)]) == 0
    capsys.readouterr()
    office.publish(other)
    assert exports.export("again", *more) == 1  # the old key is no longer listed
    target = exports.folder / "case"
    report = json.loads((target / "report.json").read_text())
    steps = [
        step["command"].replace("IDENTITY", str(office.identity))
        for step in report["again"]
    ]
    done = run_blocks("\n".join(steps), target)
    assert done.returncode == 0, done.stderr
    root = load_key(office.folder / "root.pem").public_key()
    assert jws.fingerprint(jws.thumbprint(root)).replace(" ", "") in done.stdout
    digest = hashlib.sha256(exports.package.read_bytes()).hexdigest()
    file = f"original/{BAG}.tar.age"
    assert f"{digest}  {file}" in done.stdout
    said = json.loads((target / "signed.json").read_text())
    assert said["report"] == report
    assert report["stored"] == {
        "where": "in this export",
        "video": f"clip/{BAG}.mp4",
        "package": file,
    }
    assert f"<code>{file}</code>" in (target / "report.html").read_text()
    # The root of another agency signs the same claims.
    document = target / f"agency/{exports.published[0].name}"
    forged = jws.sign(
        jws.AGENCY,
        jws.read_claims(document.read_text()),
        load_key(other),
        embed_key=True,
    )
    header = forged.partition(".")[0]
    document.write_text(f"{header}.{document.read_text().partition('.')[2]}")
    assert run_blocks("\n".join(steps[:2]), target).returncode != 0


def test_documents_of_then_are_included(
    exports: Exports, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files are named by number and day of the document."""
    assert exports.export("none") == 0
    assert "No document of yours is included" in capsys.readouterr().out
    office = exports.reports.office
    kept = office.folder / "published"
    office.restate(iss=ORIGIN)
    (kept / "restated.jws").rename(kept / "other.jws")
    office.restate(iss=ORIGIN, name="Example Police, north")
    assert exports.export("case", "--document", str(kept)) == 0
    found = {path.read_text() for path in (exports.folder / "case/agency").iterdir()}
    assert found == {
        (kept / name).read_text() for name in ("other.jws", "restated.jws")
    }


def test_a_zip_holds_the_same_stored(exports: Exports) -> None:
    """`unzip` unpacks the zip to the listed files."""
    for name in ("case", "case.zip"):
        assert exports.export(name, "--package", str(exports.package)) == 0
    out = exports.folder / "unzipped"
    command = ["unzip", "-q", str(exports.folder / "case.zip"), "-d", str(out)]
    subprocess.run(command, check=True, timeout=60)
    assert files_of(out).keys() == files_of(exports.folder / "case").keys()
    check = ["sha256sum", "--check", "--strict", "--quiet", "manifest-sha256.txt"]
    subprocess.run(check, cwd=out, check=True, timeout=60)
    with zipfile.ZipFile(exports.folder / "case.zip") as archive:
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)


def test_a_large_file_in_a_zip_is_written_as_zip64(
    exports: Exports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is lowered from 4 GiB to one kilobyte."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)
    assert exports.export("case.zip") == 0
    monkeypatch.undo()
    path = exports.folder / "case.zip"
    subprocess.run(["unzip", "-tqq", str(path)], check=True, timeout=60)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        clip = archive.getinfo(f"clip/{BAG}.mp4")
        assert clip.extract_version == zipfile.ZIP64_VERSION


@pytest.mark.parametrize(
    "share", ["CON", "a" * 64, "A-_" * 21, "0" * 32], ids=lambda share: share[:4]
)
def test_names_hold_no_surprise_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: str
) -> None:
    """File names are valid on Windows for any share id."""
    monkeypatch.setitem(SHARES, "unproved", share)
    reports = Reports(tmp_path)
    assert reports.make("unproved").code == 0
    bag = next(path for path in tmp_path.rglob(f"doorwatch-{share}") if path.is_dir())
    command = ["export", str(bag), str(tmp_path / "out"), "--desk", str(reports.desk)]
    more = ["--package", str(tmp_path / f"{share}.tar.age")]
    assert main([*command, *more, *reports.signing]) == 0
    names = list(files_of(tmp_path / "out"))
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert len(name) <= 120
        for part in name.split("/"):
            assert re.fullmatch(r"[A-Za-z0-9._-]+", part)
            assert part[-1] not in ". "
            assert not DEVICES.fullmatch(part)


def test_only_what_was_verified_and_is_still_so_is_exported(
    exports: Exports, capsys: pytest.CaptureFixture[str]
) -> None:
    """The export is refused if the package or its file changed; nothing is left behind."""
    other = exports.folder.parent / "other.tar.age"
    other.write_bytes(exports.package.read_bytes() + b"x")
    assert exports.export("case", "--package", str(other)) == 1
    assert "is not the file that was verified" in capsys.readouterr().err
    clip = exports.bag / "data/clip.mp4"
    content = clip.read_bytes()
    clip.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert exports.export("case") == 1
    assert "is not as it was verified" in capsys.readouterr().err
    clip.write_bytes(content)
    (exports.folder / "taken").mkdir()
    assert exports.export("taken") == 1
    assert "already exists" in capsys.readouterr().err
    assert exports.export("none/case") == 1
    assert "does not exist" in capsys.readouterr().err
    never = exports.bag.with_name("doorwatch-never")
    shutil.copytree(exports.bag, never)
    exports.bag = never
    assert exports.export("case") == 1
    assert "was not verified yet" in capsys.readouterr().err
    assert exports.told() == []
    assert [path.name for path in exports.folder.iterdir()] == ["taken"]


def test_in_a_folder_of_a_group_all_of_it_is_the_groups(exports: Exports) -> None:
    """In any other folder, only the officer can read the export."""
    assert exports.export("private") == 0
    exports.folder.chmod(0o2770)
    for name in ("shared", "shared.zip"):
        assert exports.export(name) == 0
    modes = {
        name: {
            (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
            for path in (exports.folder / name, *(exports.folder / name).rglob("*"))
        }
        for name in ("private", "shared", "shared.zip")
    }
    assert modes == {
        "private": {(True, 0o700), (False, 0o600)},
        "shared": {(True, 0o2770), (False, 0o660)},
        "shared.zip": {(False, 0o660)},
    }


def test_a_withdrawal_is_in_the_report_of_an_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reader learns that the home asked for its deletion."""
    reports = Reports(tmp_path)
    reports.make("withdrawn")
    share = SHARES["withdrawn"]
    bag = next(tmp_path.rglob(f"doorwatch-{share}"))
    command = ["export", str(bag), str(tmp_path / "out"), "--desk", str(reports.desk)]
    assert main([*command, "--inbox", str(reports.office.intake.inbox)]) == 0
    assert "file as it arrived is not included" in capsys.readouterr().out
    report = json.loads((tmp_path / "out/report.json").read_text())
    assert report["withdrawal"]["state"] == "pending"


def killed(exports: Exports, name: str, at: int) -> subprocess.CompletedProcess[str]:
    command = exports.command(name, "--package", str(exports.package))
    return killed_at(at, name, command)


@series
@pytest.mark.parametrize("suffix", ["", ".zip"])
def test_a_kill_leaves_a_whole_target_or_none(exports: Exports, suffix: str) -> None:
    """The kills are between the first folder and the last rename; the next export succeeds."""
    whole = killed(exports, f"export-0{suffix}", 0)
    assert whole.returncode == 0, whole.stderr
    points = int(whole.stdout.split()[-1])
    assert points > 10
    some = range(3, points, max(1, points // times(2)))
    for at in sorted({1, *some, points - 1, points}):
        name = f"export-{at}{suffix}"
        target = exports.folder / name
        before = len(exports.told())
        assert killed(exports, name, at).returncode == -signal.SIGKILL
        if target.exists():
            assert len(exports.told()) == before + 1
        else:
            assert exports.export(name, "--package", str(exports.package)) == 0
            assert not list(exports.folder.glob(f".{name}*"))
        assert size_of(target) == size_of(exports.folder / f"export-0{suffix}")


def size_of(target: Path) -> int:
    """Count the files in a target."""
    if target.is_dir():
        return len(files_of(target))
    with zipfile.ZipFile(target) as archive:
        return len(archive.namelist())


@pytest.mark.parametrize("name", ["export", "export.zip"])
def test_a_link_where_an_export_is_prepared_is_not_followed(
    exports: Exports, name: str
) -> None:
    """Another member of the group could place such a link to a folder of the officer."""
    other = exports.folder.parent / "other"
    other.mkdir()
    (other / "precious.txt").write_text("of the officer")
    (exports.folder / f".{name}.part").symlink_to(other)
    (exports.folder / f".{name}.part-0").symlink_to(other)
    assert exports.export(name) == 0
    assert [path.name for path in other.iterdir()] == ["precious.txt"]


def test_nothing_is_exported_into_the_package_itself(
    exports: Exports, capsys: pytest.CaptureFixture[str]
) -> None:
    """The package would no longer match the home's signature."""
    command = exports.command("export")
    for name in ("export", "data/export.zip"):
        command[2] = str(exports.bag / name)
        assert main(command) == 1
        assert "is inside the package" in capsys.readouterr().err
    assert exports.export("export") == 0
