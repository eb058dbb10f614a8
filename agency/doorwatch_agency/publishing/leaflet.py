"""The leaflet: a printed page for homes to find and verify the agency.

Drawn with fpdf2. Scripts with contextual letters are shaped with HarfBuzz, and rejected
if uharfbuzz is not installed. The error for a character that no font has names it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import unicodedata

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.errors import FPDFException
import segno

from ..errors import AgencyError

# From Debian's fonts-dejavu-core: Latin, Greek, Cyrillic, Arabic, Hebrew and more.
USUAL_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")

_MARGIN = 20  # mm
_CODE = 52  # mm, without the quiet zone
_GAP = 8
_QUIET = 4  # modules around the code
_GREY = 90
_SCALES = (1.0, 0.85, 0.7)  # font scales, tried until everything fits on a page

_STEPS = (
    "In Home Assistant, go to Settings, then Devices & services. Select Add integration,"
    " then Doorwatch, then Agency or group, and enter the address above."
)
_COMPARE = (
    "Compare the fingerprint that appears with the one on this page, and enter the four"
    " characters in the box. If it differs, don't continue: it isn't ours."
)
_FETCHED = (
    "Our website sees only that an internet address fetches public files, about twice a"
    " day."
)
_SENDS = (
    "Adding us sends us no clip. A clip leaves your home only after someone there watched"
    f" it and tapped Share. {_FETCHED}"
)
_TELLS = (
    "Then you get our news about your neighborhood. Nothing can be sent to us, and we"
    f" can't request anything. {_FETCHED}"
)


@dataclass(frozen=True, kw_only=True)
class Leaflet:
    """The contents of the page."""

    name: str
    jurisdiction: str
    contact: str
    address: str  # the complete address of the document, in the QR code
    typed: str  # a shorter address that people type
    fingerprint: str
    day: str
    upload_code: str | None = None
    group: bool = False


def draw(leaflet: Leaflet, *, paper: str, fonts: Sequence[Path]) -> bytes:
    """Draw the page as a PDF."""
    for scale in _SCALES:
        page = _Page(paper, fonts, scale)
        page.check(leaflet)
        if page.fill(leaflet):
            return bytes(page.output())
    raise AgencyError("the texts are too long for one page")


class _Page(FPDF):  # type: ignore[misc,unused-ignore] # typed in later versions only
    """One page."""

    def __init__(self, paper: str, fonts: Sequence[Path], scale: float) -> None:
        super().__init__(format=paper)
        self._scale = scale
        self.set_auto_page_break(auto=False)
        self.set_margin(_MARGIN)
        for number, path in enumerate(fonts):
            try:
                self.add_font(f"font{number}", fname=path)
            except (FPDFException, OSError, ValueError, KeyError) as err:
                raise AgencyError(f"{path} is not a font that can be used") from err
        self.set_fallback_fonts([f"font{at}" for at in range(1, len(fonts))])
        self.add_page()
        self._size(12)
        try:
            self.set_text_shaping(True)
        except FPDFException:  # uharfbuzz is not installed
            self._shapes = False
        else:
            self._shapes = True

    def check(self, leaflet: Leaflet) -> None:
        """Raise for a text that cannot be shaped, or a character that no font has."""
        texts = (
            leaflet.name,
            leaflet.jurisdiction,
            leaflet.contact,
            leaflet.upload_code or "",
        )
        for text in texts:
            if not self._shapes and any(map(_needs_shaping, text)):
                raise AgencyError(
                    f'"{text}" can only be drawn with the Python package uharfbuzz: make'
                    " a virtual environment with python3 -m venv, install cryptography,"
                    " fpdf2, segno, and uharfbuzz in it with pip, and run this command"
                    " with its Python"
                )
        known = {
            code for font in self.fonts.values() for code in getattr(font, "cmap", ())
        }
        lacking = sorted(
            {
                char
                for char in "".join(texts)
                if ord(char) not in known and unicodedata.category(char) not in _UNDRAWN
            }
        )
        if lacking:
            shown = " ".join(f"{char} (U+{ord(char):04X})" for char in lacking[:8])
            more = f" and {len(lacking) - 8} more" if len(lacking) > 8 else ""
            raise AgencyError(
                f"the font lacks {shown}{more}. Name another with --font FILE. Debian's"
                " fonts-droid-fallback has Chinese, Japanese, and Korean, and"
                " fonts-noto-core most other scripts"
            )

    def fill(self, leaflet: Leaflet) -> bool:
        """Draw everything; return False if it does not fit on the page."""
        self.set_title(leaflet.name)
        self.set_lang("en")
        self._text(leaflet.name, 26)
        self.ln(2)
        # In a separate row, a right-to-left text is a paragraph.
        self._row("Responsible for: ", leaflet.jurisdiction)
        self._row("Contact: ", leaflet.contact)
        self._rule()
        top, right = self.get_y(), self.w - _MARGIN - _CODE
        self._code(leaflet.address, right, top)
        self.set_right_margin(_MARGIN + _CODE + _GAP)
        self._text("Add us in Doorwatch for Home Assistant", 17)
        self.ln(4)
        self._label("Address (the square code has it in full)")
        self._text(leaflet.typed, 15)
        if leaflet.upload_code is not None:
            self.ln(4)
            self._label("Upload code (the same for every home)")
            self._text(leaflet.upload_code, 15)
        self.set_right_margin(_MARGIN)
        self.set_y(max(self.get_y(), top + _CODE) + 6)
        self._label("Fingerprint")
        self._fingerprint(leaflet.fingerprint)
        self._rule()
        means = _TELLS if leaflet.group else _SENDS
        for number, step in enumerate((_STEPS, _COMPARE, means), start=1):
            self._row(f"{number}.  ", step)
            self.ln(3)
        self.set_text_color(_GREY)
        self._text(f"As published on {leaflet.day}.", 9)
        return self.get_y() <= self.h - _MARGIN / 2

    def _size(self, points: float) -> float:
        """Set the font size; return the line height."""
        self.set_font("font0", size=points * self._scale)
        return points * self._scale * 0.5

    def _text(self, text: str, points: float) -> None:
        height = self._size(points)
        self.multi_cell(0, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _label(self, text: str) -> None:
        self.set_text_color(_GREY)
        self._text(text, 10)
        self.set_text_color(0)
        self.ln(1)

    def _rule(self) -> None:
        self.ln(6)
        self.set_draw_color(_GREY)
        self.line(_MARGIN, self.get_y(), self.w - _MARGIN, self.get_y())
        self.ln(6)

    def _row(self, head: str, text: str) -> None:
        """Draw a text with a hanging indent after its heading."""
        height = self._size(12)
        wide = self.get_string_width(head) + 2
        self.cell(wide, height, head)
        self.set_left_margin(_MARGIN + wide)
        self._text(text, 12)
        self.set_left_margin(_MARGIN)
        self.set_x(_MARGIN)

    def _fingerprint(self, text: str) -> None:
        """Draw the fingerprint in groups, the last, which homes ask for, in a box."""
        height, groups = self._size(15) * 1.5, text.split()
        wide = max(map(self.get_string_width, groups)) + 5
        for group in groups:
            if self.get_x() + wide > self.w - _MARGIN:
                self.ln(height)
            last = group is groups[-1]
            self.set_draw_color(0)
            self.cell(wide, height, group, align="C", border=1 if last else 0)
        self.ln(height)

    def _code(self, text: str, left: float, top: float) -> None:
        """Draw a QR code, each run of dark modules as one rectangle."""
        rows = list(segno.make_qr(text, error="m").matrix)
        module = _CODE / (len(rows) + _QUIET)  # half of it is margin
        left, top = left + module * _QUIET / 2, top + module * _QUIET / 2
        self.set_fill_color(0)
        for down, row in enumerate(rows):
            start = None
            for across, dark in enumerate([*row, 0]):
                if dark and start is None:
                    start = across
                elif not dark and start is not None:
                    self.rect(
                        left + start * module,
                        top + down * module,
                        (across - start) * module,
                        module,
                        style="F",
                    )
                    start = None


_UNDRAWN = frozenset({"Zs", "Cf"})  # spaces, and joiners that are not drawn
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Scripts with contextual letters that run from left to right.
_JOINING = ("MONGOLIAN LETTER ", "PHAGS-PA LETTER ")


def _needs_shaping(char: str) -> bool:
    """Return whether a character needs HarfBuzz to be drawn correctly."""
    name, category = unicodedata.name(char, ""), unicodedata.category(char)
    if category.startswith("M"):
        # Fonts position Latin, Greek, and Cyrillic accents without it.
        return not name.startswith("COMBINING ")
    return (
        category == "Cf"
        or unicodedata.bidirectional(char) in _RIGHT_TO_LEFT
        or name.startswith(_JOINING)
    )
