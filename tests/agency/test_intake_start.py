"""The intake's requirements, and its warnings at the start and each day."""

from pathlib import Path
import shutil
import subprocess

import pytest

from agency.doorwatch_agency.signing.keys import load_key
from custom_components.doorwatch.engine.sharing.signing.jws import DocumentKind, sign
from tests import waiting
from tests.intake import SOURCE

from .office import Office, days_from_now

CODE = "a code of twelve or more"


def _start(
    *arguments: str | Path, source: Path = SOURCE, node: tuple[str, ...] = ()
) -> tuple[int, str]:
    """Start the intake with something missing; return the exit code and the output."""
    done = subprocess.run(
        ["node", *node, str(source / "src/main.js"), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("option", "name", "says"),
    [
        ("signing-key", "missing.pem", "doesn't exist"),
        ("signing-key", "", "is a folder, not a file"),
        ("upload-code-file", "missing", "doesn't exist"),
        ("public", "missing", "doesn't exist"),
        ("public", "file", "is not a folder"),
        ("on-package", "missing", "doesn't exist"),
        ("on-package", "file", "isn't accessible to this user"),
    ],
)
def test_names_the_file_that_is_missing(
    tmp_path: Path, option: str, name: str, says: str
) -> None:
    (tmp_path / "file").touch(0o644)
    path = tmp_path / name
    code, said = _start("--inbox", tmp_path / "inbox", f"--{option}", path)
    assert (code, said) == (1, f"--{option} {path} {says}\n")


@pytest.mark.parametrize(
    ("where", "says"), [("missing/inbox", "doesn't exist"), ("file/inbox", "is not a")]
)
def test_makes_no_folder_where_a_disk_may_be_missing(
    tmp_path: Path, where: str, says: str
) -> None:
    """The intake creates only the inbox itself, in an existing folder."""
    (tmp_path / "file").touch()
    code, said = _start("--inbox", tmp_path / where)
    parent = tmp_path / where.partition("/")[0]
    assert code == 1
    assert said.startswith(f"--inbox {parent} {says}")
    assert said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_names_the_port_that_is_in_use(tmp_path: Path) -> None:
    office = Office(tmp_path)
    port = str(office.intake.port)
    with office.intake:
        code, said = _start("--inbox", tmp_path / "other", "--port", port)
    assert (code, said) == (1, f"--port {port} is used by another program\n")


def test_says_how_to_install_its_packages(tmp_path: Path) -> None:
    """The folder was copied without its packages."""
    shutil.copytree(SOURCE / "src", tmp_path / "intake/src")
    shutil.copy(SOURCE / "package.json", tmp_path / "intake")
    code, said = _start("--inbox", tmp_path / "inbox", source=tmp_path / "intake")
    assert code == 1
    assert said == (
        "packages of the intake are missing. Run:"
        f" cd {tmp_path}/intake && npm ci --omit=dev\n"
    )


def test_says_which_node_it_needs(tmp_path: Path) -> None:
    """The version is checked before newer features are used."""
    old = tmp_path / "old.mjs"
    old.write_text(
        "Object.defineProperty(process, 'versions', {value: {node: '18.20.4'}});\n"
    )
    code, said = _start(
        *("--inbox", tmp_path / "inbox"), node=(f"--import={old.as_uri()}",)
    )
    assert code == 1
    assert said == "Node.js 20.19 or newer is needed, and this is 18.20.4\n"


def _warnings(office: Office) -> list[str]:
    """Start the intake, and return its warnings."""
    office.intake.log.unlink(missing_ok=True)
    with office.intake:
        waiting.block_until(
            lambda: any(line.startswith("hint") for line in office.intake.said())
        )
    mark = "warning "
    return [each.removeprefix(mark) for each in office.intake.said() if mark in each]


def test_warns_of_nothing_when_all_is_well(tmp_path: Path) -> None:
    assert _warnings(Office(tmp_path / "a")) == []
    office = Office(tmp_path / "b", upload_code=CODE)
    office.restate(upload_code_required=True)
    assert _warnings(office) == []


HALF_A_DAY = 43_200

DOCUMENTS: dict[str, tuple[dict[str, object], list[str]]] = {
    "expired": (
        {"exp": days_from_now(-1)},
        ["the document has expired. Publish it again: homes send nothing"],
    ),
    "from the future": (
        {"iat": days_from_now(1), "exp": days_from_now(90)},
        [
            "this machine's clock is slow: the document is from a later time."
            " Set it, or receipts state wrong times"
        ],
    ),
    "expires": (
        {"exp": days_from_now(13) + HALF_A_DAY},
        ["the document expires in 13 days. Publish it again"],
    ),
    "stands": ({"exp": days_from_now(15)}, []),
    "is old": (
        {"iat": days_from_now(-395) + HALF_A_DAY, "exp": days_from_now(500)},
        ["the document expires in 5 days. Publish it again"],
    ),
    "says no times": (
        {"exp": None},
        ["the document has expired. Publish it again: homes send nothing"],
    ),
    "elsewhere": (
        {
            "iss": "https://police.example",
            "upload_endpoint": "https://police.example/files",
            "receipts_uri": "https://police.example/receipts/",
            "withdrawals_uri": "https://other.example/withdrawals",
        },
        [
            f"the document's {name} is not https://police.example/{path}, where homes"
            " reach the intake"
            for name, path in (
                ("upload_endpoint", "uploads"),
                ("receipts_uri", "receipts"),
                ("withdrawals_uri", "withdrawals"),
            )
        ],
    ),
    "nowhere": (
        {"upload_endpoint": None, "receipts_uri": None, "withdrawals_uri": None},
        [
            "the document has no receipts_uri, so homes never ask for receipts",
            "the document has no upload_endpoint, so homes can't send here",
        ],
    ),
    "code": (
        {"upload_code_required": True},
        [
            "the document asks homes for an upload code, but the intake has none and"
            " accepts uploads without it"
        ],
    ),
    "keys": (
        {"keys": {"keys": []}},
        ["no receipts can be signed: the document doesn't list the signing key"],
    ),
    "no keys": (
        {"keys": None},
        ["no receipts can be signed: the document doesn't list the signing key"],
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_warns_of_what_the_document_says(tmp_path: Path, name: str) -> None:
    """The warnings cover all problems that keep homes from sending or from getting receipts."""
    claims, expected = DOCUMENTS[name]
    office = Office(tmp_path)
    office.restate(**claims)
    assert _warnings(office) == expected


def test_warns_of_a_code_that_no_home_knows_of(tmp_path: Path) -> None:
    """Homes would be refused without knowing why."""
    assert _warnings(Office(tmp_path, upload_code=CODE)) == [
        "the intake asks for an upload code, but the document doesn't say so, and homes"
        " send none"
    ]


def test_warns_of_a_document_that_is_missing_or_no_agencys(tmp_path: Path) -> None:
    """Homes get any file at this path."""
    office = Office(tmp_path)
    document = office.intake.public / ".well-known/doorwatch-agency"
    group = sign(
        DocumentKind.GROUP,
        {"iss": "x"},
        load_key(tmp_path / "root.pem"),
        embed_key=True,
    )
    document.write_text(group)
    assert _warnings(office) == [
        "the document is a group's, and homes send nothing to a group"
    ]
    document.write_text("spoilt")
    assert _warnings(office) == [f"the document can't be read: {document}"]
    document.unlink()
    assert _warnings(office) == [f"no document is published: {document} is missing"]
    document.mkdir()
    assert _warnings(office) == [f"the document can't be read: {document} (EISDIR)"]


def test_warns_when_the_next_package_may_not_fit(tmp_path: Path) -> None:
    """The intake compares the largest package with the free space."""
    free = shutil.disk_usage(tmp_path).free
    (warning,) = _warnings(Office(tmp_path, max_bytes=10 * free))
    assert "half of what is left, less than one package may need" in warning


def test_warns_again_each_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New problems are included."""
    days = tmp_path / "days.mjs"
    days.write_text(
        "const real = globalThis.setInterval;\n"
        "globalThis.setInterval = (call, time, ...more) =>\n"
        "  real(call, time === 86_400_000 ? 20 : time, ...more);\n"
    )
    monkeypatch.setenv("NODE_OPTIONS", f"--import={days.as_uri()}")
    office = Office(tmp_path / "office")
    missing = "warning no document is published"
    with office.intake:
        assert not any(line.startswith(missing) for line in office.intake.said())
        (office.intake.public / ".well-known/doorwatch-agency").unlink()
        waiting.block_until(
            lambda: sum(line.startswith(missing) for line in office.intake.said()) >= 2
        )
