"""The command `leaflet`."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
import unicodedata

from ..errors import AgencyError
from ..files import write_whole
from ..printing import is_plain
from ..signing import jws
from .past import Version
from .publish import WELL_KNOWN

_PAPERS = ("a4", "letter")
_NEEDS = (
    "the leaflet needs the Python packages fpdf2 and segno: on Debian, run sudo apt"
    " install python3-fpdf python3-segno fonts-dejavu-core, and elsewhere, install them"
    " in the same virtual environment as cryptography"
)


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the `leaflet` command."""
    out = add("leaflet", help="make a page to print, by which homes add you")
    out.add_argument("target", type=Path, metavar="OUT.pdf", help="the file to write")
    out.add_argument(
        "--site",
        type=Path,
        required=True,
        help="the folder that `publish` wrote to",
    )
    out.add_argument(
        "--upload-code-file", type=Path, help="file with the upload code to print"
    )
    out.add_argument(
        "--address", help="where homes find the document, if not in the usual place"
    )
    out.add_argument(
        "--paper", choices=_PAPERS, default="a4", help="its size (default: a4)"
    )
    out.add_argument(
        "--font",
        type=Path,
        action="append",
        metavar="FILE",
        help="a TrueType font for your name; repeat for more scripts",
    )
    out.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    """Draw the leaflet from the published document."""
    try:
        from .leaflet import USUAL_FONT, Leaflet, draw  # noqa: PLC0415 - needs fpdf2
    except ImportError as err:
        raise AgencyError(_NEEDS) from err
    document = Version.read(options.site / WELL_KNOWN)
    claims = document.claims
    if jws.has_ended(claims, datetime.now(UTC).timestamp()):
        raise AgencyError(
            f"{options.site / WELL_KNOWN} has expired. Publish it again first, since"
            " homes do not accept it"
        )
    fonts: list[Path] | None = options.font
    if fonts is None and not USUAL_FONT.exists():
        raise AgencyError(
            "no font was found. Name a TrueType font with --font FILE. On Debian:"
            " sudo apt install fonts-dejavu-core"
        )
    address = _address(options.address, str(claims["iss"]))
    code = _code(options.upload_code_file)
    page = draw(
        Leaflet(
            name=_composed(claims["name"]),
            jurisdiction=_composed(claims["jurisdiction"]),
            contact=_composed(claims["contact"]),
            address=address,
            typed=_typed(address, str(claims["iss"])),
            fingerprint=jws.fingerprint(document.root),
            day=document.day,
            upload_code=code,
            group=document.group,
        ),
        paper=options.paper,
        fonts=fonts or [USUAL_FONT],
    )
    write_whole(options.target, page, 0o644)
    print(f"Written: {options.target}. Look at it before you print it.")
    print(
        "Give it out only where people can trust that it is yours: at your desk, or in"
        " a letter. Whoever can replace it can have homes add someone else."
    )
    if code is None and claims.get("upload_code_required") is True:
        print("Note: You require an upload code. Add it with --upload-code-file FILE.")
    return 0


def _composed(text: object) -> str:
    """Combine letters and accents into single characters where possible."""
    return unicodedata.normalize("NFC", str(text))


def _address(given: str | None, origin: str) -> str:
    if given is None:
        return f"{origin}/{WELL_KNOWN.as_posix()}"
    if not given.startswith(f"{origin}/") or not given.isascii():
        raise AgencyError(f"--address must begin with {origin}/")
    return given


def _typed(address: str, origin: str) -> str:
    """Shorten an address to a form that homes complete."""
    if address != _address(None, origin):
        return address
    return origin.removeprefix("https://")


def _code(path: Path | None) -> str | None:
    """Read the upload code by the intake's rules."""
    if path is None:
        return None
    code = path.read_text(encoding="utf-8").strip()
    if not code or len(code) > 200 or not is_plain(code):
        raise AgencyError(f"{path} has no upload code in one line")
    return code
