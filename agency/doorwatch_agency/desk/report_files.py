"""Write the files of a report: page, JSON, and the agency's signature."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
import hashlib
import json
import os
from pathlib import Path

from ..errors import AgencyError
from ..files import file_mode, write_whole, writing
from ..publishing.signer import Signer
from ..signing import jws
from .report_page import write_page
from .stated import one_line


def report_path(path: Path) -> Path:
    """Return the path of a new page in an existing folder; raise otherwise."""
    if path.suffix != ".html":
        raise AgencyError(f"the report is a page, so its name ends with .html: {path}")
    if not path.parent.is_dir():
        raise AgencyError(f"the folder {path.parent} does not exist")
    for suffix in (".html", ".json", ".jws"):
        if os.path.lexists(other := path.with_suffix(suffix)):
            raise AgencyError(
                f"{other} already exists, and reports are never overwritten. Choose"
                " another name"
            )
    return path


@contextmanager
def writing_report(
    path: Path, report: Mapping[str, object], signer: Signer | None = None
) -> Iterator[dict[str, object]]:
    """Write all files of a report; yield the JSON's description of the page.

    The page is renamed last, when the block ends. So if it exists, the report is
    complete.
    """
    report_path(path)
    page = write_page(dict(report)).encode()
    about = {
        "name": one_line(path.name),
        "bytes": len(page),
        "sha256": hashlib.sha256(page).hexdigest(),
    }
    whole = {**report, "page": about}
    text = json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    mode = file_mode(path.parent)
    write_whole(path.with_suffix(".json"), text.encode(), mode)
    signed = path.with_suffix(".jws")
    if signer is not None:
        write_whole(signed, sign_report(whole, signer).encode("ascii"), mode)
    with writing(path, page, mode):
        yield about


def sign_report(report: Mapping[str, object], signer: Signer) -> str:
    """Sign the digest of the report's page as the agency."""
    claims = {
        "iss": signer.origin,
        "iat": int(datetime.now(UTC).timestamp()),
        "report": report,
    }
    return jws.sign(jws.REPORT, claims, signer.key)
