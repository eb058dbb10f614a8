"""Test the examples, tables and names in docs/protocol.md."""

import base64
from collections.abc import Iterator
import hashlib
import json
import re
import tarfile
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from agency.doorwatch_agency.package.members import (
    LARGEST_CLIP,
    LARGEST_FEED,
    MORE_NAMES,
    NAMES,
)
from agency.doorwatch_agency.package.spelling import BAGIT, read_bag_info
from agency.doorwatch_agency.signing.jws import REPORT
from custom_components.doorwatch.engine.sharing.documents.consent import SENTENCES
from custom_components.doorwatch.engine.sharing.signing.canonical import canonical_json
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    fingerprint,
    jwk_of,
    public_pem,
    thumbprint,
)
from tests.repository import ROOT
from tests.schemas import schemas

PAGE = (ROOT / "docs/protocol.md").read_text()


def blocks(language: str) -> Iterator[str]:
    """Yield the code blocks of a language without their indentation."""
    for indent, block in re.findall(
        rf"^( *)```{language}\n(.*?)^ *```$", PAGE, re.DOTALL | re.MULTILINE
    ):
        yield re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)


def block(language: str, start: str) -> str:
    """Return the only block that begins with this text."""
    (found,) = (each for each in blocks(language) if each.startswith(start))
    return found


def rows(heading: str) -> list[list[str]]:
    """Return the rows of the first table of a chapter."""
    _, chapter = re.split(rf"^#+ {re.escape(heading)}$", PAGE, flags=re.MULTILINE)
    table = re.search(r"^\|(?:-+\|)+\n((?:\|.*\n)+)", chapter, re.MULTILINE)
    assert table is not None
    return [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in table[1].splitlines()
    ]


def names(cell: str) -> list[str]:
    """Return the names that are formatted as code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def test_the_key_has_this_thumbprint_and_fingerprint() -> None:
    """The PEM example is written like home.pem."""
    pem, jwk, name, shown = re.fullmatch(
        r"(-----BEGIN.*-----\n)(\{.*\})\n(.*)\n(.*)\n",
        block("text", "-----BEGIN"),
        re.DOTALL,
    ).groups()  # type: ignore[union-attr] # the page has this block
    key = load_pem_public_key(pem.encode())

    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert public_pem(key) == pem.encode()
    assert f"That is {len(pem)} bytes" in PAGE
    assert canonical_json(jwk_of(key)).decode() == jwk
    assert (thumbprint(key), fingerprint(name)) == (name, shown)


def test_canonical_json_is_written_like_this() -> None:
    """The page has an example with its digest, and a table of numbers."""
    text, digest = block("text", '{"a":[').splitlines()
    assert canonical_json(json.loads(text)).decode() == text
    assert hashlib.sha256(text.encode()).hexdigest() == digest

    table = re.search(r"\| number \| written .*?\n\n", PAGE, re.DOTALL)
    written = names(table[0]) if table else []
    assert len(written) == 10
    for number in written:
        assert canonical_json(json.loads(number)).decode() == number


def test_tag_files_are_written_like_this() -> None:
    """The example matches byte for byte."""
    assert block("text", "BagIt-Version").encode() == BAGIT
    assert f"these {len(BAGIT)} bytes" in PAGE
    info = read_bag_info(block("text", "Bag-Software-Agent").encode())
    assert [names(row[0])[0] for row in rows("Tag files")] == list(info)


def test_each_file_of_a_package_is_listed() -> None:
    """The table also has the maximum sizes."""
    listed = {name: row[1] for row in rows("Files") for name in names(row[0])}

    assert set(listed) == NAMES | MORE_NAMES
    assert listed["data/requests.jws"] == f"{LARGEST_FEED:,} bytes"
    assert listed["data/clip.mp4"] == f"{LARGEST_CLIP >> 30} GiB"


def test_the_header_of_a_tar_looks_like_this() -> None:
    """The home makes the same bytes from the example's values."""
    dump = block("text", "0000  64 6f")
    info = tarfile.TarInfo("doorwatch-4f9d3c0a8b7e4d2c9a1f6e5d4c3b2a10/bagit.txt")
    info.size, info.mode, info.mtime = len(BAGIT), 0o644, 1735689600
    tar = info.tobuf(tarfile.USTAR_FORMAT) + BAGIT

    shown = dict[int, bytes]()
    for line in dump.splitlines():
        if re.match(r"[0-9a-f]{4}  ", line):
            shown[int(line[:4], 16)] = bytes.fromhex(line[6:54])
    for at in range(0, 512 + 16, 16):
        assert shown.get(at, bytes(16)) == tar[at : at + 16], hex(at)
    fields = rows("Tar")
    assert [int(row[0]) for row in fields] + [512] == [
        0,
        *(int(row[0]) + int(row[1]) for row in fields),
    ]


def test_the_upload_says_of_itself_what_the_page_says() -> None:
    """Each value is in base64."""
    (line,) = re.findall(r"Upload-Metadata: (.*)", "".join(blocks("http")))
    told = dict(pair.split(" ") for pair in line.split(","))
    said = {name: base64.b64decode(value).decode() for name, value in told.items()}

    assert said["filename"] == f"{said['share_id']}.tar.age"
    assert len(base64.urlsafe_b64decode(said["home"] + "=")) == 32
    assert set(said) == {"filename", "filetype", "share_id", "home", "ledger"}


def test_each_kind_of_document_and_sentence_is_listed() -> None:
    """Programs compare these names."""
    kinds = {row[0].strip("`") for row in rows("Signed documents")}
    assert kinds == {*DocumentKind, REPORT}
    listed = {row[0].strip("`"): row[2] for row in rows("Sentences")}
    assert listed == SENTENCES


def test_each_kind_of_line_is_listed_and_described() -> None:
    """The page and the schema have the same kinds."""
    for heading, schema in (("Kinds", "ledger"), ("Record of a desk", "record")):
        listed = {name for row in rows(heading) for name in names(row[0])}
        described: Any = schemas()[f"{schema}.json"]["$defs"]
        assert listed == set(described)
