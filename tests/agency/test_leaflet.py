"""The printed leaflet: its QR code leads to the document, and names are readable."""

from pathlib import Path
import subprocess
from unicodedata import normalize
from unittest.mock import patch

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.signing import jws
from custom_components.doorwatch.engine.sharing.documents.discovery import document_url
from tests.agency.test_publish import GROUP, ORIGIN, desk, fetched, publish, settings
from tests.repository import ROOT
from tests.series import nightly

__all__ = ["desk"]

DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
DROID = "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"


def leaflet(desk: Path, *more: str) -> int:
    """Make the leaflet from the published document."""
    return main(["leaflet", str(desk / "out.pdf"), "--site", str(desk / "site"), *more])


def publish_as(desk: Path, name: str) -> None:
    """Publish under this name."""
    text = settings(desk).replace("Example Police", name)
    (desk / "agency.toml").write_text(text)
    assert publish(desk) == 0


def run(*command: object) -> str:
    """Run a program of Debian."""
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def words(desk: Path) -> str:
    """Return the text of the page from a PDF reader."""
    return " ".join(run("pdftotext", "-layout", desk / "out.pdf", "-").split())


def scanned(desk: Path) -> str:
    """Render the page at a low resolution, and scan its QR code."""
    run("pdftoppm", "-r", "75", "-png", "-singlefile", desk / "out.pdf", desk / "page")
    return run("zbarimg", "--quiet", "--raw", desk / "page.png").strip()


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_page_leads_a_home_to_the_document(
    desk: Path, paper: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code and the typed address both work, and the fingerprint is in groups."""
    assert publish(desk) == 0
    (desk / "code.txt").write_text("tulip-harbor-42\n")
    code = ["--upload-code-file", str(desk / "code.txt")]
    assert leaflet(desk, "--paper", paper, *code) == 0
    assert scanned(desk) == f"{ORIGIN}/.well-known/doorwatch-agency"
    assert document_url(scanned(desk)) == document_url("police.example")
    said = words(desk)
    assert jws.fingerprint(fetched(desk)[1].root_thumbprint) in said
    for text in ("Example Police", "Responsible for: NL", "desk@police.example"):
        assert text in said
    assert "tulip-harbor-42" in said
    assert "only after someone there watched it and tapped Share" in said
    assert "require an upload code" not in capsys.readouterr().out
    sizes = {"a4": "595.28 x 841.89 pts (A4)", "letter": "612 x 792 pts (letter)"}
    pages = run("pdfinfo", desk / "out.pdf")
    assert sizes[paper] in pages
    assert "Pages:           1" in pages


@pytest.mark.parametrize(
    ("name", "fonts"),
    [
        ("Αστυνομία Αθηνών", ()),
        ("Полиция Эстонии: Ääsmäe", ()),
        ("شرطة", ()),
        ("東京警視庁", ("--font", DEJAVU, "--font", DROID)),
    ],
)
def test_names_in_other_scripts_are_on_the_page(
    desk: Path, name: str, fonts: tuple[str, ...]
) -> None:
    publish_as(desk, name)
    assert leaflet(desk, *fonts) == 0
    assert name in words(desk)


def test_what_the_font_lacks_is_named(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command refuses to print boxes, and writes no file."""
    publish_as(desk, "東京 Police")
    assert leaflet(desk) == 1
    said = capsys.readouterr().err
    assert "the font lacks 京 (U+4EAC) 東 (U+6771)." in said
    assert "fonts-droid-fallback" in said
    assert not (desk / "out.pdf").exists()


def test_a_group_and_a_document_elsewhere(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page of a group doesn't mention clips, and shows the full given address."""
    (desk / "agency.toml").write_text(GROUP)
    assert publish(desk) == 0
    assert leaflet(desk, "--address", f"{ORIGIN}/about/doorwatch.jws") == 0
    assert scanned(desk) == f"{ORIGIN}/about/doorwatch.jws"
    said = words(desk)
    assert f"{ORIGIN}/about/doorwatch.jws" in said.replace(" ", "")
    assert "Nothing can be sent to us" in said
    assert "clip" not in said
    assert leaflet(desk, "--address", "https://other.example/x") == 1
    assert f"must begin with {ORIGIN}/" in capsys.readouterr().err


def test_long_texts_stay_on_one_page_or_are_refused(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The font size is reduced down to a readable minimum."""
    assert publish(desk) == 0
    (desk / "agency.toml").write_text(
        settings(desk)
        .replace("Example Police", "Police of a long name " * 9)
        .replace('"NL"', f'"{"The harbor and all towns " * 7}"')
    )
    assert publish(desk) == 0
    assert leaflet(desk) == 0
    assert "Pages:           1" in run("pdfinfo", desk / "out.pdf")
    assert leaflet(desk, "--address", f"{ORIGIN}/{'x' * 1500}") == 1
    assert "too long for one page" in capsys.readouterr().err


def test_what_is_missing_is_said_in_a_line(
    desk: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The error is one line about the QR code, the font or the document."""
    assert publish(desk) == 0
    assert leaflet(desk) == 0
    assert "You require an upload code" in capsys.readouterr().out
    for more, says in (
        (["--font", str(desk / "terms.txt")], "terms.txt is not a font"),
        (["--font", str(desk / "none.ttf")], "none.ttf is not a font"),
        (["--upload-code-file", str(desk / "none")], "No such file"),
        (["--site", str(tmp_path / "none")], "No such file"),
    ):
        assert leaflet(desk, *more) == 1
        assert says in capsys.readouterr().err
    with patch.object(jws, "has_ended", return_value=True):
        assert leaflet(desk) == 1
    assert "has expired" in capsys.readouterr().err


def on_debian(
    desk: Path, tmp_path: Path, *more: str, without: str = "uharfbuzz"
) -> subprocess.CompletedProcess[str]:
    """Run the command with Debian's Python and packages, except one."""
    lost = tmp_path / "lost"
    lost.mkdir(exist_ok=True)
    (lost / f"{without}.py").write_text("raise ImportError\n")
    return subprocess.run(
        [
            *("/usr/bin/python3", "-m", "doorwatch_agency", "leaflet"),
            *(desk / "out.pdf", "--site", desk / "site"),
            *more,
        ],
        cwd=ROOT / "agency",
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(lost)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "fonts", "drawn"),
    [
        ("Straße, Łódź, Việt Nam", (), None),
        ("Policía de Málaga".replace("á", "a\u0301"), (), "Policía de Málaga"),
        # A letter and an accent without a combined character.
        ("Àgbẹ́, Ọ̀yọ́", (), None),
        *(
            pytest.param(each, (), None, marks=nightly)
            for each in ("Αστυνομία Αθηνών", "Полиция Эстонии", "Ոստիկանություն")
        ),
        ("東京警視庁", ("--font", DEJAVU, "--font", DROID), None),
    ],
)
def test_debians_own_programs_are_enough_for_most_scripts(
    desk: Path, tmp_path: Path, name: str, fonts: tuple[str, ...], drawn: str | None
) -> None:
    """Debian 13 has no package of uharfbuzz."""
    publish_as(desk, name)
    done = on_debian(desk, tmp_path, *fonts)
    assert (done.returncode, done.stderr) == (0, "")
    assert scanned(desk) == f"{ORIGIN}/.well-known/doorwatch-agency"
    assert normalize("NFC", drawn or name) in normalize("NFC", words(desk))


@pytest.mark.parametrize(
    "name",
    [
        *("شرطة", "משטרה", "Police ١٢٣", "पुलिस"),
        *("ᠴᠠᠭᠳᠠᠭ᠎ᠠ".replace("\u180e", ""), "Police of न\u200dय"),
        *(
            pytest.param(each, marks=nightly)
            for each in ("ตำรวจภูธร", "পুলিশ", "காவல்துறை", "ပုလိပ်", "පොලිසිය")
        ),
    ],
)
def test_a_script_that_needs_shaping_is_refused_without_uharfbuzz(
    desk: Path, tmp_path: Path, name: str
) -> None:
    """The error says what to install, and no file is written."""
    publish_as(desk, name)
    done = on_debian(desk, tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f'doorwatch-agency: "{name}" can only be drawn with')
    assert "uharfbuzz" in done.stderr
    assert "python3 -m venv" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (desk / "out.pdf").exists()


@pytest.mark.parametrize("without", ["fpdf", "segno"])
def test_a_desk_without_what_draws_is_told_what_to_install(
    desk: Path, tmp_path: Path, without: str
) -> None:
    """The error names packages of Debian 13."""
    assert publish(desk) == 0
    done = on_debian(desk, tmp_path, without=without)
    assert done.returncode == 1
    assert done.stderr == (
        "doorwatch-agency: the leaflet needs the Python packages fpdf2 and segno: on"
        " Debian, run sudo apt install python3-fpdf python3-segno fonts-dejavu-core,"
        " and elsewhere, install them in the same virtual environment as cryptography\n"
    )
